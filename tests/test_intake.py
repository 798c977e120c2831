"""A dozen short answers to `prehab intake` lead to the same advice as the whole file, or it says what lacks."""

from __future__ import annotations

import random
import statistics
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from prehab.cli import main
from prehab.engine import Engine, load_bundled_pack
from prehab.graph.faults import InputError
from prehab.intake import Intake, Question, decided
from prehab.population import changed, random_runner, read_at
from prehab.recommendation import Answer

Data = dict[str, Any]
EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
UNASKED = ("recent_sessions", "told_days_ago", "today")
SCRIPTED = 30
MOST = 12


@cache
def engine() -> Engine:
    return Engine(evaluator="compiled")


@cache
def people() -> tuple[Data, ...]:
    """The examples, and random runners; without a log, which nobody types in, and without what only a file can say."""
    rng = random.Random(4)
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) or {} for path in EXAMPLES]
    found += [random_runner(rng, load_bundled_pack(), number % 2) for number in range(SCRIPTED - len(found))]
    return tuple(asked_for(one) for one in found)


def asked_for(data: Data) -> Data:
    data = {name: value for name, value in data.items() if name not in UNASKED}
    strength = {n: v for n, v in data.get("strength", {}).items() if n not in ("refuses", "lacks")}
    running = {n: v for n, v in data.get("running", {}).items() if n != "race_date"}
    complaints = [
        {name: value for name, value in one.items() if name != "region" or "injury" not in one}
        for one in data.get("complaints", ())
    ]
    return {**data, "strength": strength, "running": running, "complaints": complaints}


class Scripted:
    """A runner who answers as a file says, and no where it says nothing of a sign."""

    def __init__(self, full: Data) -> None:
        self.full = full
        self.keys = 0
        self.asking = Intake(engine())
        while self.asking.answers < MOST and (question := self.asking.next()) is not None:
            typed = self.typed(question)
            self.keys += len(typed) + 1
            if typed:
                self.asking.answer(question, typed)
            else:
                self.asking.skip(question)

    def typed(self, question: Question) -> str:
        if not question.parts:
            return ", ".join(filter(None, map(self.hurting, self.full["complaints"]))) or "n"
        told = [self.told(part.place) for part in question.parts]
        if question.form == "signs":
            for part, value in zip(question.parts, told, strict=True):
                if value is None and part.place[0] != "faults":
                    self.full = changed(self.full, part.place, False)
            return " ".join(str(number) for number, value in enumerate(told, 1) if value) or "n"
        named = words(question.parts[0].answer) if question.form == "one" else ()
        if all(value is None for value in told) or (named and isinstance(told[0], str) and told[0] not in named):
            return ""  # not known, or the name of something at another place
        if question.form == "row" and len({part.answer for part in question.parts}) == len(set(map(str, told))) == 1:
            return self.said(question.parts[0].answer, told[0])
        between = "" if question.parts[0].place[0] == "screens" else " "
        return between.join(self.said(one.answer, value) for one, value in zip(question.parts, told, strict=True))

    def told(self, place: tuple[Any, ...]) -> Any:
        if place[0] == "faults":
            return place[1] in self.full.get("faults", ())
        found = read_at(self.full, place)
        return None if found == "not_assessed" else found

    @staticmethod
    def said(answer: Answer, value: Any) -> str:
        if value is None:
            return "-"
        if answer.type == "list":
            known = [word for word in value if word in words(answer)]  # every home has the rest
            return " ".join(str(words(answer).index(word) + 1) for word in known) or "n"
        if answer.type == "choice":
            return str(words(answer).index(value) + 1)
        return ("n", "y")[value] if answer.type == "boolean" else f"{value:g}"

    @staticmethod
    def hurting(complaint: Data) -> str:
        injuries = engine().catalogue.injuries
        place = complaint.get("region") or injuries[complaint["injury"]].region
        short = {"achilles": "ach", "shoulder": "shou", "buttock": "butt", "pelvis": "pelv"}.get(place, place)
        return f"{short} {complaint.get('side', ' ')[0]}".strip()


def words(answer: Answer) -> list[str]:
    return [one.value for one in answer.choices]


@cache
def scripted() -> tuple[Scripted, ...]:
    return tuple(map(Scripted, people()))


