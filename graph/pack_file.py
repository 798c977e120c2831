"""The compiled pack: one file made at the install, read in parts as they are asked for.

It begins with a line that says what it is, with a check sum over everything after it. A line of JSON follows: the
version of prehab that made it, the digest of the pack, that of the files that it was made of, and where each part
stands. Then come the parts, each in JSON. Whole tables are one part; the entries of others are a part each, so that of
three hundred sources those that are cited are read, and no others.

JSON, because it is safe to read, the same for every Python, and no slower here than ``marshal`` (measured: most of the
time goes into making objects).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import prehab
from prehab.graph.bundled import mapped_bundled
from prehab.graph.faults import Fault, PackError
from prehab.graph.frozen import frozen
from prehab.graph.unread import Each, Rows, Unread

if TYPE_CHECKING:
    from prehab.graph.bundled import Content

__all__ = ["PACK_FILE", "PackFile", "bundled_pack_file", "digest_of_files", "written"]

PACK_FILE = Path(prehab.__file__).parent / "pack.data"

_KIND = b"prehab pack 2 "
_AGAIN = "Install prehab again."
_FOLDERS = ("graph", "rules")

Value = TypeVar("Value")
Span = tuple[int, int]


class PackFile:
    """A compiled pack.

    Raises:
        PackError: It is not whole, or another version of prehab made it.
    """

    def __init__(self, content: Content, name: str) -> None:
        start = content.find(b"\n") + 1
        with memoryview(content) as whole, whole[start:] as rest:
            first = _first_line(rest)
        if content[:start] != first:
            raise _refused("damaged-pack", "the compiled pack is damaged: its check sum is wrong", name, _AGAIN)
        end = content.find(b"\n", start) + 1
        about = json.loads(content[start:end])
        if about["made_by"] != prehab.__version__:
            message = f"the compiled pack was made by prehab {about['made_by']}, and this is {prehab.__version__}"
            raise _refused("stale-pack", message, name, _AGAIN)
        self.digest: str = about["digest"]
        self.files: str = about["files"]
        self._content = content
        self._start = end
        self._parts: dict[str, Span] = about["parts"]
        self._entries: dict[str, dict[str, Span]] = about["entries"]

    def _read(self, span: Span) -> Any:
        return json.loads(self._content[self._start + span[0] : self._start + span[1]])

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def part(self, name: str) -> Any:
        """A part, as plain data."""
        return self._read(self._parts[name])

    def table(self, name: str, make: Callable[[Any], Value]) -> Mapping[str, Value]:
        """A table of which each entry is read and made when it is first asked for."""
        return Each(self._entries[name], lambda span: make(self._read(span)))

    def rows(self, name: str, make: Callable[[int, Any], Value]) -> Rows[Value]:
        """A list, kept as a table by number, of which each value is read and made when it is first asked for."""
        return Rows(list(self._entries[name].values()), lambda number, span: make(number, self._read(span)))

    def unread(self, name: str, make: Callable[[Any], Mapping[Any, Any]] = frozen) -> Callable[..., Unread[Any, Any]]:
        """A table whose entries are mappings, each read when something in it is first asked for."""
        spans = self._entries[name]
        return partial(Unread, lambda key: make(self._read(spans[key])))


def written(digest: str, files: str, parts: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The content of a compiled pack.

    Args:
        digest: The digest of the pack.
        files: That of the files that it was made of.
        parts: What is read as a whole, by name.
        entries: The tables of which each entry is read alone.
    """
    body = bytearray()

    def put(data: Any) -> Span:
        start = len(body)
        body.extend(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())
        return start, len(body)

    about = {
        "made_by": prehab.__version__,
        "digest": digest,
        "files": files,
        "parts": {name: put(data) for name, data in parts.items()},
        "entries": {name: {key: put(one) for key, one in table.items()} for name, table in entries.items()},
    }
    rest = json.dumps(about, separators=(",", ":")).encode() + b"\n" + bytes(body)
    return _first_line(rest) + rest


def _first_line(rest: bytes | memoryview) -> bytes:
    return _KIND + b"%08x\n" % crc32(rest)


def _refused(code: str, message: str, name: str, what_to_do: str) -> PackError:
    return PackError([Fault(code, message, file=name, help=what_to_do)])


@cache
def bundled_pack_file() -> PackFile | None:
    """The pack that was compiled at the install; None in a source checkout, which reads its own files.

    Raises:
        PackError: It is not whole, another version of prehab made it, or in a source checkout: the files that it was
            made of have changed since.
    """
    content = mapped_bundled(PACK_FILE)
    if content is None:
        return None
    found = PackFile(content, str(PACK_FILE))
    checkout = Path(__file__).parent.parent
    if (checkout / "setup.py").is_file() and digest_of_files(checkout / name for name in _FOLDERS) != found.files:
        message = "the compiled pack was made of other files than those that are here"
        raise _refused("stale-pack", message, str(PACK_FILE), "Delete it: a source checkout reads its own files.")
    return found


def digest_of_files(folders: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of all YAML files in some folders."""
    from hashlib import sha256

    told = sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.yaml")):
            content = path.read_bytes()
            told.update(f"{folder.name}/{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return told.hexdigest()
