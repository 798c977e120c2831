"""The vocabulary, the runner file and the random runners speak of the same things: the same fields, ranges and words.

What the rules may mention must be tellable, what is told must reach the rules or be named here with the reason why it
need not, what a rule asks for must have a question, and what can be told must be drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, seed, settings

from prehab.population import Question, random_runner, read_at, shape_of, told_kinds
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field
from prehab.runner import Runner
from prehab.testing import runners
from tests.support import engine_of, words_context

NO_FACT = {
    "today": "with the race date it gives the days to the race, with the dates of a log the age of its sessions",
    "running/race_date": "with today it gives the days to the race",
    "running/key_days": "days of the week are no number: the week is built around them",
    "strength/days": "days of the week are no number: the week is laid on them",
    "strength/equipment": "decided exercise by exercise, from what each needs",
    "strength/lacks": "decided exercise by exercise, like what is owned",
    "strength/refuses": "taken out of what is given, exercise by exercise",
    "faults": "a list of the faults that were seen, one fact for each fault there is",
    "complaints/*/injury": "told by name, it brings tissue, region and risk from the graph",
    "complaints/*/region": "where it hurts, it stands for the strictest common injury there",
    "recent_sessions/*/date": "counted in days from today",
    "recent_sessions/*/exercises": "they say what a session loaded, and so for which complaint it counts",
    "recent_sessions/*/pain_where": "where a session hurt, and so for which complaint its pain counts",
    "recent_sessions/*/sets": "held to the dose, exercise by exercise: on, again, or back",
    "recent_sessions/*/reps": "held to the dose, exercise by exercise: on, again, or back",
    "recent_sessions/*/load_kg": "told again with what to do next, exercise by exercise",
}
"""What a runner file can say that is no field of a fact of its own, and why."""

NOT_TOLD = {"fault": "told by being in the list of faults", "complaint": "from the graph, by the injury"}
"""Kinds of which some fields are not told one by one, and why."""


Said = Mapping[str, Any]
Tellable = Mapping[str, Said]


def leaves(schema: Said, part: Said, path: str = "") -> Iterator[tuple[str, Said]]:
    """Every value that a runner file can hold: its path, lists as ``*``, and what JSON Schema says of it."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    if "properties" in part:
        for name, inner in part["properties"].items():
            yield from leaves(schema, inner, f"{path}/{name}" if path else name)
    elif part.get("type") == "array" and "$ref" in part["items"]:
        yield from leaves(schema, part["items"], f"{path}/*")
    else:
        told = [one for one in part.get("anyOf", [part]) if one.get("type") != "null"]
        if len(told) == 2 and "with its unit" in told[1].get("description", ""):
            del told[1]  # the same number as text
        assert len(told) == 1, path
        yield path, told[0]


@pytest.fixture(scope="module")
def tellable() -> dict[str, Said]:
    """What the ``Runner`` model takes, by path."""
    schema = Runner.model_json_schema()
    return dict(leaves(schema, schema))


def places_of(pack: Pack) -> Iterator[tuple[str, Field]]:
    """Where each field of the vocabulary stands in a runner file."""
    for name, kind in told_kinds(pack).items():
        if name == "fault":
            continue
        top = name if kind.source is None else kind.source
        tops = [top] if top else []
        if kind.cardinality == "many":
            tops = [f"{top}/*"]
        keyed = [[*tops, key] for keys in kind.keys.values() for key in keys] or [tops]
        for field, one in kind.fields.items():
            if field in kind.keys or (name == "complaint" and one.always):
                continue
            source = field if one.source is None else one.source
            for parts in keyed:
                yield "/".join([*parts, *source.split(".")]).strip("/"), one


def described(field: Field) -> dict[str, Any]:
    """What JSON Schema should say of a field."""
    if field.type == "choice":
        return {"type": "string", "enum": list(field.values)}
    if field.type == "boolean":
        return {"type": "boolean"}
    assert field.range is not None
    return {"type": field.type, "minimum": field.range[0], "maximum": field.range[1]}


def test_every_field_of_the_vocabulary_can_be_told(pack: Pack, tellable: Tellable) -> None:
    """At its place, with the same type, range and words in the same order."""
    wrong = []
    for path, field in places_of(pack):
        said = {k: v for k, v in tellable.get(path, {}).items() if k in ("type", "minimum", "maximum", "enum")}
        if path.startswith("screens/") and said:
            said["enum"] = [word for word in said["enum"] if word != "not_assessed"]
        if said != described(field):
            wrong.append(f"{path}: the runner has {said}, the vocabulary {described(field)}")
    assert not wrong, "\n".join(wrong)


def test_everything_that_can_be_told_is_in_the_vocabulary(pack: Pack, tellable: Tellable) -> None:
    """Or is named above, with the reason."""
    places = {path for path, _ in places_of(pack)}
    assert tellable.keys() - places == NO_FACT.keys()
    assert set(pack.kinds["fault"].keys["fault"]) == set(pack.catalogue.words["faults"])


def test_the_reading_of_the_runner_model_would_notice(pack: Pack, tellable: dict[str, Said]) -> None:
    """A missing field, another range and another order of words are seen."""
    without_age = {path: said for path, said in tellable.items() if path != "age_years"}
    wider = {**tellable, "running/years": {**tellable["running/years"], "maximum": 81}}
    turned = {**tellable, "goal": {**tellable["goal"], "enum": tellable["goal"]["enum"][::-1]}}
    for changed in (without_age, wider, turned):
        with pytest.raises(AssertionError):
            test_every_field_of_the_vocabulary_can_be_told(pack, changed)
    with pytest.raises(AssertionError):
        test_everything_that_can_be_told_is_in_the_vocabulary(pack, {**tellable, "shoe_size": {"type": "integer"}})


