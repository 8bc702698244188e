import json

import pytest

from gitops.model.event import Outcome
from gitops.model.record import Record, RecordKind
from gitops.model.source import SourceState
from gitops.views.console import colored
from gitops.views.history import history_json, history_page
from tests.unit.views.records import COMMIT, record, step

KILLED = {"outcome": None, "finished_at": None}


def listed(*records: Record, **options) -> list[str]:
    return history_page([(COMMIT, one) for one in records], **options).plain().splitlines()


def outcomes(*records: Record, **options) -> list[str]:
    """The column of outcomes."""
    header, *rows = listed(*records, **options)[:-2]
    start, end = header.index("OUTCOME"), header.index("TOOK")
    return [row[start:end].strip() for row in rows]


def test_a_row_says_number_time_person_source_outcome_duration_and_what():
    assert listed(record(changes={}))[:2] == [
        "NUMBER  WHEN                     WHO           SOURCE   OUTCOME    TOOK    WHAT",
        "12      2026-11-24 08:00:00 UTC  Ada Lovelace  1a2b3c4  succeeded  1m 15s  1 to update",
    ]


def test_files_that_had_left_the_commit_are_dirty():
    dirty = record(source=SourceState(commit="1a2b3c4d5e6f", dirty="sha256:1"))

    assert "  1a2b3c4 + dirty  " in listed(dirty)[1]


def test_without_a_commit_there_is_none_to_name():
    assert "Ada Lovelace  -  " in listed(record(source=SourceState()))[1].replace("       ", "  ")


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.SUCCEEDED, "succeeded"),
        (Outcome.UNCHANGED, "nothing to do"),
        (Outcome.ROLLED_BACK, "rolled back"),
        (Outcome.FAILED, "failed"),
        (Outcome.NOT_TRIED, "not tried"),
        (Outcome.INTERRUPTED, "interrupted"),
    ],
)
def test_every_outcome_has_its_word(outcome, word):
    assert outcomes(record(outcome=outcome)) == [word]


@pytest.mark.parametrize(("running", "word"), [(None, "running?"), (True, "running"), (False, "killed")])
def test_the_newest_without_an_outcome_runs_or_was_killed(running, word):
    assert outcomes(record(**KILLED), running=running) == [word]


def test_an_older_one_without_an_outcome_was_killed():
    assert outcomes(record(number=13), record(**KILLED)) == ["succeeded", "killed"]
    assert outcomes(record(number=13, **KILLED), record(**KILLED), running=True) == ["running", "killed"]


def test_one_that_did_not_end_took_no_time_that_is_known():
    assert listed(record(changes={}, **KILLED))[1].split()[-4:] == ["-", "1", "to", "update"]


@pytest.mark.parametrize(
    ("kind", "back_to", "what"),
    [
        (RecordKind.REVERT, "deployment 3", "revert to deployment 3: 1 to update"),
        (RecordKind.DESTROY, "", "destroy: 1 to update"),
        (RecordKind.IMPORT, "", "import: 1 to update"),
    ],
)
def test_what_is_no_apply_says_what_it_is(kind, back_to, what):
    assert listed(record(kind=kind, back_to=back_to, changes={}))[1].endswith(f"  {what}")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"aloha": ("replicas 1 -> 2",)}, "1 to update (aloha: replicas 1 -> 2)"),
        ({"aloha": ("a", "b", "c")}, "1 to update (aloha)"),
        ({"aloha": ("a",), "bravo": ("b",)}, "1 to update (aloha, bravo)"),
        (dict.fromkeys("abcde", ("a",)), "1 to update (a, b, c and 2 more)"),
    ],
)
def test_what_was_changed_is_named_as_far_as_it_is_little(changes, what):
    assert listed(record(changes=changes))[1].endswith(f"  {what}")


def test_of_one_endpoint_only_what_is_about_it_with_what_it_did():
    other = record(number=11, changes={"other": ("replicas 1 -> 2",)})
    tried = record(number=10, changes={}, steps=(step(),), summary="nothing done")
    rows = listed(record(), other, tried, endpoint="aloha")

    assert [row.split()[0] for row in rows[1:3]] == ["12", "10"]
    assert rows[1].endswith("version v1 -> v2; replicas 2 -> 4")
    assert rows[2].endswith("nothing done")
    assert rows[4] == "2 deployments. gitops show NUMBER tells everything of one."


def test_the_newest_of_one_endpoint_is_no_running_one_where_another_came_after():
    assert outcomes(record(number=13, changes={}), record(**KILLED), endpoint="aloha", running=None) == ["killed"]


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [(None, "No deployment is recorded.\n"), ("b", "No deployment of endpoint b is recorded.\n")],
)
def test_nothing_is_said_to_be_nothing(endpoint, words):
    assert history_page([], endpoint=endpoint).plain() == words


def test_a_failure_is_red_on_a_terminal():
    assert "\x1b[1;31mfailed" in colored(history_page([(COMMIT, record(outcome=Outcome.FAILED))]))


def test_a_hostile_summary_or_name_cannot_forge_a_row():
    rows = listed(record(summary="x\n13 forged\x1b[2J", applied_by="\x1b[31mEve\n<x>"))

    assert len(rows) == 4
    assert "\x1b" not in "".join(rows)


def test_wide_names_keep_the_columns():
    rows = listed(record(applied_by="日本 <x@y>"), record(number=11))

    assert rows[1].index("1a2b3c4") == rows[2].index("1a2b3c4") - 2


def test_the_json_reads_back_as_the_records_with_their_commits():
    shown = json.loads(history_json([(COMMIT, record()), (COMMIT, record(number=11, changes={}))], endpoint="aloha"))

    assert shown["format_version"] == 1
    assert [one["commit"] for one in shown["deployments"]] == [COMMIT]
    assert Record.model_validate(shown["deployments"][0]["record"]) == record()
