import json
from datetime import UTC, datetime

import pytest

from gitops.errors import ErrorCode
from gitops.model.event import (
    ApplyFinished,
    ApplyStarted,
    CheckpointReached,
    Event,
    Outcome,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from gitops.views.live import LiveProgress
from gitops.views.progress import JsonLinesProgress, PlainProgress, apply_summary, progress, progress_words
from tests.unit.views.plans import delete, push, roll_out, scale
from tests.unit.views.streams import Stream, console

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def started(step, number: int = 1) -> StepStarted:
    return StepStarted(at=NOW, number=number, step=step)


def moved(elapsed_s: float, number: int = 1, **changes) -> StepProgressed:
    fields = {"subject": "endpoint aloha", "waiting_for": "4 replicas ready", "ready": 2, "total": 4}
    return StepProgressed(at=NOW, number=number, elapsed_s=elapsed_s, **fields | changes)


def finished(step, outcome: Outcome = Outcome.SUCCEEDED, **changes) -> StepFinished:
    return StepFinished(**{"at": NOW, "number": 1, "step": step, "outcome": outcome, "elapsed_s": 1.0} | changes)


def ended(outcome: Outcome = Outcome.SUCCEEDED) -> ApplyFinished:
    return ApplyFinished(at=NOW, outcome=outcome, elapsed_s=1, succeeded=1, failed=0, not_tried=0)


def said(*events: Event, quiet: bool = False) -> list[str]:
    stderr = Stream()
    with PlainProgress(console(stderr=stderr, quiet=quiet)) as sink:
        for event in events:
            sink.emit(event)
    return stderr.getvalue().splitlines()


def test_an_apply_without_a_step_says_what_it_is_for():
    assert said(ApplyStarted(at=NOW, steps=1)) == ["Applying 1 step."]
    assert said(ApplyStarted(at=NOW, steps=0)) == ["There is no step; what the files changed is remembered."]


def test_every_line_of_a_step_names_its_endpoint():
    lines = said(
        started(scale()),
        moved(0.5),
        CheckpointReached(at=NOW, number=1, subject="endpoint aloha", updated=1, replicas=4),
        finished(scale(), result="4 replicas"),
    )

    assert [line.split(":")[0] for line in lines] == ["aloha"] * 4


def test_a_deletion_says_what_stops_serving_and_that_it_is_gone():
    assert said(started(delete()), finished(delete())) == [
        "aloha: deleting, aloha v1 stops serving",
        "aloha: deleted (1.0s)",
    ]


def test_an_event_of_a_step_that_never_began_names_its_subject():
    assert said(moved(0.5)) == ["endpoint aloha: waiting for 4 replicas ready: 2 of 4 ready (0.5s)"]


def test_a_fact_that_did_not_change_is_not_repeated():
    assert len(said(moved(0.5), moved(1.0), moved(29.0))) == 1


def test_a_long_wait_is_said_again_after_half_a_minute():
    assert len(said(moved(0.5), moved(30.5), moved(31.0), moved(60.5))) == 3


def test_two_endpoints_that_take_turns_do_not_repeat_themselves():
    assert len(said(moved(0.5, 1), moved(0.5, 2), moved(1.0, 1), moved(1.0, 2))) == 2


def test_a_failure_shows_its_code_message_and_hint():
    failure = finished(
        roll_out(), Outcome.ROLLED_BACK, code=ErrorCode.ROLLED_BACK, message="it crashed", hint="repair it"
    )

    assert said(failure) == [
        "aloha: rolled back (1.0s)",
        "  error[rolled-back]: it crashed",
        "    hint: repair it",
    ]


def test_quiet_says_failures_only():
    failure = finished(push(), Outcome.FAILED, code=ErrorCode.REJECTED, message="too large")

    assert said(started(push()), moved(1), finished(push()), failure, quiet=True) == [
        "model card aloha: failed (1.0s)",
        "  error[rejected]: too large",
    ]


def test_a_step_that_was_not_tried_says_why():
    assert said(finished(scale(), Outcome.NOT_TRIED, message="because endpoint b failed")) == [
        "aloha: not tried",
        "  because endpoint b failed",
    ]


def test_the_last_words_of_a_model_cannot_forge_a_line():
    assert said(moved(0.5, last_word="ok\naloha: rolled out\x1b[2J")) == [
        "endpoint aloha: waiting for 4 replicas ready: 2 of 4 ready: ok\\naloha: rolled out\\x1b[2J (0.5s)"
    ]


def test_the_end_of_the_apply_is_left_to_the_summary():
    assert said(ended()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "waiting for 4 replicas ready: 2 of 4 ready"),
        ({"updated": 1, "goal": 2}, "waiting for 4 replicas ready: 1 of 2 updated, 2 of 4 ready"),
        ({"ready": None, "total": None, "last_word": "IDLE"}, "waiting for 4 replicas ready: IDLE"),
        ({"waiting_for": "", "total": None}, "2 ready"),
        ({"waiting_for": "", "ready": None, "updated": 3}, "3 updated"),
    ],
)
def test_what_is_not_known_is_left_out_of_the_words(changes, words):
    assert progress_words(moved(1, **changes)) == words


def test_json_lines_are_one_event_per_line_on_stdout():
    stdout = Stream()
    sink = JsonLinesProgress(console(stdout))
    events = [ApplyStarted(at=NOW, steps=1), started(scale()), moved(1), finished(scale()), ended()]
    for event in events:
        sink.emit(event)

    assert [json.loads(line) for line in stdout.getvalue().splitlines()] == [
        event.model_dump(mode="json") for event in events
    ]


@pytest.mark.parametrize("make", [PlainProgress, JsonLinesProgress, LiveProgress])
def test_nobody_listening_does_not_stop_an_apply(make):
    shown = console(Stream(broken=True), Stream(tty=True, broken=True))

    with make(shown) as sink:
        for event in (started(scale()), moved(1), finished(scale(), Outcome.FAILED, code=ErrorCode.CONFLICT), ended()):
            sink.emit(event)


@pytest.mark.parametrize(
    ("tty", "json_asked", "kind"),
    [(True, False, LiveProgress), (False, False, PlainProgress), (True, True, JsonLinesProgress)],
)
def test_the_sink_fits_the_stream(tty, json_asked, kind):
    assert type(progress(console(stderr=Stream(tty=tty)), json=json_asked)) is kind


@pytest.mark.parametrize(
    ("outcome", "counts", "text"),
    [
        (Outcome.SUCCEEDED, (4, 0, 0), "Applied: 4 steps done in 6.1s.\n"),
        (Outcome.UNCHANGED, (0, 0, 0), "Nothing to do (6.1s).\n"),
        (
            Outcome.FAILED,
            (1, 2, 3),
            (
                "Failed: 1 step done, 2 failed, 3 not tried in 6.1s. "
                "Repair what failed, then apply again: what is done is not done twice.\n"
            ),
        ),
    ],
)
def test_the_summary_counts_the_steps_by_their_end(outcome, counts, text):
    assert apply_summary(outcome, *counts, 6.1).plain() == text


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_summary(outcome):
    assert apply_summary(outcome, 1, 1, 1, 1.0).plain().endswith(".\n")
