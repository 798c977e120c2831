"""What another rule makes needless: duplicates, rules that say no more, permits that a forbid always beats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from time import process_time

from prehab.graph.budgets import CHECK_SECONDS
from prehab.graph.faults import Fault
from prehab.rules.checks.logic import Domains, Logic, Site, asked
from prehab.rules.checks.places import Where, alternative, condition, rule_fault
from prehab.rules.language import Effect, Rule, Variant
from prehab.rules.pack import Pack

__all__ = ["check_overlaps"]

URGENCIES = ("routine", "urgent", "emergency")
_COMPARED = frozenset({"permit", "forbid", "open", "close", "limit", "prescribe", "refer", "derive"})
"""Effects that say the same however often they are said; weights add up, and a sentence is read by people."""
_ABOUT = ("gate", "fact", "scheme", "channel")

Ways = dict[int, list[Variant]]


def check_overlaps(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    """Every rule, or alternative, without which the advice would be the same."""
    ways: Ways = {index: [] for index in range(len(pack.rules))}
    for variant in pack.variants:
        ways[variant.rule].append(variant)
    seen = _Seen(pack, logic, ways)
    began = process_time()
    for index, rule in enumerate(pack.rules):
        if process_time() - began > CHECK_SECONDS:
            message = f"from here on no rule was compared with the others: that took {CHECK_SECONDS} seconds so far"
            yield rule_fault(where, rule, "too-many", message, severity="remark")
            return
        found = list(_whole_rule(seen, index, where))
        yield from found
        if not found:
            yield from _alternatives(seen, index, where)
        for effect in rule.effects:
            if effect.type == "permit":
                yield from _beaten(seen, index, effect, where)
            elif effect.type == "prescribe":
                yield from _outranked(seen, index, effect, where)
            elif effect.type == "open":
                yield from _closed(seen, index, effect, where)


class _Seen:
    """The rules of a pack, and what follows from what; each pair of conditions is compared once."""

    def __init__(self, pack: Pack, logic: Logic, ways: Ways) -> None:
        self.pack = pack
        self.logic = logic
        self.ways = ways
        self.about = {id(effect): _about(effect) for rule in pack.rules for effect in rule.effects}
        self.masks = {id(effect): effect.mask for rule in pack.rules for effect in rule.effects}
        self.compared = [all(effect.type in _COMPARED for effect in rule.effects) for rule in pack.rules]
        self._effects = [[(e.type, dict(e.data), dict(e.masks)) for e in rule.effects] for rule in pack.rules]
        self._patterns = [[way.patterns for way in ways[index]] for index in range(len(pack.rules))]
        self._said = [frozenset(self.about[id(effect)] for effect in rule.effects) for rule in pack.rules]
        self._saying: dict[tuple[str, str], set[int]] = {}
        for index, said in enumerate(self._said):
            for about in said:
                self._saying.setdefault(about, set()).add(index)
        self._asked = {id(way): asked(way.patterns) for way in pack.variants}
        self._needs = {id(way): logic.needs(way.patterns) for way in pack.variants}
        self._names: dict[tuple[int, int], dict[str, Site] | None] = {}

    def domains(self, variant: Variant) -> Domains:
        """What the variables of a variant can stand for."""
        return self.logic.where(variant.patterns)

    def about_the_same(self, index: int) -> list[int]:
        """The other rules that say something about all that a rule says something about, in their order."""
        others = (self._saying[about] for about in self._said[index])
        return sorted(set(range(len(self._said))).intersection(*others) - {index})

    def same(self, one: int, other: int) -> bool:
        """Whether two rules have the same conditions and the same effects."""
        return self._effects[one] == self._effects[other] and self._patterns[one] == self._patterns[other]

    def may_imply(self, one: Variant, other: Variant) -> bool:
        """Whether one asks about all that the other has to: a quick no before conditions are compared."""
        return self._needs[id(other)] <= self._asked[id(one)]

    def implies(self, one: Variant, other: Variant) -> dict[str, Site] | None:
        """What the other's variables stand for where it fires whenever one does."""
        if not self.may_imply(one, other):
            return None
        key = (id(one), id(other))
        if key not in self._names:
            self._names[key] = self.logic.implies(one.patterns, other.patterns, self.domains(one))
        return self._names[key]

    def selected(self, variant: Variant, effect: Effect, names: dict[str, Site], bound: dict[Site, str]) -> int:
        """What an effect selects for certain, where the sites that its variables stand for are bound so."""
        domains = self.domains(variant)
        choices: list[Iterable[str]] = []
        for variable in effect.variables:
            site = names.get(variable, variable)
            if site in bound:
                choices.append((bound[site],))
            elif site in domains.words:
                choices.append(sorted(map(str, domains.words[site])))
            else:
                return 0
        mask = -1
        for values in product(*choices):
            mask &= effect.masks.get(values, 0)
        return mask if choices or effect.masks else 0

    def bindings(self, variant: Variant, effect: Effect) -> Iterator[tuple[dict[Site, str], int]]:
        """Each way in which the variables of an effect can be bound, with what it then selects."""
        domains = self.domains(variant)
        for values, mask in effect.masks.items():
            bound = dict(zip(effect.variables, values, strict=True))
            if all(value in domains.words.get(site, {value}) for site, value in bound.items()):
                yield bound, mask

    def covered(self, one: Variant, effect: Effect, other: Variant, wider: Effect) -> bool:
        """Whether an effect says nothing that another, of another variant, does not say as hard or harder."""
        if not _as_hard(self, effect, wider):
            return False
        names = self.implies(one, other)
        if names is None:
            return False
        if effect.type in ("open", "close"):
            return True
        if effect.type in ("derive", "refer") and not effect.masks:
            return _same_about(effect, wider, names)
        return all(not mask & ~self.selected(one, wider, names, bound) for bound, mask in self.bindings(one, effect))


