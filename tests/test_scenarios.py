"""Whole runners, with what the published protocols and guidelines ask for them.

The files of ``tests/scenarios`` say in plain words what a runner must be told, may be given and must not be given, why,
and on whose word. They were written from the protocols, not from the rules: where the two disagree, one of them is
wrong. A pair is two runners who differ in one single fact, with what must change because of it and what must not.

``runners.yaml`` there holds a few common runners and complaints; a scenario says ``like:`` one of them and tells only
what differs. Whatever cannot be read, or is not known here, is an error: nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from prehab.engine import Engine
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import PackError, PrehabError
from prehab.graph.files import read_path
from prehab.recommendation import Dose, Recommendation
from prehab.rules.pack import Pack
from prehab.rules.schema import Selector
from prehab.rules.select import Masks
from tests.support import words_context

FOLDER = Path(__file__).parent / "scenarios"
COMMON = "runners.yaml"
TOPICS = {
    "people", "phases", "plyometrics", "pain_and_tendons", "bone", "knee", "ankle_and_calf", "hip_groin_and_back",
    "triage", "upper_body", "week_and_races", "readiness_deload_and_log", "named_below_the_hip",
    "one_answer", "signs_and_referrals",
}  # fmt: skip
LEVELS = {f"level.{number}": float(number) for number in range(6)}

Class = str | dict[str, Any]
Range = tuple[float, float]


def listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Classes = Annotated[list[Class], BeforeValidator(listed), Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class Referred(Strict):
    urgency: Literal["routine", "urgent", "emergency"]
    region: str | None = None
    tell: str | None = None


class Asked(Strict):
    about: str
    within: int = Field(ge=1, le=12)


class Dosed(Strict):
    """The dose of what is given of a class; every number must lie in the range."""

    of: Class
    scheme: str | None = None
    sets: Range | None = None
    reps: Range | None = None
    hold_s: Range | None = None
    contacts: Range | None = None
    rest_s: Range | None = None
    effort_at_most: float | None = None
    pain_at_most: float | None = None
    load: list[Literal["none", "light", "moderate", "heavy"]] | None = None
    spared_at_least: float | None = None
    bounds: dict[str, Range] = {}


class Expected(Strict):
    """What a recommendation must say. Of a class, `allows` and `given` want one, `forbids` and `not_given` bar all."""

    status: Literal["train", "modify", "refer", "stop"] | None = None
    urgency: Literal["none", "routine", "urgent", "emergency"] | None = None
    phase: str | None = None
    allows: Classes = []
    allows_all: Classes = []
    forbids: Classes = []
    given: Classes = []
    not_given: Classes = []
    daily: Classes = []
    doses: Annotated[list[Dosed], Field(min_length=1)] = []
    sessions_per_week: Range | None = None
    minutes_at_most: float | None = None
    refers: Annotated[list[Referred], Field(min_length=1)] = []
    never_refers: Annotated[list[Referred], Field(min_length=1)] = []
    asks_first: Annotated[list[Asked], Field(min_length=1)] = []
    advice_mentions: Annotated[list[str], Field(min_length=1)] = []

    @model_validator(mode="after")
    def _says_something(self) -> Expected:
        if not self.model_fields_set:
            raise ValueError("expects nothing")
        return self


class Grounds(Strict):
    like: str | None = None
    runner: dict[str, Any] = {}
    why: Annotated[str, Field(min_length=20)]
    sources: Annotated[list[str], Field(min_length=1)] | None = None
    consensus: Literal[True] | None = None

    @model_validator(mode="after")
    def _rests_on_something(self) -> Grounds:
        if (self.sources is None) == (self.consensus is None):
            raise ValueError("either `sources` or `consensus: true`")
        return self


class Scenario(Grounds):
    scenario: Annotated[str, Field(min_length=10)]
    expect: Expected


class Pair(Grounds):
    pair: Annotated[str, Field(min_length=10)]
    change: Annotated[dict[str, Any], Field(min_length=1, max_length=1)]
    first: Expected
    second: Expected
    both: Expected | None = None
    same: list[Literal["status", "urgency", "phase", "sessions_per_week", "referrals"]] = []


class ScenarioFile(Strict):
    about: str
    scenarios: list[Scenario] = []
    pairs: list[Pair] = []


class CommonFile(Strict):
    about: str
    runners: dict[str, dict[str, Any]]
    complaints: dict[str, dict[str, Any]]


def read(path: Path, model: Any) -> Any:
    """A file of scenarios; a fault in it names the file."""
    try:
        return model.model_validate(read_path(path).data)
    except (PrehabError, ValidationError) as error:
        raise AssertionError(f"{path.name}: {error}") from error


@cache
def common() -> CommonFile:
    found: CommonFile = read(FOLDER / COMMON, CommonFile)
    return found


@cache
def files() -> dict[str, ScenarioFile]:
    return {path.stem: read(path, ScenarioFile) for path in sorted(FOLDER.iterdir()) if path.name != COMMON}


# -- runners ----------------------------------------------------------------------------------------------------------


def merged(below: Any, above: Any) -> Any:
    """Maps join, key by key; anything else replaces what was there. Neither is changed."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {key: merged(below.get(key), above.get(key, below.get(key))) for key in (*below, *above)}
    return deepcopy(above)


