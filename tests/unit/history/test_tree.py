"""What is kept is read again as it was; what cannot be read says where it stands and why."""

import json

import pytest

from gitops.errors import ErrorCode, HistoryError
from gitops.history import tree
from gitops.model.event import ApplyStarted
from gitops.model.record import Record, State
from tests.conformance.history import (
    make_declared,
    make_plan,
    make_record,
    make_report,
    make_snapshot,
    make_state,
)
from tests.fakes.clock import BEGINNING

NAME = "abc:record.json"


def test_a_deployment_that_begins_has_four_files():
    files = tree.begun(make_record(), make_declared(), make_plan(), make_state())

    assert {"record.json", "plan.json", "desired.json", "state.json"} == set(files)


def test_a_deployment_without_a_plan_has_no_file_of_it():
    assert "plan.json" not in tree.begun(make_record(), make_declared(), None, make_state())


def test_a_deployment_that_ended_has_what_it_left():
    events = (ApplyStarted(at=BEGINNING, steps=1),)

    files = tree.ended(make_record(), make_state(), events, make_snapshot(), make_snapshot(), make_report())

    assert {
        "record.json",
        "state.json",
        "events.jsonl",
        "snapshots/before.json",
        "snapshots/after.json",
        "report.json",
    } == set(files)
    assert events == tree.read_events(files["events.jsonl"], "abc:events.jsonl")


def test_a_file_is_read_as_it_was_written():
    (content,) = tree.written({tree.RECORD: make_record()}).values()

    assert make_record() == tree.read(Record, content, NAME)


def test_files_are_for_people_too():
    (content,) = tree.written({tree.STATE: make_state()}).values()

    assert content.endswith(b"}\n")
    assert content.count(b"\n") > 10


def test_a_file_that_is_not_there_is_nothing():
    assert tree.read(Record, None, NAME) is None
    assert () == tree.read_events(None, NAME)


def test_a_file_that_must_be_there_is_missed():
    with pytest.raises(HistoryError) as raised:
        tree.required(None, NAME)

    assert ErrorCode.HISTORY_CORRUPT is raised.value.code
    assert "git show abc:record.json" in raised.value.hint


@pytest.mark.parametrize("content", [b"", b"no JSON", b"[]", b'{"format_version": 1}', b'{"format_version": "x"}'])
def test_what_is_no_record_is_corrupt(content):
    with pytest.raises(HistoryError) as raised:
        tree.read(Record, content, NAME)

    assert ErrorCode.HISTORY_CORRUPT is raised.value.code
    assert NAME in raised.value.message


def test_a_file_of_a_newer_format_says_so():
    with pytest.raises(HistoryError) as raised:
        tree.read(State, b'{"format_version": 2, "platforms": {}}', "abc:state.json")

    assert ErrorCode.HISTORY_NEWER is raised.value.code
    assert "its format is 2, and this one reads 1" in raised.value.message


def test_a_key_that_nobody_knows_yet_is_from_a_newer_version():
    document = {**json.loads(make_state().model_dump_json()), "moon": 1}

    with pytest.raises(HistoryError) as raised:
        tree.read(State, json.dumps(document).encode(), "abc:state.json")

    assert ErrorCode.HISTORY_NEWER is raised.value.code
    assert "moon" in raised.value.message


def test_an_event_that_nobody_knows_yet_is_from_a_newer_version():
    with pytest.raises(HistoryError) as raised:
        tree.read_events(b'{"kind": "moon_landed"}\n', "abc:events.jsonl")

    assert ErrorCode.HISTORY_NEWER is raised.value.code
