from datetime import UTC, datetime

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
from gitops.views.console import ColorMode
from gitops.views.live import Board, LiveProgress
from tests.unit.views.plans import push, roll_out, scale
from tests.unit.views.streams import Stream, console

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def started(step, number: int = 1) -> StepStarted:
    return StepStarted(at=NOW, number=number, step=step)


def moved(number: int = 1, **changes) -> StepProgressed:
    fields = {"updated": 1, "goal": 4, "ready": 4, "total": 5}
    return StepProgressed(
        at=NOW, number=number, subject="", waiting_for="checkpoint 1", elapsed_s=3.21, **fields | changes
    )


def finished(step, outcome=Outcome.SUCCEEDED, number: int = 1, **changes) -> StepFinished:
    return StepFinished(at=NOW, number=number, step=step, outcome=outcome, elapsed_s=4.0, **changes)


def drawn(*events: Event, encoding: str = "utf-8", color=ColorMode.NEVER, environ=None) -> str:
    """Everything that was written to a terminal of 100 columns."""
    stderr = Stream(tty=True, encoding=encoding)
    environ = {"COLUMNS": "100"} | (environ or {})
    with LiveProgress(console(stderr=stderr, color=color, environ=environ)) as sink:
        for event in events:
            sink.emit(event)
    return stderr.getvalue()


def last_table(*events: Event, **options) -> list[str]:
    """The rows of the table as it stands at the end."""
    text = drawn(*events, **options).rpartition("\x1b[2K")[2]
    return [line.rstrip() for line in text.replace("\x1b[?25h", "").splitlines() if line.strip()]


def test_a_row_shows_who_what_how_far_and_the_last_word():
    (row,) = last_table(started(roll_out()), moved(last_word="aloha-5 is starting"))

    assert row == "…  aloha  roll out new  ━━━───────── 1/4  4/5 ready  3.2s  aloha-5 is starting"


def test_without_a_last_word_the_condition_is_shown():
    (row,) = last_table(started(roll_out()), moved())

    assert row.endswith("waiting for checkpoint 1")


def test_a_terminal_without_unicode_gets_ascii():
    (row,) = last_table(started(roll_out()), moved(), encoding="ascii")

    assert row.startswith(">  aloha  roll out new  ###--------- 1/4")


def test_a_checkpoint_moves_the_bar():
    reached = CheckpointReached(at=NOW, number=1, subject="", updated=4, replicas=4)
    (row,) = last_table(started(roll_out()), moved(), reached)

    assert "━━━━━━━━━━━━ 4/4" in row


def test_steps_of_one_endpoint_share_a_row():
    rows = last_table(started(scale()), finished(scale()), started(roll_out(), 2), moved(2))

    assert [row.split()[1] for row in rows] == ["aloha"]


def test_a_model_card_has_a_row_of_its_own():
    rows = last_table(started(push()), finished(push(), result="v2"), started(scale(), 2), moved(2))

    assert rows[0].split() == ["✓", "model", "card", "aloha", "push", "4.0s", "pushed", "as", "v2"]
    assert rows[1].startswith("…  aloha             scale 2 -> 4")


def test_a_failure_stands_above_the_table_in_full():
    failure = finished(
        roll_out(), Outcome.FAILED, code=ErrorCode.REJECTED, message="no\nreally " + "x" * 200, hint="do"
    )
    text = drawn(started(roll_out()), failure)

    assert "error[rejected]: aloha: no" in text
    assert "really " + "x" * 200 in text
    assert "  hint: do" in text


def test_a_row_never_takes_two_lines():
    rows = last_table(started(roll_out()), moved(last_word="x" * 300))

    assert len(rows) == 1
    assert len(rows[0]) == 100
    assert rows[0].startswith("…  aloha  roll out new  ━━━───────── 1/4  4/5 ready  3.2s  xxx")


def test_a_step_that_was_not_tried_does_not_hide_why_its_endpoint_stopped():
    failure = finished(roll_out(), Outcome.ROLLED_BACK, message="it crashed")
    (row,) = last_table(started(roll_out()), failure, finished(scale(), Outcome.NOT_TRIED, number=2))

    assert row.startswith("↺  aloha  roll out new")
    assert row.endswith("it crashed")


def test_hostile_words_reach_neither_terminal_nor_markup():
    text = drawn(started(roll_out()), moved(last_word="\x1b]0;owned\x07[red]x[/red]"))

    assert "\x1b]0" not in text
    assert "\\x1b]0;owned\\x07[red]x[/red]" in text


def test_colours_follow_the_console():
    assert "\x1b[1;31m✗" in drawn(finished(scale(), Outcome.FAILED), color=ColorMode.ALWAYS)
    assert "\x1b[1;31m" not in drawn(finished(scale(), Outcome.FAILED), color=ColorMode.NEVER)


def test_the_cursor_is_given_back():
    text = drawn(ApplyStarted(at=NOW, steps=1), started(scale()))

    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_an_event_of_an_unknown_step_is_no_error():
    ended = ApplyFinished(at=NOW, outcome=Outcome.SUCCEEDED, elapsed_s=1, succeeded=0, failed=0, not_tried=0)

    assert last_table(moved(7), CheckpointReached(at=NOW, number=7, subject="", updated=1, replicas=1), ended) == []


def test_rows_that_are_done_make_room_for_those_that_are_not():
    board = Board()
    for number, name in enumerate("abcd"):
        board.take(started(scale(endpoint=name), number))
    board.take(finished(scale(endpoint="b"), number=1))
    board.take(finished(scale(endpoint="c"), Outcome.FAILED, number=2))

    rows, left_out = board.rows(3)

    assert ([row.name for row in rows], left_out) == (["a", "c", "d"], 1)


def test_a_table_higher_than_the_terminal_counts_what_it_leaves_out():
    rows = last_table(*(started(scale(endpoint=f"e{number}"), number) for number in range(40)))

    assert rows[-1] == f"and {41 - len(rows)} more"
    assert len(rows) <= 24
