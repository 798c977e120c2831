"""Files that come with prehab, read the way its modules were: from a folder, or from a zip."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import Fault, PackError

__all__ = ["bundled_folder", "examples_folder", "mapped_bundled", "read_bundled", "read_bundled_bytes"]

if TYPE_CHECKING:
    from mmap import mmap

    Content = bytes | mmap

_loader: Any = __spec__.loader


def read_bundled(path: Path) -> str | None:
    """The text of a file that lies beside the modules; None where there is none."""
    content = read_bundled_bytes(path)
    return None if content is None else content.decode("utf-8")


def read_bundled_bytes(path: Path) -> bytes | None:
    """The content of a file that lies beside the modules; None where there is none."""
    try:
        content: bytes = _loader.get_data(str(path))
    except OSError as error:
        if error.errno not in (0, errno.ENOENT):  # a zip has no such file: 0
            raise
        return None
    return content


def mapped_bundled(path: Path) -> Content | None:
    """The same of a large file of which little may be read: only that is loaded. Nothing may write to it meanwhile."""
    try:
        with path.open("rb") as file:
            from mmap import ACCESS_READ, mmap

            return mmap(file.fileno(), 0, access=ACCESS_READ)
    except (ImportError, OSError, ValueError):  # it lies in a zip, or nothing is mapped here, or nothing that is empty
        return read_bundled_bytes(path)


def examples_folder() -> Path | None:
    """Where the examples are that come with prehab; None where it runs from a zip."""
    from importlib.util import find_spec

    spec = find_spec("prehab.examples")
    places = spec.submodule_search_locations if spec is not None else None
    folder = Path(next(iter(places))) if places else None
    return folder if folder is not None and folder.is_dir() else None


def bundled_folder(path: Path) -> Path:
    """A folder of files that lies beside the modules.

    Raises:
        PackError: prehab runs from a zip, which has no folders.
    """
    if not path.is_dir():
        message = f"prehab runs from a zip, so its bundled files cannot be read as the folder `{path.name}`"
        raise PackError([Fault("in-a-zip", message, help="Unpack it (`pip install` does), or name another folder.")])
    return path
