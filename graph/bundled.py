"""Files that come with prehab, read the way its modules were: from a folder, or from a zip."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from prehab.graph.faults import Fault, PackError

__all__ = ["bundled_folder", "read_bundled"]

_loader: Any = __spec__.loader


def read_bundled(path: Path) -> str | None:
    """The text of a file that lies beside the modules; None where there is none."""
    try:
        text: str = _loader.get_data(str(path)).decode("utf-8")
    except OSError as error:
        if error.errno not in (0, errno.ENOENT):  # a zip has no such file: 0
            raise
        return None
    return text


def bundled_folder(path: Path) -> Path:
    """A folder of files that lies beside the modules.

    Raises:
        PackError: prehab runs from a zip, which has no folders.
    """
    if not path.is_dir():
        message = f"prehab runs from a zip, so its bundled files cannot be read as the folder `{path.name}`"
        raise PackError([Fault("in-a-zip", message, help="Unpack it (`pip install` does), or name another folder.")])
    return path
