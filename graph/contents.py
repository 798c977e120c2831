"""What must hold of every file of a pack, whatever it is about: its texts show what they say, its numbers are sane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from prehab.graph.budgets import FOLDER_FILES, FOLDER_SIZE, FOLDER_VALUES, LARGEST_NUMBER, LONGEST_TEXT, MOST
from prehab.graph.faults import Fault, nearest, shorten
from prehab.graph.files import Document, Place
from prehab.graph.text import ID_FORM, LONGEST_ID, hidden, is_id, spoken_sign

__all__ = ["check_contents", "check_folder", "check_ids", "check_most"]

_MOST_LINES = 20
"""How many lines with hidden signs are told of one file."""


def check_contents(document: Document) -> Iterator[Fault]:
    """Hidden signs (in comments too), texts that nobody would read, and numbers beyond any unit."""
    told: set[int | None] = set()
    for place, value, key in _everything(document.data) if any(map(_odd, _plainly(document.data))) else ():
        if isinstance(value, str):
            if (at := hidden(value)) is not None:
                what = "this name" if key else "this text"
                message = f"{what} holds {spoken_sign(value[at])}"
                fault = document.fault("hidden-character", message, place, key=key)
                told.add(fault.line)
                yield fault
            elif len(value) > LONGEST_TEXT:
                message = f"a text of a pack has at most {LONGEST_TEXT:,} characters, but this has {len(value):,}"
                yield document.fault("too-long", message, place, key=key)
        elif _odd(value):
            message = f"no number of a pack is beyond {LARGEST_NUMBER:,}, but this is {shorten(f'{value:g}')}"
            yield document.fault("out-of-range", message, place)
    text = document.text.replace("\r", "")
    if text.isascii() or hidden(text) is None:
        return
    lines = 0
    for number, line in enumerate(text.split("\n"), 1):
        if number not in told and (at := hidden(line)) is not None:
            lines += 1
            if lines > _MOST_LINES:
                return
            message = f"this holds {spoken_sign(line[at])}"
            yield Fault("hidden-character", message, document.file, number, at + 1)


def _odd(value: Any) -> bool:
    """Whether something may be wrong with a name or a plain value."""
    if isinstance(value, str):
        return len(value) > LONGEST_TEXT or hidden(value) is not None
    return isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER


def _plainly(data: Any) -> Iterator[Any]:
    """Every name and every plain value."""
    todo = [data]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            yield from item
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
        else:
            yield item


def _everything(data: Any) -> Iterator[tuple[Place, Any, bool]]:
    """Every name and every plain value with its place, and whether it is a name."""
    todo: list[tuple[Place, Any]] = [((), data)]
    while todo:
        place, item = todo.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                yield (*place, key), key, True
                todo.append(((*place, key), value))
        elif isinstance(item, list):
            todo.extend(((*place, i), value) for i, value in enumerate(item))
        else:
            yield place, item, False


def check_ids(
    names: Iterable[str], document: Document, place: Place, *, key: bool = True, reserved: Iterable[str] = ()
) -> Iterator[Fault]:
    """Every name that is not written as ids are, or that means something else already.

    Args:
        names: The names, in their order.
        document: The file.
        place: Where they stand.
        key: Whether they are names in a mapping; otherwise entries of a list.
        reserved: What means something else there.
    """
    for position, name in enumerate(names):
        here: Place = (*place, name if key else position)
        if not is_id(name):
            if len(name) > LONGEST_ID:
                message = f"an id has at most {LONGEST_ID} characters, but this has {len(name):,}"
            else:
                message = f"`{shorten(name)}` is not an id: {ID_FORM}"
            close = nearest(name, [_as_id(name)]) if len(name) <= LONGEST_ID else ()
            yield document.fault("bad-id", message, here, key=key, did_you_mean=close)
        elif name in reserved:
            message = f"`{name}` has a meaning of its own here and can name nothing else"
            yield document.fault("reserved-name", message, here, key=key)


def _as_id(name: str) -> str:
    """A name as it could be written as an id."""
    made = "".join(sign if is_id(sign) else "_" for sign in name.lower())
    return "_".join(part for part in made.split("_") if part)


def check_folder(file: str, files: int, size: int, values: int) -> Iterator[Fault]:
    """Whether what was read of a folder is so much that the next file of it is not read.

    Args:
        file: The next file.
        files: The files that were read.
        size: Their characters.
        values: The values in them.
    """
    for number, most, what in (
        (files, FOLDER_FILES, "files"),
        (size, FOLDER_SIZE, "characters"),
        (values, FOLDER_VALUES, "values"),
    ):
        if number >= most:
            message = f"from here on nothing is read: the folder has more than {most:,} {what}, the most of a pack"
            yield Fault("too-many", message, file, 1, 1)
            return


def check_most(what: str, number: int, document: Document, place: Place) -> Iterator[Fault]:
    """Whether a table has more entries than it may."""
    if number > MOST[what]:
        message = f"there are {number:,} {what.replace('_', ' ')}, and a pack has at most {MOST[what]:,}"
        yield document.fault("too-many", message, place, key=True)
