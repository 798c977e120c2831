"""A comparison as text for people: 80 columns, the numbers first, the nearest runner last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import yaml

from prehab.compare.changes import Change
from prehab.compare.differences import EFFECTS, Difference
from prehab.compare.report import Comparison, Example, Tally

if TYPE_CHECKING:
    from prehab.columns.compared import Many

__all__ = ["runner_text", "tell"]

_WIDTH = 80
_MOST_CHANGES = 15
_MOST_NAMED = 5
_MOST_DIFFERENCES = 8

_VERDICTS = {
    "equivalent": "EQUIVALENT: the same is decided for every runner tried.",
    "stricter": "STRICTER: where something differs, it is held back or done with more care.",
    "looser": "LOOSER: where something differs, more is allowed or it is done with less care.",
    "mixed": "MIXED: some of it is stricter, some of it looser.",
    "other": "OTHER: something differs, and nothing of it is stricter or looser.",
}


def tell(found: Comparison) -> Iterator[str]:
    """A comparison as lines of text."""
    if not found.changes:
        yield "EQUIVALENT: nothing differs."
        return
    yield from _changes(found.changes)
    yield ""
    if found.exact:
        yield from _wrapped(
            "EQUIVALENT: only words, sources or statements differ. The same is decided for every runner."
        )
        return
    yield _VERDICTS[found.verdict]
    yield from _wrapped(_random(found), hang=2)
    for title, tally in (
        ("from the cases of those rules", found.cases),
        ("placed around what the rules test", found.placed),
    ):
        if tally.tried:
            yield from _wrapped(_tally(title, tally), hang=2)
    effects = [f"{name} {found.effects[name]}" for name in EFFECTS if found.effects[name] != "equivalent"]
    yield from _row("EFFECTS", effects)
    touched = found.most_touched().items()
    yield from _row(
        "EXERCISES",
        [f"{key} ({', '.join(f'{count} {word}' for word, count in by.items())})" for key, by in touched],
        most=_MOST_NAMED,
    )
    injuries = [f"{key} ({changed} of {having})" for key, (changed, having) in found.most_concerned().items()]
    yield from _row("INJURIES", injuries, most=_MOST_NAMED)
    yield from _row("RULES", [f"{rule} ({count})" for rule, count in found.rules.most_common()], most=_MOST_NAMED)
    if found.many is not None:
        yield ""
        yield from _many(found.many, found.seed)
    for one in found.laws:
        yield ""
        yield from _wrapped(f"A LAW IS BROKEN: {one.law.replace('_', ' ')}", hang=2)
        yield from _wrapped(one.says, indent=2)
        yield from _runner(one.runner)
    for way, example in found.smallest.items():
        yield ""
        yield f"THE SMALLEST RUNNER, {way}" if way != "other" else "THE SMALLEST RUNNER"
        yield from _runner(example.runner)
        yield from _example(example)


def _runner(runner: Any) -> Iterator[str]:
    yield from textwrap.indent(runner_text(runner), "  ").splitlines()


def runner_text(runner: Any) -> str:
    """A runner as it would stand in a runner file."""
    return yaml.safe_dump(dict(runner), sort_keys=False, allow_unicode=True, default_flow_style=None, width=_WIDTH - 20)


# -- what was changed -------------------------------------------------------------------------------------------------


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    for one in changes[:_MOST_CHANGES]:
        yield from _wrapped(_change(one), hang=2)
    if len(changes) > _MOST_CHANGES:
        yield f"and {len(changes) - _MOST_CHANGES} more changes; --json lists them"


def _change(one: Change) -> str:
    if one.how == "renamed":
        return f"{one.table} {one.id} is now called {one.to}"
    if one.how != "changed":
        return f"{one.table} {one.id} {one.how}"
    parts = [
        f"{part.name} {_value(part.old)} -> {_value(part.new)}" if _short(part.old, part.new) else part.name
        for part in one.parts
    ]
    return f"{one.table} {one.id}: " + "; ".join(part or "changed" for part in parts)


def _short(*values: Any) -> bool:
    return all(len(_value(value)) <= 60 for value in values)


def _value(value: Any) -> str:
    return "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# -- what came out ----------------------------------------------------------------------------------------------------


def _random(found: Comparison) -> str:
    one = found.random
    parts = [f"{one.tried - one.changed:,} the same"]
    parts.append(f"{one.sooner:,} may do something sooner, {one.later:,} later")
    laws = len(found.laws)
    parts.append(f"{laws} law{'' if laws == 1 else 's'} broken")
    if one.changed:
        parts.insert(1, f"{one.changed:,} with other advice")
    return f"{one.tried:,} random runners (seed {found.seed}): {', '.join(parts)}.{_skipped(one)}"


def _many(one: Many, seed: int) -> Iterator[str]:
    """What came out in columns, where only part of what is decided is compared."""
    yield from _wrapped(
        f"{one.tried:,} more in columns (seed {seed}): {one.tried - one.changed:,} the same, {one.changed:,} with "
        f"other decisions, {one.sooner:,} may do something sooner, {one.later:,} later.",
        hang=2,
    )
    yield from _row("EFFECTS", [f"{name} {count:,}" for name, count in one.effects.items() if count])
    words = ("sooner", "later")
    exercises = [
        f"{key} ({', '.join(f'{n:,} {word}' for n, word in zip(counts, words, strict=True) if n)})"
        for key, counts in one.exercises.items()
    ]
    yield from _row("EXERCISES", exercises, most=_MOST_NAMED)
    rules = [f"{rule} (fires for {old:,} -> {new:,})" for rule, (old, new) in one.rules.items()]
    yield from _row("RULES", rules, most=_MOST_NAMED)


def _tally(title: str, one: Tally) -> str:
    return (
        f"{one.tried:,} {title}: {one.changed:,} with other advice, {one.sooner:,} sooner, {one.later:,} later."
        + _skipped(one)
    )


def _skipped(one: Tally) -> str:
    return f" {one.skipped:,} more name what only one of the two knows." if one.skipped else ""


def _example(example: Example) -> Iterator[str]:
    """What differs for a runner, before and after; what differs alike stands together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in example.differences:
        groups.setdefault((one.effect, _before_and_after(one)), []).append(one.about)
    for (effect, what), about in list(groups.items())[:_MOST_DIFFERENCES]:
        yield from _wrapped(f"{effect} · {_named(about, _MOST_NAMED)}: {what}", indent=2, hang=4)
    if len(groups) > _MOST_DIFFERENCES:
        yield f"  and {len(groups) - _MOST_DIFFERENCES} more differences; --json lists them"


def _before_and_after(one: Difference) -> str:
    if one.effect == "session":
        old, new = (
            [pick["exercise"] if isinstance(pick, dict) else pick for pick in picks] for picks in (one.old, one.new)
        )
        gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
        if not gone and not come:
            return "in another order or dose"
        return " -> ".join(_named(keys, _MOST_NAMED) or "nothing" for keys in (gone, come))
    return f"{_value(one.old)} -> {_value(one.new)}" if _short(one.old, one.new) else "said otherwise"


def _row(title: str, entries: Iterable[str], most: int | None = None) -> Iterator[str]:
    entries = list(entries)
    if entries:
        text = _named(entries, most or len(entries))
        yield from textwrap.wrap(text, _WIDTH, initial_indent=f"{title:<10} ", subsequent_indent=" " * 11,
                                 break_on_hyphens=False)  # fmt: skip


def _named(names: list[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _wrapped(text: str, *, indent: int = 0, hang: int = 0) -> list[str]:
    lead = " " * indent
    return textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=lead + " " * hang, break_on_hyphens=False)
