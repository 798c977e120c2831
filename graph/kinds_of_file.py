"""What a file is that holds no text, or text of another format: told by its first bytes, not by its name."""

from __future__ import annotations

import re
import stat
from pathlib import Path

__all__ = ["SIGNS_INSIDE", "SOME_BINARY", "binary_kind", "special_kind", "text_kind", "unicode_kind"]

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (8, b".FIT", "a FIT activity"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a bitmap image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (8, b"WEBP", "a WebP image"),
    (4, b"ftypheic", "a HEIC photo"),
    (4, b"ftypmif1", "a HEIC photo"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftyp", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (8, b"WAVE", "a sound file"),
    (0, b"ID3", "a sound file"),
    (0, b"OggS", "a sound file"),
    (0, b"fLaC", "a sound file"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"bplist00", "an Apple property list"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"ARROW1", "an Arrow table"),
    (0, b"\x89HDF\r\n", "an HDF5 file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\0asm", "a WebAssembly module"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
)
SIGNS_INSIDE: tuple[tuple[int, tuple[bytes, ...]], ...] = tuple(
    (place, tuple(sign for at, sign, _ in _MAGIC if at == place)) for place in sorted({at for at, _, _ in _MAGIC} - {0})
)
"""By how far inside they stand, the signs of formats whose first bytes could be those of text."""

_PACKED: tuple[tuple[bytes, str], ...] = (
    (b"xl/", "an Excel workbook"),
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    (b"opendocument", "an OpenDocument file"),
    (b"epub", "an e-book"),
    (b".fit", "a FIT activity"),
)
_PRINTED = (
    ("<TrainingCenterDatabase", "a TCX activity"), ("<gpx", "a GPX track"), ("<kml", "a KML map"),
    ("<!doctype html", "a web page"), ("<html", "a web page"), ("<svg", "an SVG image"), ("<?xml", "an XML file"),
    ("{\\rtf", "an RTF document"), ("%!PS", "a PostScript document"),
)  # fmt: skip
_TABLES = (
    ("activity type,date,", "a CSV table of Garmin activities"),
    ("activity id,activity date,", "a CSV table of Strava activities"),
)
SOME_BINARY = "a binary file"
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
_LOOKED_AT = 4096


def special_kind(path: Path) -> str | None:
    """What stands at a path that is neither a file nor open already; to open it could wait for ever, or have no end.

    Raises:
        OSError: Nothing can be found there.
    """
    mode = path.stat().st_mode
    if stat.S_ISREG(mode) or path == Path("/dev/null") or re.match(r"/dev/(stdin$|fd/)|/proc/self/fd/", str(path)):
        return None
    kinds = (
        (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    )  # fmt: skip
    return next((name for test, name in kinds if test(mode)), "something else")


def binary_kind(raw: bytes) -> str | None:
    """What bytes are that are no text; ``None`` for text, in whatever encoding."""
    if raw[:4] == b"PK\x03\x04":
        begin = raw[: 16 * _LOOKED_AT].lower()
        inside = next((name for sign, name in _PACKED if sign in begin), None)
        return f"{inside} (a zip archive)" if inside else "a zip archive"
    for at, sign, name in _MAGIC:
        if raw[at : at + len(sign)] == sign and (len(sign) > 3 or _strange(raw)):
            return name
    return None if unicode_kind(raw) or not _strange(raw) else SOME_BINARY


def text_kind(text: str) -> str | None:
    """What format text is in that is neither YAML nor JSON, where its beginning says so."""
    begins = text[:_LOOKED_AT].lstrip()
    if begins[:1] not in ("<", "{", "%"):
        return _table_kind(begins)
    lower = begins.lower()
    return next((name for sign, name in _PRINTED if sign.lower() in (lower if sign[0] == "<" else lower[:9])), None)


def _table_kind(begins: str) -> str | None:
    """What a table is whose first two lines have as many columns, at least three, and hold no YAML."""
    lines = begins.splitlines()[:3]
    if len(lines) < 2 or ": " in lines[0] or lines[0].endswith(":") or lines[0][:1] in ("-", "[", "#"):
        return None
    for header, name in _TABLES:
        if lines[0].lower().replace('"', "").startswith(header):
            return name
    for sign in (",", ";", "\t"):
        columns = lines[0].count(sign)
        if columns >= 2 and lines[1].count(sign) >= columns:
            return "a CSV table"
    return None


def unicode_kind(raw: bytes) -> str | None:
    """Which Unicode encoding other than UTF-8 bytes are in: by their first bytes, or as half of them are NUL."""
    if raw[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") and b"\0" in raw[:_LOOKED_AT]:
        return "UTF-16"
    begin = raw[: _LOOKED_AT - _LOOKED_AT % 2]
    for first, second in ((begin[::2], begin[1::2]), (begin[1::2], begin[::2])):
        if len(begin) >= 8 and not first.strip(b"\0") and b"\0" not in second:
            return "UTF-16"
    return None


def _strange(raw: bytes) -> bool:
    """Whether so many control characters stand in bytes that they are no text."""
    begin = raw[:_LOOKED_AT]
    controls = len(begin) - len(begin.translate(None, _CONTROLS))
    return controls >= 2 and controls * 20 > len(begin)