def test_every_field_that_a_rule_tests_has_a_question(pack: Pack) -> None:
    """Of an aggregate, the field that it is worked out from."""
    lacking = set()
    for variant in pack.variants:
        for pattern in variant.patterns:
            for test in pattern.tests:
                kind, name = pattern.kind, test.field
                if kind in pack.aggregates:
                    of = pack.aggregates[kind].fields[name.removesuffix("_so_far")].of
                    kind, _, name = of.partition(".")
                field = pack.kinds[kind].fields.get(name)
                if field is not None and not field.always and name not in pack.kinds[kind].keys and not field.ask:
                    lacking.add(f"{kind}.{name} ({pack.rules[variant.rule].id})")
    assert not lacking


def test_every_question_says_where_its_answer_belongs(pack: Pack, tellable: Tellable) -> None:
    engine = engine_of(pack)
    rng = random.Random(4)
    asked = set()
    for _ in range(300):
        for ask in engine.recommend(random_runner(rng, pack)).asks:
            parts = ["*" if part.isdigit() else part for part in ask.about.strip("/").split("/")]
            path = "faults" if parts[0] == "faults" else "/".join(parts)
            assert path in tellable, ask.about
            assert "{" not in ask.question
            asked.add(path)
    assert len(asked) > 40


# -- the random runners -----------------------------------------------------------------------------------------------


def questions(pack: Pack) -> Iterator[tuple[tuple[str | int, ...], Question]]:
    """Every question that the random runners answer, with where its answers stand (lists as ``*``)."""
    shape = shape_of(pack)
    for _, section in shape.sections:
        yield from ((question.path, question) for question in section)
    for _, group in shape.groups:
        yield from ((("complaints", "*", *question.path), question) for question in group)
    yield from ((("recent_sessions", "*", *question.path), question) for question in shape.logged)


def written(path: tuple[str | int, ...]) -> str:
    return "/".join(map(str, path))


def test_the_random_runners_answer_every_question(pack: Pack) -> None:
    drawn = {written(path): question.field for path, question in questions(pack)}
    assert drawn == dict(places_of(pack))
    for path, question in questions(pack):
        if question.field.type == "choice":
            assert set(question.field.values) <= set(question.values), path
        if question.field.type in ("integer", "number"):
            assert question.field.range is not None
            assert {*question.field.range} <= set(question.values), path


class Drawn:
    """What was drawn, place by place."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.context = words_context(pack)
        self.values: dict[tuple[str | int, ...], set[Any]] = {path: set() for path, _ in questions(pack)}
        self.words: dict[str, set[Any]] = {}

    def add(self, data: dict[str, Any]) -> None:
        Runner.model_validate(data, context=self.context)
        for path, seen in self.values.items():
            if "*" not in path:
                seen.add(read_at(data, path))
            else:
                seen.update(read_at(entry, path[2:]) for entry in data.get(str(path[0]), ()))
        self.see("complaints", [len(data.get("complaints", ()))])
        for complaint in data.get("complaints", ()):
            for name in ("injury", "region", "side"):
                self.see(name, [complaint.get(name)])
        self.see("faults", data.get("faults", [None]))
        for path in (("strength", "equipment"), ("running", "key_days"), ("running", "race_date")):
            value = read_at(data, path)
            self.see(path[-1], value if isinstance(value, list) else ["told" if value else None])
        self.see("sessions", [bool(data.get("recent_sessions"))])

    def see(self, name: str, values: list[Any]) -> None:
        self.words.setdefault(name, set()).update(values)

    def missing(self, *, numbers: bool) -> list[str]:
        """What was never drawn: words, signs, unknown; and every single number, or at least some."""
        shape, found = shape_of(self.pack), []
        for path, question in questions(self.pack):
            wanted = set(question.values)
            if question.field.type in ("integer", "number") and not numbers:
                wanted = set()
                if len(self.values[path] - {None}) < min(3, len(question.values)):
                    found.append(f"{written(path)}: numbers")
            if not question.field.always:
                wanted.add(None)
            found += [f"{written(path)}: {value}" for value in wanted - self.values[path]]
        expected = {
            "complaints": range(5), "injury": [None, *shape.injuries], "region": [None, *shape.regions],
            "side": [None, "left", "right", "both"], "faults": [None, *shape.faults],
            "equipment": [None, *shape.equipment], "key_days": [None, "tue", "sun"], "race_date": [None, "told"],
            "sessions": [False, True],
        }  # fmt: skip
        return found + [f"{n}: {w}" for n, words in expected.items() for w in words if w not in self.words.get(n, ())]


def test_every_value_is_drawn_at_volume(pack: Pack) -> None:
    drawn = Drawn(pack)
    rng = random.Random(1)
    for _ in range(6000):
        drawn.add(random_runner(rng, pack))
    assert not drawn.missing(numbers=True)


def test_every_word_and_sign_is_drawn_by_hypothesis(pack: Pack) -> None:
    drawn = Drawn(pack)
    for number in range(40):

        @seed(number)
        @settings(max_examples=80, database=None)
        @given(runners(pack))
        def draw(data: dict[str, Any]) -> None:
            drawn.add(data)

        draw()
        if not drawn.missing(numbers=False):
            break
    assert not drawn.missing(numbers=False)


def test_the_number_of_complaints_can_be_chosen(pack: Pack) -> None:
    rng = random.Random(2)
    for count in range(5):
        assert len(random_runner(rng, pack, count).get("complaints", ())) == count


def test_the_same_seed_gives_the_same_runners(pack: Pack) -> None:
    one, other = ([random_runner(random.Random(3), pack) for _ in range(5)] for _ in range(2))
    assert one == other
    assert random_runner(random.Random(4), pack) != one[0]
