"""What can never happen, and what always does: conditions, derived facts, gates and exercises out of reach."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.rules.checks.logic import Logic, by_field
from prehab.rules.checks.places import Where, alternative, condition, rule_fault
from prehab.rules.checks.polarity import direction
from prehab.rules.language import Rule, Test, Variant
from prehab.rules.layers import concluded, needed
from prehab.rules.pack import Pack

__all__ = ["check_conditions", "check_derived", "check_exercises", "idle_now"]


def check_derived(pack: Pack, where: Where, broken: Broken) -> Iterator[Fault]:
    """Derived facts and gates that nothing makes, nothing reads, or the wrong side reads."""
    makers: dict[str, list[Rule]] = {}
    readers: dict[str, list[Rule]] = {}
    for rule in pack.rules:
        for thing in concluded(rule):
            makers.setdefault(thing, []).append(rule)
    for variant in pack.variants:
        for thing in needed(variant, pack):
            readers.setdefault(thing, []).append(pack.rules[variant.rule])
    for name, derived in pack.derived.items():
        if name not in makers and not broken.may_say(name):
            yield Fault("never-derived", f"no rule derives `{name}`", **where("derived", name))
        if name not in readers and not broken.may_say(name):
            yield Fault("never-read", f"no rule reads `{name}`", **where("derived", name))
        for rule in {rule.id: rule for rule in readers.get(name, ())}.values():
            if rule.side not in (derived.side, "other"):
                yield rule_fault(where, rule, "wrong-side", f"`{name}` serves {derived.side}s only")
    for gate in pack.gates:
        opened = any(e.type == "open" and e.data["gate"] == gate for rule in pack.rules for e in rule.effects)
        if not (opened or broken.may_say(gate)):
            yield Fault("never-open", f"no rule opens the gate `{gate}`", **where("gates", gate))


def check_exercises(pack: Pack, where: Where, broken: Broken) -> Iterator[Fault]:
    """Exercises that no rule permits, or that no rule gives a dose."""
    every = (1 << len(pack.catalogue.ids)) - 1
    permitted = every if broken.may_say("permit") else 0
    dosed = every if broken.may_say("prescribe") else 0
    for rule in pack.rules:
        for effect in rule.effects:
            if effect.type == "permit":
                permitted |= effect.mask
            elif effect.type == "prescribe":
                dosed |= effect.mask
    for missing, code, words in (
        (every & ~permitted, "never-permitted", "no rule permits"),
        (every & ~dosed, "never-dosed", "no rule prescribes a dose for"),
    ):
        by_file: dict[str, list[str]] = {}
        for name in pack.ids(missing):
            by_file.setdefault(pack.catalogue.exercises[name].family, []).append(name)
        for names in by_file.values():
            first = min(names, key=lambda name: where("exercises", name)["line"] or 0)
            yield Fault(code, f"{words} " + ", ".join(names), **where("exercises", first))


def check_conditions(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    """Conditions that can never be met, or always are."""
    for variant in pack.variants:
        found = list(_dead(pack, logic, variant, where))
        yield from found
        if not found:
            yield from _idle(pack, logic, variant, where)


def _dead(pack: Pack, logic: Logic, variant: Variant, where: Where) -> Iterator[Fault]:
    rule = pack.rules[variant.rule]
    for pattern in variant.patterns:
        name = logic.clash(pattern)
        if name is None:
            continue
        tests = [test for test in pattern.tests if test.field == name]
        place = condition(rule, variant, pattern.kind, name)
        if len(tests) == 1:
            message = f"no value of `{pattern.kind}.{name}` is {said(tests[0], pack)}"
            yield rule_fault(where, rule, "never-met", message, *place, help=_NEVER)
        elif _lifting(variant):
            message = f"`when` already sees to it that `{pattern.kind}.{name}` is as `unless` asks, so it asks nothing"
            yield rule_fault(where, rule, "unless-always-met", message, *place)
        else:
            both = " and ".join(said(test, pack) for test in tests)
            message = f"`{pattern.kind}.{name}` cannot be {both} at once, so {_what(variant)} never fires"
            yield rule_fault(where, rule, "contradiction", message, *place, help=_NEVER)
        return
    apart = logic.where(variant.patterns).apart
    if apart is not None and (field := _lifting(variant)):
        message = f"in the graph `{field}` is always as `unless` asks, given `when`, so it asks nothing"
        yield rule_fault(where, rule, "unless-always-met", message, *alternative(variant), help=_GRAPH)
    elif apart is not None:
        about = _spoken(apart, pack, variant)
        message = f"no {about} in the graph is all that {_what(variant)} asks, so it never fires"
        yield rule_fault(where, rule, "never-together", message, *(alternative(variant) or ("when",)), help=_GRAPH)


_NEVER = "Put the condition right, or take it out."
_GRAPH = "Look at the graph with `prehab graph show`; name only what goes together there."


def _idle(pack: Pack, logic: Logic, variant: Variant, where: Where) -> Iterator[Fault]:
    """The tests of a variant that say nothing."""
    rule = pack.rules[variant.rule]
    for pattern in variant.patterns:
        fields = pack.kinds[pattern.kind].fields
        for test in pattern.tests:
            field = fields[test.field]
            if test.op in ("known", "unknown") or direction(test, field) == "mixed":
                continue
            if not logic.met_by_all(field, test):
                continue
            name = f"{pattern.kind}.{test.field}"
            place = condition(rule, variant, pattern.kind, test.field)
            if test.unknown and _lifting(variant) == test.field:
                message = f"no value of `{name}` can lift this rule"
                yield rule_fault(where, rule, "unless-never-lifts", message, *place, help=_NEVER)
            else:
                help_text = "Leave it out."
                if not (field.always or test.unknown):
                    help_text = "Leave it out, or write `known: true` if that is what is meant."
                message = f"every value of `{name}` is {said(test, pack)}"
                yield rule_fault(where, rule, "always-met", message, *place, help=help_text)


def idle_now(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    """Rules that cannot fire with the pack's own numbers, though with other permitted ones they could."""
    now = Logic(pack, at_values=True)
    for variant in pack.variants:
        rule = pack.rules[variant.rule]
        for pattern in variant.patterns:
            name = now.clash(pattern)
            if name is not None and logic.clash(pattern) is None:
                tests = by_field(pattern)[name]
                both = " and ".join(said(test, pack) for test in tests)
                message = f"with the numbers as they are `{pattern.kind}.{name}` is never {both}"
                place = condition(rule, variant, pattern.kind, name)
                yield rule_fault(where, rule, "never-met-now", message, *place, severity="remark")


def said(test: Test, pack: Pack) -> str:
    """A test in words."""
    if test.parameter is not None:
        one = pack.parameters[test.parameter]
        return f"{test.op.replace('_', ' ')} `{test.parameter}` ({one.range[0]:g} to {one.range[1]:g})"
    words = " or ".join(f"`{str(word).lower() if isinstance(word, bool) else word}`" for word in test.words)
    return {"is": words, "is_not": f"other than {words}"}.get(test.op, test.op)


def _lifting(variant: Variant) -> str | None:
    """The field that an entry of `unless` asks about, where that made the variant."""
    place = alternative(variant)
    return str(place[2]) if place and place[0] == "unless" else None


def _what(variant: Variant) -> str:
    return "this alternative" if variant.origin else "the rule"


def _spoken(site: str, pack: Pack, variant: Variant) -> str:
    """What a variable, or an unnamed place, stands for."""
    for pattern in variant.patterns:
        for name, variable in pattern.binds:
            if variable == site:
                return str(pack.kinds[pattern.kind].fields[name].to)
    return site.partition(" ")[0].partition(".")[0]