def _about(effect: Effect) -> tuple[str, str]:
    """What an effect is about, so far that no other covers it which is about something else."""
    return effect.type, next((str(effect.data[key]) for key in _ABOUT if key in effect.data), "")


def _as_hard(seen: _Seen, effect: Effect, wider: Effect) -> bool:
    """Whether the second effect is of the first's kind and asks for as much."""
    one, other = effect.data, wider.data
    if effect.type not in _COMPARED or seen.about[id(effect)] != seen.about[id(wider)]:
        return False
    if effect.type == "refer":
        return URGENCIES.index(other["urgency"]) >= URGENCIES.index(one["urgency"])
    return effect.type != "limit" or _tighter(seen, effect, wider)


def _tighter(seen: _Seen, effect: Effect, wider: Effect) -> bool:
    """Whether a bound is at least as tight as another, for all that the parameters may be."""
    channel = seen.pack.channels[effect.data["channel"]]
    mine, other = (str(e.data.get("at_most", e.data.get("at_least"))) for e in (effect, wider))
    orders = seen.logic.orders
    if channel.safe != "cap":
        mine, other = other, mine
    if channel.values:
        return channel.values.index(other) <= channel.values.index(mine)
    return orders.never_above(other, mine)


def _same_about(effect: Effect, wider: Effect, names: dict[str, Site]) -> bool:
    """Whether two effects on the runner are about the same complaint or region, or the second about everything."""
    if effect.type == "derive":
        return [names.get(v) for v in wider.variables] == list(effect.variables)
    if wider.data.get("everything"):
        return True
    if effect.data.get("whole_person"):
        return bool(wider.data.get("whole_person"))
    mine, other = effect.data.get("region"), wider.data.get("region")
    if isinstance(mine, str) or isinstance(other, str):
        return isinstance(other, str) and names.get(other) == mine
    return mine is not None and other is not None and set(mine) <= set(other)


def _whole_rule(seen: _Seen, index: int, where: Where) -> Iterator[Fault]:
    """A rule that another one makes needless."""
    rule = seen.pack.rules[index]
    for other in seen.about_the_same(index):
        wider = seen.pack.rules[other]
        if wider.side != rule.side:
            continue
        alike = seen.same(index, other)
        if alike and other < index:
            message = f"`{wider.id}` looks at the same and concludes the same"
            yield rule_fault(where, rule, "duplicate", message, help="Keep one, with the sources of both.")
            return
        if alike or not seen.compared[index] or not _says_all(seen, index, other):
            continue
        if other > index and _says_all(seen, other, index):
            continue  # each says what the other says: told at the second of them
        message = f"whenever `{rule.id}` fires, `{wider.id}` fires too and says as much or more"
        help_text = "Take it out, unless its sentence or its sources are worth keeping."
        yield rule_fault(where, rule, "overlap", message, help=help_text, severity="remark")
        return


def _says_all(seen: _Seen, one: int, other: int) -> bool:
    """Whether a rule says whatever another says, whenever that fires."""
    if not all(any(seen.may_imply(way, into) for into in seen.ways[other]) for way in seen.ways[one]):
        return False
    effects = seen.pack.rules[one].effects
    wider = seen.pack.rules[other].effects
    if not all(any(_as_hard(seen, e, w) and _may_cover(seen, e, w) for w in wider) for e in effects):
        return False
    return bool(seen.ways[one]) and all(
        any(
            all(any(seen.covered(way, effect, into, w) for w in wider) for effect in effects)
            for into in seen.ways[other]
        )
        for way in seen.ways[one]
    )


def _may_cover(seen: _Seen, effect: Effect, wider: Effect) -> bool:
    """Whether an effect's exercises can be among another's at all: a quick no before conditions are compared."""
    if effect.variables or wider.variables:
        return True
    return not seen.masks[id(effect)] & ~seen.masks[id(wider)]


