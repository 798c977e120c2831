"""The JSON Schemas as they were last published, in ``tests/published``, and what is no longer in newer ones.

``python -m tests.schemas`` writes them anew, without the lists of ids, which belong to the pack.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prehab.engine import load_bundled_pack
from prehab.schemas import MODELS, schema_of

FOLDER = Path(__file__).parent / "published"
READ = frozenset({"runner", "plan"})
Said = dict[str, Any]


def published(what: str) -> Said:
    """The schema as it is kept."""
    kept: Said = json.loads((FOLDER / f"{what}.json").read_text())
    return kept


def publishable(what: str) -> Said:
    """The schema as it would be kept: without the lists of ids."""
    schema = schema_of(what, load_bundled_pack())
    for name, part in schema.get("$defs", {}).items():
        if name.endswith("Id") and name != "ById":
            part["enum"] = []
    return schema


def lost(old: Said, new: Said, *, read: bool) -> Iterator[str]:
    """What of a schema is gone in a newer one: a field, a type, a value; of what is ``read``, the leave to omit one."""
    yield from _lost(old, new, (old, new), "", read, set())


def _lost(
    old: Said, new: Said, roots: tuple[Said, Said], at: str, read: bool, seen: set[tuple[str, str]]
) -> Iterator[str]:
    refs = _ref(old), _ref(new)
    if all(refs):
        if refs in seen:
            return
        seen.add(refs)
    old, new = _at(old, roots[0]), _at(new, roots[1])
    if kinds := _kinds(old, roots[0]) - _kinds(new, roots[1]):
        yield f"{at}: no longer {sorted(kinds)}"
        return
    for name, part in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{at}/{name}: gone"
        else:
            yield from _lost(part, new["properties"][name], roots, f"{at}/{name}", read, seen)
    before, now = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{at}/{name}: needed now" for name in sorted(now - before) if read)
    yield from (f"{at}/{name}: may be left out now" for name in sorted(before - now) if not read)
    yield from (f"{at}: no longer {word!r}" for word in old.get("enum", ()) if word not in new.get("enum", (word,)))
    for bound, sign in (("minimum", 1), ("maximum", -1), ("maxItems", -1), ("maxLength", -1)):
        if bound in new and (bound not in old or sign * new[bound] > sign * old[bound]):
            yield f"{at}: {bound} is {new[bound]}, was {old.get(bound, 'open')}"
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _lost(old[word], new[word], roots, f"{at}/*", read, seen)
    ours, theirs = (_some(one, root) for one, root in zip((old, new), roots, strict=True))
    for kind, part in ours.items():
        if kind in theirs and (part is not old or theirs[kind] is not new):
            yield from _lost(part, theirs[kind], roots, at, read, seen)


def _ref(part: Said) -> str:
    """Where a part refers to, with or without words of its own beside it."""
    (one,) = part.get("allOf", [part])
    ref: str = one.get("$ref", "")
    return ref


def _at(part: Said, root: Said) -> Said:
    while "$ref" in part or "allOf" in part:
        (one,) = part.get("allOf", [part])
        part = root["$defs"][one["$ref"].rpartition("/")[2]]
    return part


def _kinds(part: Said, root: Said) -> set[str]:
    return set(_some(part, root)) if "anyOf" in part and "properties" not in part else {str(part.get("type", "any"))}


def _some(part: Said, root: Said) -> dict[str, Said]:
    """The alternatives of a part, by their type."""
    if "anyOf" not in part or "properties" in part:
        return {}
    return {_at(one, root).get("type", "any"): one for one in part["anyOf"]}


def main() -> None:
    """Write every schema as it would be kept."""
    FOLDER.mkdir(exist_ok=True)
    for what in MODELS:
        text = json.dumps(publishable(what), indent=1, ensure_ascii=False)
        (FOLDER / f"{what}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
