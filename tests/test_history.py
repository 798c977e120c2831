"""What a log decides: which sessions count, for which complaint, and that it is heard and never earns too much."""

from __future__ import annotations

import random
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.fact_builder import FactBuilder
from prehab.population import random_runner
from prehab.recommendation import Dose, Start
from prehab.rules.messages import english
from prehab.rules.pack import Pack
from prehab.runner import LoggedSession, Runner
from prehab.steps import last_step
from prehab.testing.seen import Seen, softer
from tests.support import engine_of, words_context

Data = dict[str, Any]
CALM = {"pain_during": 1, "pain_next_morning": 1}
CURL = {"exercises": ["nordic_curl"]}
HAMSTRING = {"injury": "hamstring_strain", "side": "left", "weeks": 12}
NO_PAIN = dict.fromkeys(("during", "after", "next_morning", "at_rest", "at_night", "walking", "hopping"), 0)
FIELDS = ("calm_sessions_in_row", "pain_during", "pain_next_morning", "flares")


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


def seen(builder: FactBuilder, pack: Pack, complaint: Data, *log: Data) -> dict[str, Any]:
    """What counts of a complaint beside a log."""
    runner = Runner.model_validate({"complaints": [complaint], "recent_sessions": log}, context=words_context(pack))
    values = builder.build(runner).by_kind["complaint"][0].values
    return {name: values[name] for name in FIELDS}


def session(days: int, **more: Any) -> Data:
    return {"days_ago": days, **CURL, **CALM, **more}


