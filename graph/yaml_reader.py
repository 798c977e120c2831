"""Builds plain data from YAML events, refusing what YAML programs read in different ways."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from prehab.graph.budgets import VALUES
from prehab.graph.faults import Fault, InputError, pointer, shorten
from prehab.graph.files import MAX_DEPTH, MAX_DIGITS, MAX_FAULTS, MAX_KEY, Document, Mark, Place

__all__ = ["read_yaml"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_ODD_NUMBER = (  # compiled where there may be one, which is seldom
    r"(?:[-+]?0[0-9_]+|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9]+(?::[0-9]+)+|[-+]?[0-9][0-9_]*_[0-9_]*|\+[0-9.]+)\Z"
)
_NOT_FINITE = frozenset(
    f"{sign}{point}{word}" for sign in ("", "-", "+") for point in ("", ".") for word in ("inf", "nan", "infinity")
)
_SWITCHES = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})


def read_yaml(text: str, file: str | None) -> Document:
    """See ``read_text``."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = Document(None, file)
    faults: list[Fault] = []
    try:
        _Builder(document, faults).build(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise InputError([*faults, _explain(error, text, file)]) from None
    document.doubts = tuple(faults)
    document.values.setdefault((), (1, 1))
    return document


_PROBLEMS = (
    ("or ']'", "a list opened with `[` is not closed, or lacks a comma"),
    ("or '}'", "a mapping opened with `{` is not closed, or lacks a comma"),
    ("mapping values are not allowed", "a colon cannot stand here"),
    ("expected ':'", "a name is not followed by a colon"),
    ("end of stream", "a quote is opened and not closed"),
    ("document start", "something follows where the data has ended"),
    ("expected key", "this line is not indented like those it belongs to"),
    ("block end", "this line is not indented like those it belongs to"),
    ("'-' indicator", "this line is not indented like those it belongs to"),
    ("start any token", "text cannot begin with this character unless it is put in quotes"),
)


def _explain(error: Any, text: str, file: str | None) -> Fault:
    """What the YAML parser stumbled over, in plain words."""
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    help_text = "Check the indentation, and put text that holds a colon in quotes."
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    said = next((words for sign, words in _PROBLEMS if sign in said), said)
    if mark and opened and "closed" in said and opened.line != mark.line:
        said += f" (it begins on line {opened.line + 1})"
    if mark and "\t" in "".join(text.split("\n")[mark.line : mark.line + 1])[: mark.column + 1]:
        said, help_text = "a tab is used for indentation", "Indent with spaces."
    what = "neither valid JSON nor valid YAML" if text.lstrip()[:1] in ("{", "[") else "not valid YAML"
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Fault("not-yaml", f"this is {what}: {said}", file, line, column, help=help_text)


class _Builder:
    """Builds plain data from YAML events, remembering where each value and key stood."""

    def __init__(self, document: Document, faults: list[Fault]) -> None:
        self.document = document
        self.faults = faults

    def build(self, events: Iterator[Any]) -> None:
        from yaml import events as kinds

        stack: list[tuple[Any, Place]] = []  # the open containers
        keys: list[Any] = []  # the pending key of each open mapping
        documents = 0
        for event in events:
            mark = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, kinds.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("two-documents", "only one document is allowed in a file", mark)
                continue
            if not isinstance(event, kinds.NodeEvent):
                if isinstance(event, kinds.SequenceEndEvent | kinds.MappingEndEvent):
                    stack.pop()
                    keys.pop()
                continue
            parent, above = stack[-1] if stack else (None, ())
            is_key = isinstance(parent, dict) and keys[-1] is None
            place: Place = above
            if isinstance(parent, list):
                place = (*above, len(parent))
            elif stack and not is_key:
                place = (*above, keys[-1])
            if isinstance(event, kinds.AliasEvent):
                message = "references to other parts of the file (`*name`) are not allowed; write it out"
                self._stop("alias", message, mark, place)
            self._refuse_decoration(event, mark, place)
            if isinstance(event, kinds.ScalarEvent):
                if is_key:
                    keys[-1] = self._key(event, stack[-1], mark)
                    continue
                made = self._scalar(event, mark, place)
            elif is_key:
                self._stop("strange-key", "a name must be a plain word, not a list or mapping", mark, place)
            elif len(stack) >= MAX_DEPTH:
                self._stop("too-deep", f"this is nested more than {MAX_DEPTH} levels deep", mark, place)
            else:
                made = {} if isinstance(event, kinds.MappingStartEvent) else []
                stack.append((made, place))
                keys.append(None)
            self.document.values[place] = mark
            if len(self.document.values) > VALUES:
                message = f"from here on there are more than {VALUES:,} values, far more than a file can need"
                self._stop("too-large", message, mark, place)
            if parent is None:
                self.document.data = made
            elif isinstance(parent, list):
                parent.append(made)
            else:
                parent[place[-1]] = made
                keys[len(above)] = None

    def _stop(self, code: str, message: str, mark: Mark, place: Place = ()) -> NoReturn:
        self.faults.append(Fault(code, message, self.document.file, *mark, path=pointer(place)))
        raise InputError(self.faults)

    def _note(
        self, code: str, message: str, mark: Mark, place: Place, value: str, help_text: str | None = None
    ) -> None:
        if len(self.faults) == MAX_FAULTS:
            message = "there are more faults from here on; put the ones above right first"
            self._stop("more-faults", message, mark, place)
        where = pointer(place)
        self.faults.append(Fault(code, message, self.document.file, *mark, where, value=value, help=help_text))

    def _refuse_decoration(self, event: Any, mark: Mark, place: Place) -> None:
        if event.anchor is not None:
            self._stop("anchor", "names for parts of the file (`&name`) are not allowed; write it out", mark, place)
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._stop("tag", f"`{shorten(tag)}` is not allowed here; write plain values", mark, place)

    def _key(self, event: Any, open_mapping: tuple[Any, Place], mark: Mark) -> str:
        mapping, above = open_mapping
        key = str(event.value)
        place = (*above, key)
        if len(key) > MAX_KEY:
            self._stop("too-long", f"a name has at most {MAX_KEY} characters, but this has {len(key):,}", mark, above)
        if event.implicit[0]:
            self._trap(key, mark, place)
        if key in mapping:
            first = self.document.keys[place][0]
            self._note(
                "repeated-key", f"`{shorten(key)}` is here twice (first on line {first})", mark, place, shorten(key)
            )
        else:
            self.document.keys[place] = mark
        return key

    def _trap(self, text: str, mark: Mark, place: Place) -> None:
        """Tell of what is neither a number nor simply a word."""
        if len(text) > MAX_DIGITS:
            return  # no word or number is so long, and to make sure could take for ever
        code, message = "ambiguous-word", f"`{shorten(text)}` is read differently by different programs"
        if text in ("true", "false", "null"):
            return
        if text.lower() in _NOT_FINITE:
            code, message = "not-finite", f"`{text}` is not a finite number"
            help_text = "Leave it out when it is not known; if text is meant, put it in quotes."
        elif text[:1] in "+-0123456789" and re.match(_ODD_NUMBER, text, re.IGNORECASE):
            help_text = "Write a plain number such as 12 or 0.5; if text is meant, put it in quotes."
        elif text.lower() in _SWITCHES:
            help_text = "Write true or false; if the word itself is meant, put it in quotes."
            if text.lower() == "null":
                help_text = "Leave it out, or write null."
        else:
            return
        self._note(code, message, mark, place, shorten(text), help_text)

    def _scalar(self, event: Any, mark: Mark, place: Place) -> Any:
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.match(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if _FLOAT.match(text):
            value = float(text)
            if not math.isfinite(value):
                self._note("not-finite", f"`{shorten(text)}` is too large a number", mark, place, shorten(text))
            return value
        self._trap(text, mark, place)
        return text
