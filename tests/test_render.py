"""The answer as people read it: short, true to the week it comes from, and no wider than the terminal."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prehab import Engine, render
from prehab.population import random_runner
from prehab.recommendation import Given, Recommendation
from prehab.render import Line
from prehab.rules.pack import Pack
from tests.support import engine_of, tries

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.yaml"))
RUNNERS = tries(100)
PAGES: tuple[Callable[..., Iterator[Line]], ...] = (render.recommendation, render.week, render.details, render.why)


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    return engine_of(pack)


@pytest.fixture(scope="module")
def strangers(pack: Pack, engine: Engine) -> list[Recommendation]:
    """The answers to random runners, who have more wrong with them than most."""
    rng = random.Random(13)
    return [engine.recommend(random_runner(rng, pack)) for _ in range(RUNNERS)]


@pytest.fixture(scope="module")
def ordinary(engine: Engine) -> list[Recommendation]:
    """The answers to the examples."""
    return [engine.recommend(engine.read_file(path)) for path in EXAMPLES]


def screen(engine: Engine, answer: Recommendation, width: int = 80) -> list[str]:
    return [line.text for line in render.recommendation(answer, engine.catalogue, width=width)]


def urgent(answer: Recommendation) -> bool:
    return answer.status == "stop" or answer.urgency in ("urgent", "emergency")


def week(answer: Recommendation) -> list[Given]:
    """Everything that is planned."""
    daily = answer.daily.exercises if answer.daily is not None else ()
    return [*daily, *(given for session in answer.sessions for given in session.exercises)]


def after(title: str, lines: list[str]) -> list[str]:
    """The entries of a section, each on one line."""
    starts = [number for number, line in enumerate(lines) if line.startswith(title)]
    entries: list[str] = []
    for line in lines[starts[0] + 1 :] if starts else []:
        if line.startswith(" - "):
            entries.append(line[3:])
        elif line.startswith("   "):
            entries[-1] += f" {line.strip()}"
        else:
            break
    return entries


def test_an_ordinary_answer_has_at_most_40_lines(engine: Engine, ordinary: list[Recommendation]) -> None:
    counts = {path.stem: len(screen(engine, answer)) for path, answer in zip(EXAMPLES, ordinary, strict=True)}
    assert {name: count for name, count in counts.items() if count > 40} == {}


def test_of_random_runners_95_percent_read_at_most_45_lines(engine: Engine, strangers: list[Recommendation]) -> None:
    counts = sorted(len(screen(engine, answer)) for answer in strangers)
    assert counts[int(len(counts) * 0.95)] <= 45
    assert counts[-1] <= 60


def test_a_stop_or_an_urgent_referral_is_short_and_only_that(
    engine: Engine, strangers: list[Recommendation], ordinary: list[Recommendation]
) -> None:
    found = [answer for answer in (*strangers, *ordinary) if urgent(answer)]
    assert len(found) > RUNNERS / 4
    for answer in found:
        lines = screen(engine, answer)
        assert len(lines) <= 20
        assert not any(re.match("TODAY|DAILY|NEXT|THIS WEEK|NOT YET| ?[0-9]+ [A-Z]", line) for line in lines)
        told = " ".join(" ".join(lines).split())
        assert not answer.referrals or answer.referrals[0].tell in told
        assert answer.running is None or answer.status == "stop" or answer.running.says in told


def test_no_page_is_wider_than_it_may_be(engine: Engine, strangers: list[Recommendation]) -> None:
    for number, answer in enumerate(strangers[:40]):
        width = 40 + 2 * number
        for page in PAGES:
            lines = [line.text for line in page(answer, engine.catalogue, width=width)]
            assert max(map(len, lines), default=0) <= width
    told = engine.explain(strangers[0].runner, "depth_jump")
    assert max(len(line.text) for line in render.explanation(told, engine.catalogue, width=40)) <= 40
    assert max(map(len, screen(engine, strangers[0], 7))) <= render.NARROWEST
    assert max(map(len, screen(engine, strangers[0], 900))) <= render.WIDEST


def test_what_is_named_first_stands_in_the_week_with_one_dose(engine: Engine, strangers: list[Recommendation]) -> None:
    for answer in strangers:
        if urgent(answer):
            continue
        text = " ".join(" ".join(screen(engine, answer)).split())
        title = re.search(r"(?:NEXT SESSION|TODAY · session) ?·? ([A-G]) ·", text)
        named = [one for one in answer.sessions if title and one.name == title[1]]
        assert len(named) == bool(answer.sessions)
        due = [*(answer.daily.exercises if answer.daily is not None else ()), *(g for s in named for g in s.exercises)]
        for number, given in enumerate(due, 1):
            dose = render.dose(given.dose, given.sides, short=True)
            shown = re.findall(rf" {number} {re.escape(given.name)}.*?{re.escape(dose)}", text)
            assert len(shown) == 1, (number, given.name, dose)


def test_on_the_day_of_a_session_it_is_todays_and_else_the_next(engine: Engine) -> None:
    runner = engine.read_file(next(path for path in EXAMPLES if path.stem == "sore-achilles"))
    titles = {}
    for day in ("2026-12-01", "2026-12-02", "2026-12-05"):  # a Tuesday with session A, a Wednesday, a Saturday
        answer = engine.recommend({**runner.model_dump(mode="json", exclude_unset=True), "today": day})
        titles[day] = [line for line in screen(engine, answer) if re.match("TODAY|DAILY|NEXT SESSION", line)]
    assert [[" · ".join(t.split(" · ")[:2]) for t in found] for found in titles.values()] == [
        ["TODAY · daily work", "TODAY · session A"],
        ["TODAY · daily work", "NEXT SESSION · B"],
        ["DAILY WORK · 5-7 days a week", "NEXT SESSION · B"],
    ]


def test_what_waits_is_told_with_all_its_conditions_the_nearest_first(
    engine: Engine, strangers: list[Recommendation], ordinary: list[Recommendation]
) -> None:
    seen = 0
    for answer in (*strangers, *ordinary):
        counts = []
        for entry in after("NOT YET", screen(engine, answer)):
            name, _, conditions = entry.partition(": ")
            (group,) = (one for one in answer.withheld if one.because == f"Not open yet: {name}.")
            assert conditions == "; ".join(one.removesuffix(".") for one in group.until)
            assert not any(one.endswith(" must be open") for one in group.until)
            counts.append(len(group.until))
        assert counts == sorted(counts)
        assert len(counts) <= 3
        seen += len(counts)
    assert seen > 30


def test_what_is_missing_is_missing_over_the_whole_week(engine: Engine, strangers: list[Recommendation]) -> None:
    exercises = engine.catalogue.exercises
    for answer in strangers:
        absent = {one.what for one in answer.uncovered}
        assert absent.isdisjoint(name for given in week(answer) for name in given.serves)
        if any(exercises[given.exercise].pattern == "calf" for given in week(answer)):
            assert "calf" not in absent


def test_nothing_is_promised_that_is_not_there(
    engine: Engine, strangers: list[Recommendation], ordinary: list[Recommendation]
) -> None:
    for answer in (*strangers, *ordinary):
        text = "\n".join(screen(engine, answer))
        assert set(re.findall(r"--[a-z-]+", text)) <= {"--week", "--details", "--why"}
        assert not re.search(r"\b(?:reasons below|steps below|listed here|catalogue)\b", text)
        if "--week" in text and urgent(answer):
            assert week(answer)
        if "more in --details" in text:
            assert len(answer.treatment) > 1
        for page, names in ((render.why, answer.referrals), (render.week, answer.sessions)):
            assert not names or list(page(answer, engine.catalogue))


def test_details_are_short_and_say_nothing_twice(engine: Engine, ordinary: list[Recommendation]) -> None:
    for answer in ordinary:
        for page in (render.week, render.details, render.why):
            text = "\n".join(line.text for line in page(answer, engine.catalogue))
            assert len(text.splitlines()) <= 230
            entries = [" ".join(entry.split()) for entry in re.split(r"\n - ", text)[1:]]
            assert len(entries) == len(set(entries))
        details = "\n".join(line.text for line in render.details(answer, engine.catalogue))
        for given in {given.exercise: given for given in week(answer)}.values():
            assert len(re.findall(rf"^ {re.escape(given.name)}$", details, flags=re.MULTILINE)) == 1


def test_the_smallest_parts_are_text_of_their_own(ordinary: list[Recommendation]) -> None:
    answer = ordinary[[path.stem for path in EXAMPLES].index("sore-achilles")]
    given = week(answer)[0]
    assert render.headline(answer) == f"MODIFY · {answer.headline}"
    assert render.dose(given.dose).startswith("4 x 30 s hold, rest 90 s, effort 5/10")
    assert render.dose(given.dose, ranges=True).startswith(render.dose(given.dose))
    told = given.reasons[0]
    assert render.reason(told) == f"{told.because} [{told.rule}]"
    assert told.evidence in render.reason(told, rests=True)