DAYS = [session(1), session(3), session(6), session(9)]
CASES: dict[str, tuple[Data, list[Data], int | None]] = {
    "four calm sessions": ({}, DAYS, 4),
    "in whatever order": ({}, DAYS[::-1], 4),
    "no log": ({}, [], None),
    "no log, and told": ({"calm_sessions_in_row": 5}, [], 5),
    "told less than logged": ({"calm_sessions_in_row": 2}, DAYS, 2),
    "told more than logged": ({"calm_sessions_in_row": 9}, DAYS, 4),
    "one bench press of ten years ago": ({}, [session(3650, exercises=["push_up"])], None),
    "calm sessions of long ago": ({}, [session(50), session(52), session(54)], None),
    "calm sessions of long ago, and told": ({"calm_sessions_in_row": 5}, [session(50)], 5),
    "what does not load it": ({}, [session(1, exercises=["push_up"]), session(2, exercises=["side_plank"])], 0),
    "what does not load it stands between": ({}, [session(1), session(2, exercises=["push_up"]), session(3)], 2),
    "sessions that name no exercises": ({}, [session(1, exercises=[]), session(2, exercises=[])], 0),
    "one of no exercises that hurt": ({}, [session(1), session(2, exercises=[], pain_during=4), session(3)], 1),
    "pain not told": ({}, [session(1), session(3, pain_during=None), session(5)], 1),
    "the morning not told": ({}, [session(1), session(3, pain_next_morning=None), session(5)], 1),
    "a session of today, its morning to come": ({}, [session(0, pain_next_morning=None), session(2)], 1),
    "a session of today that hurt": ({}, [session(0, pain_next_morning=None, pain_during=5), session(2)], 0),
    "two sessions of one day": ({}, [session(1), session(1, exercises=["romanian_deadlift"]), session(3)], 2),
    "the same session twice": ({}, [session(1), session(1), session(3)], 2),
    "one of two on a day hurt": ({}, [session(1), session(3), session(3, pain_during=5), session(5)], 1),
    "before it began": ({"weeks": 1}, DAYS, 3),
    "nobody says since when": ({"weeks": None}, [session(1), session(13), session(15)], 2),
    "it hurt elsewhere": ({}, [session(1, pain_during=6, pain_where=["knee"]), session(3)], 2),
    "it hurt here too": ({}, [session(1, pain_during=6, pain_where=["knee", "thigh_back"]), session(3)], 0),
    "what does not load it, and yet it hurt here": (
        {}, [session(1), session(2, exercises=["push_up"], pain_during=6, pain_where=["thigh_back"])], 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_calm_sessions(name: str, builder: FactBuilder, pack: Pack) -> None:
    more, log, expected = CASES[name]
    complaint = {key: value for key, value in {**HAMSTRING, **more}.items() if value is not None}
    log = [{key: value for key, value in one.items() if value is not None} for one in log]
    assert seen(builder, pack, complaint, *log)["calm_sessions_in_row"] == expected


@pytest.mark.parametrize(
    ("told", "log", "during", "morning", "flares"),
    [
        ({}, [session(2, pain_during=6, pain_next_morning=4)], 6, 4, 1),
        ({"during": 1, "next_morning": 0}, [session(2, pain_during=6, pain_next_morning=4)], 6, 4, 1),
        ({"during": 7, "next_morning": 5}, [session(2, pain_during=6)], 7, 5, 1),
        ({"during": 1}, [session(2, pain_during=0), session(3, pain_during=8)], 1, 1, 1),
        ({"during": 1}, [session(9, pain_during=8)], 1, None, 1),
        ({}, [session(9, pain_during=8)], None, None, 1),
        ({}, [session(2, exercises=[], pain_during=8), session(4, exercises=[], pain_during=8)], None, None, 2),
        ({}, [session(2, exercises=["push_up"], pain_during=8)], None, None, 0),
        ({}, [session(0, pain_during=3), session(2, pain_next_morning=5)], 3, 1, 1),
        ({}, [session(2, pain_during=6), session(2, pain_during=6)], 6, 1, 1),
    ],
)
def test_pain_and_flares(
    told: Data, log: list[Data], during: Any, morning: Any, flares: int, builder: FactBuilder, pack: Pack
) -> None:
    """The last session counts where it is fresh; one without exercises speaks against whatever it may have loaded."""
    values = seen(builder, pack, {**HAMSTRING, "pain": told}, *log)
    assert (values["pain_during"], values["pain_next_morning"], values["flares"]) == (during, morning, flares)


def test_a_session_of_today_leaves_the_morning_to_the_one_before(builder: FactBuilder, pack: Pack) -> None:
    today = {"days_ago": 0, **CURL, "pain_during": 3}
    assert seen(builder, pack, HAMSTRING, today, session(2, pain_next_morning=5))["pain_next_morning"] == 5


def test_a_session_of_ten_years_ago_opens_no_sprints(engine: Engine) -> None:
    able: Data = {
        "running": {"pain_free_run_min": 60}, "screens": dict.fromkeys(
            ("squat", "hinge", "lunge", "push", "pull", "rotate", "single_leg", "landing"), "competent"),
        "strength": {"weeks_trained": 80, "weeks_off": 0, "squat_bw": 2, "deadlift_bw": 2, "limb_symmetry_pct": 99,
                     "low_plyometric_weeks": 20, "moderate_plyometric_weeks": 20},
        "legs": {side: {"calf_raises": 35, "balance_s": 60} for side in ("left", "right")},
        "complaints": [{**HAMSTRING, "weeks": 600, "trend": "improving", "clinician_cleared": True, "pain": NO_PAIN}],
    }  # fmt: skip
    sprints = {key for key, one in engine.catalogue.exercises.items() if "high_speed_running" in one.features}
    calm = [session(days, pain_during=0, pain_next_morning=0) for days in (1, 4, 7)]
    press = {"days_ago": 3650, "exercises": ["push_up"], "pain_during": 0, "pain_next_morning": 0}
    assert sprints & {*engine.recommend({**able, "recent_sessions": calm}).allowed}
    for log in ([press], [press] * 3, [{**press, "days_ago": days} for days in (1, 4, 7)], []):
        assert not sprints & {*engine.recommend({**able, "recent_sessions": log}).allowed}


def test_what_the_log_decided_is_said(engine: Engine) -> None:
    told = {**HAMSTRING, "pain": {"during": 1, "next_morning": 1}, "calm_sessions_in_row": 9}
    log = [session(2, pain_during=6), session(4, pain_next_morning=5)]
    answer = engine.recommend({"complaints": [told], "recent_sessions": log})
    notes = answer.notes
    assert notes[1] == "The last session in your log that loaded the back of the thigh hurt 6 of 10, so that counts."
    assert "By your log, training stirred up the back of the thigh on 2 days of the last two weeks." in answer.notes
    assert any("the log shows 0 that loaded the back of the thigh" in note for note in answer.notes)
    assert "log.step-back" in {reason.rule for reason in answer.advice}
    assert "nordic_curl" not in answer.allowed


def test_an_old_log_is_said_to_be_old(engine: Engine) -> None:
    answer = engine.recommend({"recent_sessions": [session(70)], "strength": {"weeks_trained": 20, "weeks_off": 0}})
    assert "The last session of your log was 70 days ago, so it no longer says how you are now." in answer.notes
    assert any("the last session in your log was 10 weeks ago" in note for note in answer.notes)


def test_a_place_that_hurt_and_is_no_complaint_is_said(engine: Engine) -> None:
    log = [session(1, pain_during=4, pain_where=["knee"])]
    said = "Your log says that the knee hurt. If it still does, add it under `complaints`."
    assert said in engine.recommend({"recent_sessions": log}).notes
    assert said not in engine.recommend({"complaints": [{"region": "knee"}], "recent_sessions": log}).notes


@pytest.mark.parametrize("number", range(4))
def test_a_worse_session_allows_nothing_more(number: int, engine: Engine) -> None:
    """More pain, a place more that hurt, something left out: of sessions that loaded what is sore, too."""
    rng = random.Random(number)
    exercises = engine.catalogue.ids
    for _ in range(60):
        data = random_runner(rng, engine.pack, rng.choice((1, 2)))
        log = [
            {
                "days_ago": rng.choice((0, 1, 2, 5, 9, 20, 41, 43, 400)), "exercises": rng.sample(exercises, 12),
                "pain_during": rng.choice((0, 0, 1, 2, 3, 6)), "pain_next_morning": rng.choice((0, 0, 1, 2, 4)),
                "effort_rpe": rng.choice((5, 7, 9, 10)),
            }
            for _ in range(rng.choice((1, 3, 5)))
        ]  # fmt: skip
        data = {**data, "recent_sessions": log}
        place = rng.randrange(len(log))
        name = rng.choice(("pain_during", "pain_next_morning", "effort_rpe"))
        worse = dict(log[place])
        if name != "effort_rpe" and worse[name] == 0 and rng.random() < 0.5:
            del worse[name]  # the best answer is left out
        else:
            worse[name] = 10
        after = {**data, "recent_sessions": [*log[:place], worse, *log[place + 1 :]]}
        assert not list(softer(Seen(engine, data), Seen(engine, after))), (data, after)


# -- exercise by exercise ---------------------------------------------------------------------------------------------

DOSE = Dose(
    scheme="s", start=Start(sets=2, reps=8, effort_rpe=6, rest_s=60), sets=(2, 3), reps=(6, 8), effort_rpe=(6, 8),
    load="light", load_text="", rest_s=(60, 90), sessions_per_week=(2, 3), pain_limit=2,
)  # fmt: skip
DONE = {"days_ago": 3, "exercises": ["goblet_squat"], "sets": 3, "reps": 8, "load_kg": 20, "effort_rpe": 7}


@pytest.mark.parametrize(
    ("more", "sore", "kind"),
    [
        ({}, False, 2),
        ({}, True, 1),
        (CALM, True, 2),
        ({"reps": 7}, False, 1),
        ({"sets": 1}, False, 1),
        ({"effort_rpe": None}, False, 1),
        ({"effort_rpe": 9}, False, 1),
        ({"pain_during": 3}, False, 0),
        ({"pain_next_morning": 3, "effort_rpe": 10}, False, 0),
        ({"days_ago": 0}, False, 1),
    ],
)
def test_on_again_or_back(more: Data, sore: bool, kind: int) -> None:
    log = [LoggedSession.model_construct(**{**LoggedSession(days_ago=9).model_dump(), **DONE, **more})]
    step = last_step(log, "goblet_squat", DOSE, calm=1, sore=sore, say=english())
    assert step is not None
    assert step.kind == kind
    assert last_step(log, "back_squat", DOSE, calm=1, sore=sore, say=english()) is None


def test_of_one_day_the_worst_counts_and_of_several_days_the_last() -> None:
    calm, bad = (LoggedSession(**{**DONE, "pain_during": pain}) for pain in (0, 5))
    old = LoggedSession(**{**DONE, "days_ago": 8, "pain_during": 9})
    for log in ([calm, bad, old], [old, bad, calm]):
        step = last_step(log, "goblet_squat", DOSE, calm=1, sore=False, say=english())
        assert step is not None
        assert step.says == (
            "Last time, 3 days ago: 3 x 8, 20 kg, effort 7, pain 5 of 10. That hurt more than the limit, so step back."
        )


def test_what_to_do_next_stands_by_the_exercise(engine: Engine) -> None:
    given = [one.exercise for s in engine.recommend({}).sessions for one in s.exercises]
    log = [{"days_ago": 2, "exercises": given, "sets": 1, "reps": 5, "effort_rpe": 2}]
    answer = engine.recommend({"recent_sessions": log})
    told = {one.exercise: one.last for s in answer.sessions for one in s.exercises}
    again = told.keys() & set(given)
    assert again
    assert all(str(told[key]).startswith("Last time, 2 days ago: 1 x 5, effort 2. ") for key in again)
    assert all(said is None for key, said in told.items() if key not in again)


def test_nothing_is_told_with_a_minus_before_a_nought(engine: Engine) -> None:
    """As some programs write it, and JSON allows."""

    def said(nought: float) -> str:
        noted = {"days_ago": 2, "exercises": ["push_up"], "sets": 3, "effort_rpe": nought, "pain_next_morning": nought}
        told = {"strength": {"weeks_off": nought}, "recent_sessions": [{**noted, "pain_during": nought}]}
        return engine.recommend(told).model_dump_json(exclude={"runner"})

    assert "You say 0 weeks off" in said(0.0)
    assert "effort 0, pain 0 of 10, 0 of 10 the next morning" in said(0.0)
    assert said(-0.0) == said(0.0)