def like(told: Mapping[str, Any], table: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    told = dict(told)
    name = told.pop("like", None)
    if name is None:
        return told
    assert name in table, f"nothing common is called `{name}`"
    made: dict[str, Any] = merged(table[name], told)
    return made


def whole(one: Grounds) -> dict[str, Any]:
    """The runner of a scenario, with everything that its `like:` stands for."""
    runner = like({**one.runner, **({"like": one.like} if one.like else {})}, common().runners)
    if "complaints" in runner:
        runner["complaints"] = [like(complaint, common().complaints) for complaint in runner["complaints"]]
    return runner


def changed(runner: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    runner = deepcopy(runner)
    *above, last = path.split(".")
    into: Any = runner
    for part in above:
        into = into[int(part)] if isinstance(into, list) else into.setdefault(part, {})
    if value is None:
        del into[last]
    else:
        into[last] = value
    return runner


def facts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single thing that a runner says; in a list of words, each word is one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from facts(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from facts(inner, (*place, number)) if isinstance(inner, Mapping) else [((*place, inner), True)]
    elif value is not None:
        yield place, value


# -- what is said -----------------------------------------------------------------------------------------------------


def named(value: Any) -> Any:
    """A class as the rules write it: a plain level gets the name of a parameter."""
    if isinstance(value, Mapping):
        return {k: f"level.{v}" if k == "at_least" and isinstance(v, int) else named(v) for k, v in value.items()}
    return [named(inner) for inner in value] if isinstance(value, list) else value


class Reader:
    """Resolves classes on the catalogue and judges what is said to a runner."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.catalogue: Catalogue = engine.catalogue
        self.masks = Masks(self.catalogue, LEVELS)
        catalogue = self.catalogue
        self.context = {k: tuple(v) for k, v in catalogue.words.items() if isinstance(v, dict)}
        self.context |= {"exercises": tuple(catalogue.exercises), "injuries": tuple(catalogue.injuries)}

    def ids(self, one: Class) -> set[str]:
        """The exercises of a class; it is an error when there is none."""
        selector = Selector.model_validate(named({"ids": [one]} if isinstance(one, str) else one), context=self.context)
        mask = self.masks.mask(selector, {})
        assert not self.masks.unknown, f"{one}: levels go from 0 to 5"
        found = set(self.engine.pack.ids(mask))
        assert found, f"no exercise is {one}"
        return found

    def failures(self, want: Expected, runner: dict[str, Any]) -> list[str]:
        """What is not as expected."""
        told = self.engine.recommend(runner)
        return list(self._said(want, told)) + list(self._chosen(want, told)) + list(self._doses(want, told, runner))

    def _said(self, want: Expected, told: Recommendation) -> Iterator[str]:
        for name, wanted, is_ in (
            ("status", want.status, told.status),
            ("urgency", want.urgency, told.urgency or "none"),
            ("phase", want.phase, told.phase.overall),
        ):
            if wanted not in (None, is_):
                yield f"{name} is {is_}, not {wanted}" + "".join(f"; {r.rule} ({r.urgency})" for r in told.referrals)
        if want.sessions_per_week and not inside((told.sessions_per_week,) * 2, want.sessions_per_week):
            yield f"{told.sessions_per_week} sessions a week"
        if want.minutes_at_most is not None:
            yield from (f"{s.name} takes {s.minutes} min" for s in told.sessions if s.minutes > want.minutes_at_most)
        for wanted in want.refers:
            if not referred(wanted, told):
                others = [(one.urgency, one.region, one.rule) for one in told.referrals]
                yield f"no referral {wanted.model_dump()}, only {others}"
        yield from (f"is referred {w.model_dump()}" for w in want.never_refers if referred(w, told))
        asked = [one.about for one in told.asks]
        for ask in want.asks_first:
            about = "/" + ask.about.replace(".", "/")
            if about not in asked[: ask.within]:
                yield f"{ask.about} is not among the first {ask.within} questions: {asked}"
        advice = (*told.advice, *(told.running.rules if told.running else ()))
        said = "\n".join(reason.because for reason in advice).lower()
        yield from (f"no advice mentions `{text}`" for text in want.advice_mentions if text.lower() not in said)

    def _chosen(self, want: Expected, told: Recommendation) -> Iterator[str]:
        allowed = set(told.allowed)
        given = {one.exercise for session in told.sessions for one in session.exercises}
        daily = {one.exercise for one in told.daily.exercises} if told.daily else set()
        yield from (f"nothing allowed of {one}" for one in want.allows if not self.ids(one) & allowed)
        for one in want.allows_all:
            if missing := self.ids(one) - allowed:
                yield f"not allowed of {one}: {sorted(missing)}"
        for one in want.forbids:
            if wrong := self.ids(one) & allowed:
                yield f"allowed of {one}: {sorted(wrong)}"
        for one in want.given:
            if not self.ids(one) & (given | daily):
                yield f"nothing given of {one}; given: {sorted(given)}; daily: {sorted(daily)}"
        for one in want.not_given:
            if wrong := self.ids(one) & (given | daily):
                yield f"given of {one}: {sorted(wrong)}"
        yield from (f"no daily {one}, only {sorted(daily)}" for one in want.daily if not self.ids(one) & daily)

    def _doses(self, want: Expected, told: Recommendation, runner: dict[str, Any]) -> Iterator[str]:
        blocks = [one for session in told.sessions for one in session.exercises]
        blocks += told.daily.exercises if told.daily else ()
        for wanted in want.doses:
            of = self.ids(wanted.of)
            found = [(one.exercise, one.dose) for one in blocks if one.exercise in of]
            if not found and isinstance(wanted.of, str) and (dose := self.engine.explain(runner, wanted.of).dose):
                found = [(wanted.of, dose)]
            if not found:
                yield f"no dose for {wanted.of}"
            for exercise, dose in found:
                yield from (f"{exercise}: {text}" for text in misdosed(wanted, dose))


def inside(span: Sequence[float], within: Range) -> bool:
    return within[0] <= span[0] and span[-1] <= within[1]


def referred(wanted: Referred, told: Recommendation) -> bool:
    return any(
        one.urgency == wanted.urgency
        and ("region" not in wanted.model_fields_set or one.region == wanted.region)
        and (wanted.tell is None or wanted.tell.lower() in f"{one.who} {one.tell}".lower())
        for one in told.referrals
    )


def misdosed(wanted: Dosed, dose: Dose) -> Iterator[str]:
    if wanted.scheme not in (None, dose.scheme):
        yield f"the scheme is {dose.scheme}, not {wanted.scheme}"
    for name in ("sets", "reps", "hold_s", "contacts", "rest_s"):
        within, span = getattr(wanted, name), getattr(dose, name)
        if within is not None and (span is None or not inside(span, within)):
            yield f"{name} are {span}, not in {within}"
    if wanted.effort_at_most is not None and dose.effort_rpe[1] > wanted.effort_at_most:
        yield f"the effort goes up to {dose.effort_rpe[1]}"
    if wanted.pain_at_most is not None and dose.pain_limit > wanted.pain_at_most:
        yield f"the pain limit is {dose.pain_limit}"
    if wanted.load is not None and dose.load not in wanted.load:
        yield f"the load is {dose.load}"
    if wanted.spared_at_least is not None and (dose.reps_in_reserve or (0,))[0] < wanted.spared_at_least:
        yield f"repetitions in reserve are {dose.reps_in_reserve}"
    for channel, within in wanted.bounds.items():
        if channel not in dose.bounds or not inside((dose.bounds[channel],) * 2, within):
            yield f"{channel} is bounded by {dose.bounds.get(channel)}, not in {within}"


# -- the tests --------------------------------------------------------------------------------------------------------

try:
    ALL = [one for file in files().values() for one in file.scenarios]
    PAIRS = [one for file in files().values() for one in file.pairs]
except AssertionError:  # told by the test of the files
    ALL, PAIRS = [], []


@pytest.fixture(scope="module")
def readers(able: list[Any]) -> list[Reader]:
    return [Reader(Engine(evaluator=evaluator.name)) for evaluator in able]


def runner_of(pack: Pack, data: dict[str, Any]) -> Any:
    from prehab.runner import Runner

    return Runner.model_validate(data, context=words_context(pack))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.scenario)
def test_scenario(one: Scenario, readers: list[Reader]) -> None:
    for reader in readers:
        found = reader.failures(one.expect, whole(one))
        assert not found, f"{reader.engine.evaluator}: " + "\n".join(found)


@pytest.mark.parametrize("one", PAIRS, ids=lambda one: one.pair)
def test_pair(one: Pair, readers: list[Reader], pack: Pack) -> None:
    ((path, value),) = one.change.items()
    first = whole(one)
    second = changed(first, path, value)
    said = [dict(facts(runner_of(pack, data).model_dump())) for data in (first, second)]
    differs = {place for place in {**said[0], **said[1]} if said[0].get(place) != said[1].get(place)}
    assert len(differs) == 1, f"the two runners must differ in one fact, not in {sorted(map(str, differs))}"
    for reader in readers:
        name = reader.engine.evaluator
        for want, data in ((one.first, first), (one.second, second), (one.both, first), (one.both, second)):
            found = reader.failures(want, data) if want else []
            assert not found, f"{name}, {'first' if data is first else 'second'}: " + "\n".join(found)
        assert reader.failures(one.first, second), f"{name}: what the first expects holds for the second too"
        assert reader.failures(one.second, first), f"{name}: what the second expects holds for the first too"
        told = [reader.engine.recommend(data) for data in (first, second)]
        for same in one.same:
            values = [one.phase.overall if same == "phase" else getattr(one, same) for one in told]
            assert values[0] == values[1], f"{name}: {same} changed"


def test_the_files_can_be_read_and_cover_what_they_should(pack: Pack) -> None:
    assert set(files()) == TOPICS
    assert all(path.suffix == ".yaml" for path in FOLDER.iterdir())
    every = [one for file in files().values() for one in (*file.scenarios, *file.pairs)]
    titles = [one.scenario if isinstance(one, Scenario) else one.pair for one in every]
    assert len(set(titles)) == len(titles), sorted({title for title in titles if titles.count(title) > 1})
    assert len(ALL) >= 70
    assert len(PAIRS) >= 12
    for one, title in zip(every, titles, strict=True):
        unknown = set(one.sources or ()) - set(pack.catalogue.sources)
        assert not unknown, f"{title}: no such publication: {sorted(unknown)}"
        assert one.why.strip().endswith("."), title
    used = {name for one in every for name in (one.like, *(c.get("like") for c in one.runner.get("complaints", ())))}
    assert used - {None} == {*common().runners, *common().complaints}
    named_injuries = {key for key, injury in pack.catalogue.injuries.items() if not injury.unnamed}
    told = {c.get("injury") for one in every for c in whole(one).get("complaints", ())}
    assert named_injuries <= told, f"no scenario about {sorted(named_injuries - told)}"
    urgencies = {want.urgency for one in ALL for want in one.expect.refers}
    assert urgencies == {"routine", "urgent", "emergency"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("about: x\nscenarios: [{scenario: Somebody runs, why: Because it is written so., consensus: true}]", "expect"),
        ("about: x\nscenarious: []", "scenarious"),
        ("about: x\nabout: y", "about"),
        ("about: [x", "bad.yaml"),
        (
            "about: x\nscenarios: [{scenario: Somebody runs, why: Because it is written so., consensus: true,"
            " expect: {statsu: train}}]",
            "statsu",
        ),
        (
            "about: x\nscenarios: [{scenario: Somebody runs, why: Because it is written so., expect: {status: train}}]",
            "consensus",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(text: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match=fault):
        read(tmp_path / "bad.yaml", ScenarioFile)


def test_the_reader_notices_what_is_not_as_expected(readers: list[Reader]) -> None:
    reader = readers[0]
    runner = {"goal": "race_performance", "complaints": [{"region": "knee"}]}
    wrong = {
        "status": "stop", "urgency": "urgent", "phase": "power", "allows": ["drop_jump"], "forbids": ["glute_bridge"],
        "allows_all": [{"pattern": "hip_extension"}], "given": ["drop_jump"], "not_given": [{"everything": True}],
        "daily": ["drop_jump"], "sessions_per_week": [5, 6], "minutes_at_most": 1,
        "doses": [{"of": {"everything": True}, "effort_at_most": 0}], "refers": [{"urgency": "emergency"}],
        "asks_first": [{"about": "age_years", "within": 1}], "advice_mentions": ["a word that nobody says"],
    }  # fmt: skip
    for key, value in wrong.items():
        assert reader.failures(Expected.model_validate({key: value}), runner), key
    with pytest.raises((ValidationError, PackError)):
        reader.ids({"pattern": "sqaut"})
    with pytest.raises(AssertionError, match="levels"):
        reader.ids({"impact": {"at_least": 9}})


def test_the_pack_is_the_bundled_one(readers: list[Reader], pack: Pack) -> None:
    assert {reader.engine.pack.digest for reader in readers} == {pack.digest}