def _alternatives(seen: _Seen, index: int, where: Where) -> Iterator[Fault]:
    """Entries of `any` and `unless` that another entry of the same rule makes needless or meaningless."""
    rule, ways = seen.pack.rules[index], seen.ways[index]
    for number, way in enumerate(ways):
        for other in ways:
            same = seen.implies(way, other) if other is not way else None
            if same is None or not _keeps(seen, way, rule, same):
                continue
            if (
                ways.index(other) > number
                and (back := seen.implies(other, way)) is not None
                and _keeps(seen, other, rule, back)
            ):
                continue  # told once, at the later of two that are the same
            message = f"this alternative adds nothing: {_place(other)} covers it"
            yield rule_fault(
                where, rule, "idle-alternative", message, *alternative(way), help="Take it out.", severity="remark"
            )
            break
    for way in ways:
        place = alternative(way)
        if place and place[0] == "unless":
            yield from _never_lifts(seen, rule, way, where)


def _keeps(seen: _Seen, way: Variant, rule: Rule, names: dict[str, Site]) -> bool:
    """Whether the variables that the rule's conclusions are about stand for the same in both alternatives."""
    return all(names.get(variable) == variable for effect in rule.effects for variable in effect.variables)


def _place(variant: Variant) -> str:
    return "`" + "/".join(map(str, alternative(variant)[:2])) + "`"


def _never_lifts(seen: _Seen, rule: Rule, way: Variant, where: Where) -> Iterator[Fault]:
    """A test of `unless` that what `when` says, or the graph knows of it, keeps from ever being met."""
    logic, field = seen.logic, str(alternative(way)[2])
    for number, pattern in enumerate(way.patterns):
        tests = [test for test in pattern.tests if test.field == field]
        if not tests:
            continue
        of, violated = seen.pack.kinds[pattern.kind].fields[field], tests[-1]
        rest = replace(pattern, tests=tuple(test for test in pattern.tests if test is not violated))
        here = logic.where((*way.patterns[:number], rest, *way.patterns[number + 1 :]))
        left = here.words.get(logic.sites(number, rest).get(field, ""))
        if (len(tests) > 1 or left is not None) and logic.follows(of, tests[:-1], violated, left):
            message = f"`when` asks for a `{field}` with which this can never be met, so it lifts nothing"
            place = condition(rule, way, pattern.kind, field)
            yield rule_fault(where, rule, "unless-never-lifts", message, *place, help="Take it out, or put it right.")


def _beaten(seen: _Seen, index: int, effect: Effect, where: Where) -> Iterator[Fault]:
    """A permit of which forbids that apply whenever it does leave nothing."""
    rule = seen.pack.rules[index]
    for way in seen.ways[index]:
        if by := _leave_nothing(seen, way, effect, lambda other: other.type == "forbid"):
            message = f"whatever it permits, {by} always forbids"
            help_text = "Take it out, or lift the forbid under `unless`."
            yield rule_fault(where, rule, "permit-beaten", message, *alternative(way), help=help_text)


def _outranked(seen: _Seen, index: int, effect: Effect, where: Where) -> Iterator[Fault]:
    """A scheme that never counts, because all that get it always get one of a higher rank as well.

    It is not quite nothing: a limit that leaves nothing of it withholds the exercise all the same.
    """
    rule, schemes = seen.pack.rules[index], seen.pack.schemes
    rank = schemes[effect.data["scheme"]].caution

    def higher(other: Effect) -> bool:
        return other.type == "prescribe" and schemes[other.data["scheme"]].caution > rank

    for way in seen.ways[index]:
        if by := _leave_nothing(seen, way, effect, higher):
            message = f"`{effect.data['scheme']}` never counts here: {by} always prescribes a scheme of a higher rank"
            help_text = "Put the ranks (`caution`) in order, or take the prescription out."
            yield rule_fault(
                where, rule, "scheme-outranked", message, *alternative(way), help=help_text, severity="remark"
            )


def _leave_nothing(seen: _Seen, way: Variant, effect: Effect, against: Callable[[Effect], bool]) -> str:
    """The rules of which effects of a kind leave nothing of an effect, whenever it is concluded; "" if some is left."""
    by: dict[str, None] = {}
    for bound, mask in seen.bindings(way, effect):
        for number, other in enumerate(seen.pack.rules):
            for one in other.effects:
                if one is effect or not against(one) or not seen.masks[id(one)] & mask:
                    continue
                for into in seen.ways[number]:
                    if (names := seen.implies(way, into)) is not None and mask & seen.selected(way, one, names, bound):
                        mask &= ~seen.selected(way, one, names, bound)
                        by[f"`{other.id}`"] = None
        if mask:
            return ""
    return ", ".join(by)


def _closed(seen: _Seen, index: int, effect: Effect, where: Where) -> Iterator[Fault]:
    """A gate that is closed whenever a rule opens it."""
    rule = seen.pack.rules[index]
    for other, closing in enumerate(seen.pack.rules):
        if not any(e.type == "close" and e.data["gate"] == effect.data["gate"] for e in closing.effects):
            continue
        for way in seen.ways[index]:
            if any(seen.implies(way, into) is not None for into in seen.ways[other]):
                message = f"whenever it opens `{effect.data['gate']}`, `{closing.id}` closes it"
                yield rule_fault(where, rule, "opened-in-vain", message, *alternative(way))