def test_a_dozen_answers_decide_the_same_or_say_what_lacks() -> None:
    """What still differs stands among what is said to be open, and telling that as well leaves nothing to differ."""
    same = 0
    for one in scripted():
        assert one.asking.answers <= MOST
        full = decided(engine()._decide(engine().runner(one.full)))
        mine = decided(engine()._decide(engine().runner(one.asking.data)))
        if mine == full or "stop" in mine.rest[:1]:
            same += 1
            continue
        still = [part for question in one.asking.open() for part in question.parts]
        lacking = [part.about for part in still if one.told(part.place) is not None]
        assert lacking, one.full
    assert same >= SCRIPTED // 3


def test_sixty_keys_at_the_median() -> None:
    assert statistics.median(one.keys for one in scripted()) <= 60


def test_signs_of_danger_come_as_one_question_before_any_other() -> None:
    asking = Intake(engine())
    question = asking.next()
    assert question is not None
    asking.answer(question, "left achilles")
    question = asking.next()
    assert question is not None
    asking.skip(question)
    question = asking.next()
    assert question is not None
    assert question.form == "signs"
    assert len(question.parts) > 10
    asking.answer(question, "none")
    assert asking.data["complaints"][0]["signs"]["cannot_push_off"] is False


def test_after_a_stop_nothing_is_asked() -> None:
    asking = Intake(engine(), {"complaints": [{"region": "achilles", "side": "left"}]})
    for _ in range(3):
        question = asking.next()
        assert question is not None
        if question.form == "signs":
            places = [part.about for part in question.parts]
            number = next(n for n, place in enumerate(places, 1) if place.endswith("bladder_bowel_saddle"))
            asking.answer(question, str(number))
            break
        asking.skip(question)
    assert engine().recommend(asking.data).status == "stop"
    left = [question for _ in range(9) if (question := asking.next()) is not None and not asking.skip(question)]
    assert all(question.key.startswith(("/strength", "/running")) for question in left) or not left


@given(st.data())
def test_every_value_is_read_back_and_every_other_refused(data: st.DataObject) -> None:
    low, high = sorted(data.draw(st.tuples(st.integers(0, 50), st.integers(0, 50))))
    answer = Answer(type=data.draw(st.sampled_from(("integer", "number"))), unit="km", range=(low, high))
    value = data.draw(st.integers(-5, 60))
    if low <= value <= high:
        assert answer.read(f" {value} ") == answer.read(f"{value} km") == value
    else:
        with pytest.raises(InputError, match=f"{low} to {high}"):
            answer.read(str(value))


@given(st.text(max_size=20))
def test_no_text_ends_in_another_error(text: str) -> None:
    for question in questions():
        with suppress(InputError):
            question.read(text)


@cache
def questions() -> tuple[Question, ...]:
    return tuple(one for one in Intake(engine(), {"complaints": [{"region": "knee"}]}).open() if one.parts)


def test_every_question_says_what_its_answer_is_and_where_it_stands() -> None:
    for question in questions():
        assert question.reasons
        for part in question.parts:
            assert part.about.startswith("/")
            assert part.answer.allowed
            assert part.answer.type not in ("integer", "number") or (part.answer.unit and part.answer.range)
            assert part.answer.type not in ("choice", "list") or part.answer.choices


def intake(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["intake", *words], input=typed)


def test_it_is_gone_on_with_where_it_was_left(tmp_path: Path) -> None:
    file = tmp_path / "me.yaml"
    first = intake(str(file), typed="left knee\nq\n")
    assert first.exit_code == 0, first.output
    assert yaml.safe_load(file.read_text())["complaints"] == [{"region": "knee", "side": "left"}]
    again = intake(str(file), typed="\nnone\n")
    assert again.exit_code == 0, again.output
    assert "Where does it hurt" not in again.output
    assert yaml.safe_load(file.read_text())["alarms"]["chest_pain"] is False
    assert CliRunner().invoke(main, ["recommend", str(file)]).exit_code == 0


def test_a_wrong_answer_is_told_with_what_is_allowed_and_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "me.yaml"
    done = intake(str(file), typed="elbow grease\nright knee\n")
    assert "no place known here" in done.output
    assert "thigh_front" in done.output
    assert yaml.safe_load(file.read_text())["complaints"] == [{"region": "knee", "side": "right"}]


def test_nothing_but_plain_lines_is_printed(tmp_path: Path) -> None:
    done = intake(str(tmp_path / "me.yaml"), typed="shin\n?\n\x1b[2J\nnone\n")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "\r" not in done.output


def test_without_a_file_the_answers_are_printed_and_can_be_read() -> None:
    done = intake(typed="none\n")
    assert yaml.safe_load(done.stdout)["complaints"] == []
    assert CliRunner().invoke(main, ["recommend", "-"], input=done.stdout).exit_code == 0
