"""Makes the text of random rules out of single choices: every operator, effect and shape of pattern the language has.

Generated backwards: what is made passes the checks, because each test is drawn from those that its side may make. The
first option of every choice is the plainest, so that what hypothesis makes shrinks to few and short rules.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from prehab.graph.catalogue import Catalogue
from prehab.graph.files import read_path
from prehab.population import Choose
from prehab.rules.checks import ENGINE_PARAMETERS
from prehab.rules.checks.aggregates import directions, empty_value
from prehab.rules.load import RULES_FOLDER
from prehab.rules.patterns import fact_kinds
from prehab.rules.select import SCALES
from prehab.rules.vocabulary import Field, Kind, Vocabulary

__all__ = ["make_files"]

Text = dict[str, Any]

DERIVED: Text = {
    "first": {"side": "caution", "says": "is of the first kind", "fields": {"complaint": "complaint"}},
    "second": {
        "side": "caution", "says": "is of the second kind",
        "fields": {"complaint": "complaint", "structure": "structure"},
    },
    "third": {"side": "caution", "says": "is of the third kind", "fields": {"side": "side"}},
    "sound": {"side": "permit", "says": "is sound", "fields": {"side": "side"}},
}  # fmt: skip
"""Kinds that rules derive, each from those above it on its side."""

TAKEN_OF = ("complaint", "session", "leg", "screen", "readiness", "alarm")
VALUES = ("number", "integer", "boolean", "choice")
COUNTED = ("complaint", "session", "affects", "sore_leg")
"""Kinds of which aggregates are taken, the types of their fields, and kinds that are counted."""

CONTRADICTED = ("strength", "running", "readiness")
"""Kinds whose answers may be contradicted by a complaint."""

MOST_LOGGED = 4
"""So many rules at the most happen to look at the log: of a list only so much may be told apart."""

GATES = ("gate/a", "gate/b", "gate/c")
"""Each gate may rest on those before it."""

PAIN = "0-10"
CHANNELS = ("sets", "effort_rpe", "external_load", "reps_in_reserve", "contacts", "spacing_h", "sessions_per_week")


def make_files(choose: Choose, catalogue: Catalogue) -> Text:
    """The files of a random pack: the bundled vocabulary with other gates and derived facts, doses, random rules."""
    return _Maker(choose, catalogue).files()


@cache
def _bundled_vocabulary() -> Text:
    data: Text = read_path(RULES_FOLDER / "vocabulary.yaml").data
    for kind in data["kinds"].values():
        for field in kind["fields"].values():
            field.pop("ask_if", None)  # they name words and exercises of the bundled graph
            field.pop("tried_by", None)
    gates = {name: {"name": name} for name in GATES}
    derived = copy.deepcopy(DERIVED)
    for about in derived.values():
        about["fields"] = {k: {"type": "ref", "to": to, "always": True} for k, to in about["fields"].items()}
    return {**data, "careful": [], "runs": [], "gates": gates, "derived": derived}


class _Maker:
    def __init__(self, choose: Choose, catalogue: Catalogue) -> None:
        self.choose = choose
        self.catalogue = catalogue
        self.vocabulary = copy.deepcopy(_bundled_vocabulary())
        known = {"key", *catalogue.known_of(next(iter(catalogue.injuries.values())))}
        fields = self.vocabulary["kinds"]["complaint"]["fields"]
        for name in [name for name, field in fields.items() if field.get("always") and name not in known]:
            del fields[name]  # of a sign that this graph does not know
        phases = list(catalogue.words["phases"])[1:]
        for gate, phase in zip(self.vocabulary["gates"].values(), phases, strict=False):
            gate["phase"] = phase
        told = fact_kinds(Vocabulary.model_validate(self.vocabulary, context=catalogue.words), catalogue)
        self.vocabulary["aggregates"] = {**self.vocabulary["aggregates"], "taken": {"fields": self._taken(told)}}
        self.kinds = fact_kinds(Vocabulary.model_validate(self.vocabulary, context=catalogue.words), catalogue)
        self.looked_at_log = 0
        self.parameters: Text = {}
        self.rules: Text = {}
        self.schemes = {f"scheme_{mode}": mode for mode in catalogue.words["modes"]}

    def files(self) -> Text:
        self._base()
        self._inferring()
        self._logged()
        self._alike()
        self._earned()
        for _ in range(self.choose((1, 3, 6, 10, 14))):
            side = self.choose(("caution", "caution", "permit", "other"))
            self._rule(side, self._effects(side))
        vocabulary = self._vocabulary_text()
        used = {*ENGINE_PARAMETERS, *_words([vocabulary["careful"], vocabulary["runs"], self.rules])}
        parameters = {name: about for name, about in self.parameters.items() if name in used}
        return {
            "vocabulary.yaml": vocabulary,
            "schemes.yaml": {name: self._scheme(i, mode) for i, (name, mode) in enumerate(self.schemes.items())},
            "random.yaml": {"about": "Random rules.", "parameters": parameters, "rules": self.rules},
        }

    def _taken(self, told: Mapping[str, Kind]) -> Text:
        """Some of what can be taken of the fields of some kinds, and counted, each with the direction that it has."""
        options: list[list[Text]] = []
        for take in ("max", "min", "any"):
            fields = list(_takeable(told, take))
            options += [[one for field, one in fields if field.type == wanted] for wanted in VALUES]
        for name in COUNTED:
            ways = directions(told[name], None, "count")
            options.append([{"take": "count", "of": name, "worse": next(iter(ways), "neither")}])
        found: Text = {}
        for ways_of_one in filter(None, options):
            if self.choose((False, True)):
                one = self.choose(ways_of_one)
                found[f"{one['take']}_{len(found) + 1}"] = one
        return found or {"count_1": options[-1][0]}

    def _vocabulary_text(self) -> Text:
        self.vocabulary["careful"] = [self._careful() for _ in range(self.choose((0, 1, 2, 3)))]
        if self.choose((False, True)):
            test = {"fact": "session", "pain_during": {"at_most": self._number((0, 10), PAIN)}}
            run = {"into": "complaint.calm_sessions_in_row", "of": "session", "while": test}
            self.vocabulary["runs"] = [run]
        return self.vocabulary

    def _careful(self) -> Text:
        """A contradiction: of a complaint in itself, beside an answer of another kind, or of a leg that is sore."""
        field = self.choose(("pain_walking", "pain_at_night"))
        sore = {"fact": "complaint", field: {"above": self._number((0, 10), PAIN)}}
        of = self.choose(("complaint", "leg", *CONTRADICTED))
        own: list[Text] = []
        if of in CONTRADICTED and self.choose((False, True)):
            own = [self._tested(of, {"fact": of}, "caution", directed=True)]
        fields = [(n, f) for n, f in self._testable(of, "caution") if f.worse != "neither" and not f.always]
        return {
            "when": [sore, *own], "of": of, "read_worst": [self.choose(fields)[0]],
            "say": "The more careful one counts.",
        }  # fmt: skip

    # -- what every pack needs ----------------------------------------------------------------------------------------

    def _base(self) -> None:
        """Every exercise permitted and dosed, and the parameters that the engine reads."""
        for name, unit in ENGINE_PARAMETERS.items():
            self.parameters[name] = {"value": 2, "unit": unit, "range": [1, 5], "consensus": True}
        for explosive in self.catalogue.words["explosive"]:
            if any(one.explosive == explosive for one in self.catalogue.exercises.values()):
                when = [{"fact": "runner"}] if self.choose((True, True, False)) else None
                self._rule("permit", {"permit": {"exercises": {"explosive": explosive}}}, when)
        doses = [{"scheme": name, "exercises": {"mode": mode}} for name, mode in self._used_schemes().items()]
        self._rule("caution", {"prescribe": doses}, [{"fact": "runner"}])

    def _used_schemes(self) -> dict[str, str]:
        modes = {mode for one in self.catalogue.exercises.values() for mode in one.modes}
        return {name: mode for name, mode in self.schemes.items() if mode in modes}

    def _inferring(self) -> None:
        """Each gate opened, perhaps closed; each derived kind derived and read."""
        for rank, gate in enumerate(GATES):
            extra = [self._gate(GATES[:rank], open_=True)] if rank and self.choose((True, False)) else []
            own = [pattern for pattern in self._patterns("permit", rank) if not (extra and pattern["fact"] == "gate")]
            self._rule("permit", {"open": {"gate": gate}}, [*extra, *own])
            if self.choose((False, True)):
                self._rule("caution", {"close": {"gate": gate}}, rank=rank)
        complaint = {"fact": "complaint", "key": "$c"}
        affects = {"fact": "affects", "complaint": "$c", "structure": "$s"}
        leg = {"fact": "sore_leg", "complaint": "$c", "side": "$side"}
        first, second = {"fact": "first", "complaint": "$c"}, {"fact": "second", "complaint": "$c", "structure": "$s"}
        third, sound = {"fact": "third", "side": "$side"}, {"fact": "sound", "side": "$side"}
        strong, weak = (self._tested("leg", {"fact": "leg", "side": "$side"}, side) for side in ("permit", "caution"))
        testing = self._tested("complaint", complaint, "caution", signs=True)
        self._rule("caution", {"derive": first}, [testing])
        self._rule("caution", {"derive": second}, [first, affects])
        self._rule("caution", {"derive": third}, [second, leg] if self.choose((True, False)) else [first, leg])
        self._rule("permit", {"derive": sound}, [strong])
        self._rule("caution", {"forbid": self._about()}, [third, weak])
        self._rule("permit", {"permit": self._about()}, [sound, {"fact": "sound", "side": "$other"}])
        loads = {"loads": {"structure": "$s", "at_least": self._level()}}
        self._rule("caution", {"forbid": {"exercises": loads}}, [second])

    def _logged(self) -> None:
        """Rules that look for one session of the log, for two, for three; alike or not."""
        for count in (1, 2, 3):
            if self.choose((False, True)):
                first = self._pattern("session", "caution")
                others = [first if self.choose((True, False)) else self._pattern("session", "caution")]
                self._rule("caution", self._plainly(), [first, *(others * (count - 1))])
        for name in self.vocabulary["aggregates"]["taken"]["fields"]:
            side = self.choose(("caution", "permit"))
            field = self.kinds["taken"].fields[name]
            if side == "caution" or field.worse != "neither":
                effect = self._plainly() if side == "caution" else {"permit": self._about()}
                self._rule(side, effect, [{"fact": "taken", name: self._test(field, side)}])

    def _alike(self) -> None:
        """A rule about two complaints of one injury, one about the race, and a fact that several layers derive."""
        if self.choose((False, True)):
            one, other = ({"fact": "complaint", "key": key, "injury": "$i"} for key in ("$c", "$d"))
            self._rule("caution", self._plainly(), [self._tested("complaint", one, "caution", signs=True), other])
        if self.choose((False, True)):
            op = self.choose(("at_most", "above"))
            near = {"fact": "running", "days_to_race": {op: self._number((0, 60), "days")}}
            self._rule("caution", self._plainly(), [near])
        if self.choose((False, True)):
            complaint = self._tested("complaint", {"fact": "complaint", "key": "$c"}, "caution", signs=True)
            leg = {"fact": "sore_leg", "complaint": "$c", "side": "$side"}
            self._rule("caution", {"derive": {"fact": "third", "side": "$side"}}, [complaint, leg])

    def _earned(self) -> None:
        """Rules that move a runner on: what he knows well, and the stage that a complaint has come to, or stays at."""
        if self.choose((False, True)):
            kind = self.choose([name for name in self._kinds_of("permit") if name != "taken"])
            self._rule("earned", {"familiar": self._about()}, [self._pattern(kind, "permit")])
        if self.choose((False, True)):
            better = self._tested("complaint", {"fact": "complaint", "key": "$c"}, "unless")
            stage = self.choose(list(self.catalogue.words["stages"]))
            self._rule("earned", {"reach": {"complaint": "$c", "stage": stage}}, [better])
        if self.choose((False, True)):
            worse = self._tested("complaint", {"fact": "complaint", "key": "$c"}, "caution")
            stage = self.choose(list(self.catalogue.words["stages"]))
            self._rule("caution", {"stay": {"complaint": "$c", "stage": stage}}, [worse])

    def _plainly(self) -> Text:
        """A caution that names no variable."""
        name = self.choose(("forbid", "limit", "close"))
        if name == "close":
            return {"close": {"gate": GATES[-1]}}
        return {name: self._about() if name == "forbid" else self._limit()}

    def _scheme(self, place: int, mode: str) -> Text:
        amount = ({"reps": [5, 10]}, {"hold_s": [10, 40]}, {"contacts": [10, 60]})[place % 3]
        return {
            "name": mode, "says": "As well as you can.", "caution": place + 1, "modes": [mode], **amount,
            "sets": [2, 4], "effort_rpe": [3, 8], "reps_in_reserve": [2, 5], "load": ["none", "heavy"],
            "load_text": "some", "rest_s": [30, 60], "sessions_per_week": [1, 3], "pain_limit": 2,
            "progress": "More.", "step_back": "Less.", "daily": place % 4 == 3,
            "evidence": "consensus", "consensus": True,
        }  # fmt: skip

    # -- a rule -------------------------------------------------------------------------------------------------------

    def _rule(self, side: str, effects: Text, when: list[Text] | None = None, rank: int | None = None) -> None:
        """A rule of a side; what its effects need to be bound is bound, and what lifts it is thrown in at random."""
        reach = len(GATES) if rank is None else rank
        made = self._patterns(side, reach, effects) if when is None else when
        text: Text = {"because": "A rule made by chance.", "when": made, **effects}
        text |= {"evidence": "consensus", "consensus": True}
        fixed = when is not None
        if side == "caution":
            text["unknown"] = self.choose(("holds", "asks"))
            if not fixed and self.choose((False, False, True)):
                text["unless"] = self._unless(made)
        if not fixed and self.choose((False, False, False, True)):
            text["any"] = [self._alternative(side, reach, made) for _ in range(2)]
        self.rules[f"random.rule-{len(self.rules) + 1:02}"] = text
        if not fixed and not text.get("any") and self.choose((False, False, True)):
            twin = {**text, **dict.fromkeys(effects), **self._twin_effects(side, effects)}
            self.rules[f"random.rule-{len(self.rules) + 1:02}"] = {k: v for k, v in twin.items() if v is not None}

    def _twin_effects(self, side: str, effects: Text) -> Text:
        """Other effects for the same conditions, with no variable that they might not bind."""
        if {"open", "close", "derive"} & effects.keys():
            return effects
        name = {"caution": "forbid", "permit": "permit"}.get(side)
        return {name: self._about()} if name else {"advise": {"say": "Take care."}}

    def _patterns(self, side: str, rank: int, effects: Text | None = None) -> list[Text]:
        """Conditions that bind what the effects need."""
        needed = _variables(effects or {})
        joined = self._joined(needed, side)
        if joined:
            return joined
        kinds = self._kinds_of(side)
        shape = self.choose(("one", "one", "gate", "two", "same", "join", "derived", "three"))
        if shape == "gate" and rank:
            return [self._gate(GATES[:rank], open_=side != "caution")]
        if shape in ("same", "join", "three", "derived") and side != "permit":
            return self._sore(shape, side)
        if shape == "same":
            return [self._tested("leg", {"fact": "leg", "side": v}, side) for v in ("$one", "$other")]
        if shape == "derived" and rank == len(GATES):
            return [{"fact": "sound", "side": "$side"}, self._tested("leg", {"fact": "leg", "side": "$side"}, side)]
        chosen = [self.choose(kinds) for _ in range({"two": 2, "three": 3}.get(shape, 1))]
        return [self._pattern(kind, side) for kind in dict.fromkeys(chosen)]

    def _joined(self, needed: set[str], side: str) -> list[Text]:
        """The patterns that bind the variables which the effects name."""
        made: list[Text] = []
        if needed & {"$i", "$r"}:
            binds = {field: name for field, name in (("injury", "$i"), ("region", "$r")) if name in needed}
            made.append(self._tested("complaint", {"fact": "complaint", "key": "$c", **binds}, side))
        if "$s" in needed:
            made += [{"fact": "affects", "complaint": "$c", "structure": "$s"}]
            if len(made) == 1:
                made.insert(0, self._tested("complaint", {"fact": "complaint", "key": "$c"}, side))
        if "$p" in needed:
            made.append(self._tested("screen", {"fact": "screen", "screen": "$p"}, side))
        return made

    def _sore(self, shape: str, side: str) -> list[Text]:
        """Two complaints, or a complaint with what belongs to it."""
        complaint = self._tested("complaint", {"fact": "complaint", "key": "$c"}, side)
        if shape == "same":
            return [complaint, self._tested("complaint", {"fact": "complaint", "key": "$d"}, side)]
        if shape == "derived":
            return [{"fact": "first", "complaint": "$c"}, complaint]
        leg = [{"fact": "sore_leg", "complaint": "$c", "side": "$side"}]
        if shape == "three":
            leg.append(self._tested("leg", {"fact": "leg", "side": "$side"}, side))
        return [complaint, *leg]

    def _kinds_of(self, side: str) -> list[str]:
        """The kinds that a rule of this side may name and test, apart from gates and what is derived."""
        skipped = {"gate", "affects", "sore_leg", *DERIVED}
        if self.looked_at_log >= MOST_LOGGED:
            skipped.add("session")
        found = []
        for name, kind in self.kinds.items():
            allowed = side != "permit" or not (kind.health or kind.more == "worse")
            if name not in skipped and allowed and self._testable(name, side):
                found.append(name)
        return found

    def _pattern(self, name: str, side: str) -> Text:
        kind = self.kinds[name]
        self.looked_at_log += name == "session"
        keys: Text = {}
        for key, words in kind.keys.items():
            keys[key] = self.choose([f"${key}", *words[:3]])
        return self._tested(name, {"fact": name, **keys}, side)

    def _alternative(self, side: str, rank: int, base: list[Text]) -> Text | list[Text]:
        taken = {pattern["fact"] for pattern in base}
        kinds = [k for k in self._kinds_of(side) if k not in taken and self.kinds[k].cardinality == "one"]
        one = self._pattern(self.choose(kinds), side)
        if rank and "gate" not in taken and self.choose((False, True)):
            return [one, self._gate(GATES[:rank], open_=side == "permit")]
        return one

    def _unless(self, base: list[Text]) -> list[Text]:
        """What lifts a caution: a complaint that it binds, or a leg or a single fact that it does not test itself."""
        wanted: list[Text] = [{"fact": "strength"}, {"fact": "running"}, {"fact": "leg", "side": "left"}]
        taken = {pattern["fact"] for pattern in base}
        options = [self._tested(one["fact"], one, "unless") for one in wanted if one["fact"] not in taken]
        bound = [p for p in base if p["fact"] == "complaint" and str(p.get("key", "")).startswith("$")]
        for one in bound:
            options += [self._tested("complaint", {"fact": "complaint", "key": one["key"]}, "unless", but=one)] * 2
        return [self.choose(options)] if options else []

    def _gate(self, gates: Sequence[str], *, open_: bool) -> Text:
        return {"fact": "gate", "gate": self.choose(gates), "open": open_}

    # -- a test -------------------------------------------------------------------------------------------------------

    def _testable(self, name: str, side: str) -> list[tuple[str, Field]]:
        """The fields that a side may test; of those without a direction permits may only ask whether they are known."""
        told = name in self.vocabulary["kinds"]  # what nobody is asked for, no rule may want to know
        fields = [
            (n, f)
            for n, f in self.kinds[name].fields.items()
            if f.type != "ref" and not n.endswith("_so_far") and (f.ask or f.always or not told)
        ]
        return [(n, f) for n, f in fields if side not in ("permit", "unless") or not f.always]

    def _tested(
        self, name: str, pattern: Text, side: str, *, signs: bool = False, directed: bool = False,
        but: Text | None = None,
    ) -> Text:  # fmt: skip
        """A pattern with one or two tests that its side may make; of signs only, and of no field that another tests."""
        made = dict(pattern)
        fields = [(n, f) for n, f in self._testable(name, side) if n not in (but or ())]
        if signs or directed:
            fields = [(n, f) for n, f in fields if not f.always and not (directed and f.worse == "neither")]
        injury = self.choose(list(self.catalogue.injuries.values()))  # what is asked of one must go together
        if name == "complaint" and side != "unless" and not signs and self.choose((False, False, True)):
            made["tissue"] = list(dict.fromkeys([injury.tissue, self.choose(list(self.catalogue.words["tissues"]))]))
            if self.choose((True, False)):
                return made
        for _ in range(self.choose((1, 1, 2))):
            key, field = self.choose(fields)
            known = field.always and name == "complaint"
            made[key] = self.catalogue.known_of(injury)[key] if known else self._test(field, side)
        return made

    def _test(self, field: Field, side: str) -> Any:
        better = side in ("permit", "unless")
        directed = field.worse != "neither"  # that something bad is known, or not any more, must not open anything
        if not directed and not field.always and (better or self.choose((False,) * 3 + (True,))):
            return {"known": better or (side == "other" and self.choose((True, False)))}
        free = field.worse == "neither" or side == "other"
        upward = self.choose((True, False)) if free else better != (field.worse == "higher")
        wanted = self._compared(field, upward, ends=not directed or side == "other")
        if side == "caution" and not field.always and self.choose((False,) * 4 + (True,)):
            wanted = wanted if isinstance(wanted, dict) else {"is": wanted}
            wanted = {**wanted, "unknown": self.choose(("holds", "asks"))}
        return wanted

    def _compared(self, field: Field, upward: bool, *, ends: bool) -> Any:
        """A test that a value meets from some point on, upwards or downwards.

        One that the best value meets as well as the worst, or neither of them, only where it may be so (``ends``).
        """
        if field.type == "boolean":
            return upward
        if field.type in ("number", "integer"):
            op = self.choose(("at_least", "above") if upward else ("at_most", "below"))
            low, high = field.range or (0, 10)
            whole = field.type == "integer" or high > 5
            step = 1 if whole else 0.5
            if not ends and op in ("at_least", "below"):
                low += step
            elif not ends:
                high -= step
            return {op: self._number((low, min(high, low + 60)), field.unit, whole=whole)}
        cut = self.choose(range(1, len(field.values)))
        chosen = field.values[cut:] if upward else field.values[:cut]
        if self.choose((False, True)):
            return list(chosen)
        return {"at_least": chosen[0]} if upward else {"at_most": chosen[-1]}

    def _number(self, span: Sequence[float], unit: str | None, *, whole: bool = True) -> str:
        low, high = span
        value = low + (high - low) * self.choose((1, 2, 3, 0, 4)) / 4
        name = f"number.n{len(self.parameters) + 1}"
        about = {"value": int(value) if whole else value, "unit": unit or "", "range": [low, high], "consensus": True}
        self.parameters[name] = about
        return name

    def _level(self) -> str:
        """A load that some exercise reaches."""
        highest = max(load for one in self.catalogue.exercises.values() for load in one.loads.values())
        return self._number((1, min(3, highest)), SCALES["loads"].unit)

    # -- an effect ----------------------------------------------------------------------------------------------------

    def _effects(self, side: str) -> Text:
        if side == "permit":
            return {"permit": self._about(screen=True)}
        if side == "other":
            name = self.choose(("prefer", "require", "advise"))
            return {name: {"prefer": self._prefer, "require": self._require, "advise": self._advise}[name]()}
        name = self.choose(("forbid", "limit", "prescribe", "refer"))
        makers = {"forbid": self._forbid, "limit": self._limit, "prescribe": self._prescribe, "refer": self._refer}
        return {name: makers[name]()}

    def _forbid(self) -> Text:
        way = self.choose(("plain", "structure", "region", "screen"))
        if way == "plain":
            return self._about()
        if way == "screen":
            return self._about(screen=True)
        level = self._level()
        variable = {"structure": "$s", "region": "$r"}[way]
        return {"exercises": {"loads": {way: variable, "at_least": level}}}

    def _limit(self) -> Text:
        name = self.choose([name for name in CHANNELS if name in self.vocabulary["channels"]])
        channel = self.vocabulary["channels"][name]
        word = "at_most" if channel["safe"] == "cap" else "at_least"
        if "values" in channel:
            bound = self.choose(channel["values"])
        else:
            bound = self._number([float(x) for x in channel["range"]], channel["unit"])
        return {"channel": name, word: bound, **({} if channel.get("runner") else self._about())}

    def _prescribe(self) -> Text:
        exercise = self._exercise()
        mode = self.choose(exercise.modes)
        scheme = next(name for name, of in self.schemes.items() if of == mode)
        return {"scheme": scheme, "exercises": {"mode": mode, "pattern": exercise.pattern}}

    def _refer(self) -> Text:
        urgency = self.choose(("routine", "urgent", "emergency"))
        what: Text = {"region": "$r"} if urgency != "emergency" else {"everything": True}
        if urgency == "urgent" and self.choose((False, True)):
            what = {"region": [self.choose(list(self.catalogue.words["regions"]))]}
        if urgency == "routine" and self.choose((False, True)):
            what = {"whole_person": True}
        return {"urgency": urgency, **what, "who": "a clinician", "tell": "Say where."}

    def _prefer(self) -> Text:
        return {"weight": self._number((1, 5), "weight"), **self._treating()}

    def _require(self) -> Text:
        return {"name": "a place", "order": self._number((1, 9), "place"), **self._treating()}

    def _advise(self) -> Text:
        return {"say": "Take care.", **({"training": True} if self.choose((False, True)) else {})}

    def _treating(self) -> Text:
        return {"exercises": {"treats": "$i"}} if self.choose((False, True)) else self._about()

    def _about(self, *, screen: bool = False) -> Text:
        """A selector that selects something: some attributes of an exercise."""
        if screen and self.choose((False, False, True)):
            return {"exercises": {"screen": "$p"}}
        exercise = self._exercise()
        trains = [muscle for muscle, role in exercise.trains.items() if role == "primary"]
        options: list[Text] = [
            {"pattern": exercise.pattern}, {"phase": exercise.phase}, {"ids": [exercise.id]},
            {"explosive": exercise.explosive, "sides": exercise.sides}, {"position": exercise.position},
            {"external_load": exercise.external_load}, {"not": {"phase": exercise.phase, "ids": [exercise.id]}},
            {"any": [{"mode": exercise.modes[0]}, {"pattern": exercise.pattern}]}, {"everything": True},
        ]  # fmt: skip
        options += [{"trains": trains[0]}] if trains else []
        return {"exercises": self.choose(options)}

    def _exercise(self) -> Any:
        return self.choose(list(self.catalogue.exercises.values()))


def _takeable(told: Mapping[str, Kind], take: str) -> Iterator[tuple[Field, Text]]:
    """What may be taken of which fields, with and without a value for no facts where either will do."""
    for name in TAKEN_OF:
        kind = told[name]
        for key, field in kind.fields.items():
            ways = directions(kind, field, take)
            if field.type not in VALUES or (take == "any" and field.type != "boolean") or len(ways) > 1:
                continue
            made = {"take": take, "of": f"{name}.{key}", "worse": next(iter(ways), "neither")}
            if kind.cardinality == "many" and kind.more != "neither":
                yield field, {**made, "empty": empty_value(kind, field, str(made["worse"]))}
                continue
            yield field, made
            if kind.cardinality == "many":
                some = {"boolean": True, "choice": (field.values or [""])[0]}.get(field.type, (field.range or [0])[0])
                yield field, {**made, "empty": some}


def _words(text: Any) -> Iterator[str]:
    """Every word that stands as a value anywhere in a text."""
    if isinstance(text, dict | list):
        for value in text.values() if isinstance(text, dict) else text:
            yield from _words(value)
    elif isinstance(text, str):
        yield text


def _variables(effects: Text) -> set[str]:
    """The variables that effects name, which the conditions have to bind."""
    return {word for word in _words(effects) if word.startswith("$")}
