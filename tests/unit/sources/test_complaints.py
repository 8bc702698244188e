import pytest
from pydantic import ValidationError

from gitops.diagnostics import Code
from gitops.model.card import CardSpec
from gitops.model.desired import Endpoint
from gitops.sources.complaints import MOST, complaints

LEAST = {"name": "aloha", "model": "aloha"}


def complain(model, content, unfilled=()):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(content)
    return complaints(model, content, caught.value, unfilled)


def test_a_union_that_fails_in_several_ways_is_one_complaint():
    found = complain(CardSpec, {"workspace": ".", "container_run_command": 5})

    assert [(complaint.steps, complaint.summary) for complaint in found] == [
        (("container_run_command",), "container_run_command must be a text or a list, not 5")
    ]


def test_a_wrong_item_of_a_union_is_complained_about_at_its_place():
    found = complain(CardSpec, {"workspace": ".", "container_run_command": ["a", []]})

    assert [(c.steps, c.summary) for c in found] == [
        (("container_run_command", 1), "container_run_command[2] must be a text, not a list")
    ]


def test_a_complaint_about_what_could_not_be_filled_in_is_not_made():
    content = LEAST | {"replicas": "", "rollout": {"max_surge": ""}}

    assert complain(Endpoint, content, unfilled=(("replicas",), ("rollout",))) == []


def test_an_empty_list_is_complained_about_but_a_list_of_mistakes_only_once():
    empty = complain(Endpoint, LEAST | {"rollout": {"batches": []}})
    wrong = complain(Endpoint, LEAST | {"rollout": {"batches": ["x"]}})

    assert [complaint.summary for complaint in empty] == ["rollout.batches must not be empty; it is a list"]
    assert [complaint.steps for complaint in wrong] == [("rollout", "batches", 0)]


def test_a_list_that_is_too_long_is_complained_about():
    found = complain(Endpoint, LEAST | {"rollout": {"batches": [1] * 101}})

    assert found[0].summary == "rollout.batches must not have more than 100 entries; it is a list"


def test_a_missing_key_is_complained_about_at_what_should_hold_it():
    found = complain(Endpoint, {"name": "aloha"})

    assert [(c.code, c.steps, c.at_key) for c in found] == [(Code.MISSING_KEY, ("model",), True)]


def test_zero_replicas_are_told_the_least():
    assert complain(Endpoint, LEAST | {"replicas": 0})[0].hint == "scale to zero is not offered; the least is 1"


def test_the_hint_of_an_unknown_key_is_the_key_that_was_meant():
    assert complain(Endpoint, LEAST | {"replica": 3})[0].hint == "did you mean replicas?"


def test_every_complaint_has_a_hint():
    content = {"name": "A", "model": None, "version": 3, "replicas": "x", "x": 1, "rollout": {"batches": [[]], "y": 2}}

    found = complain(Endpoint, content)

    assert len(found) == 7
    assert all(complaint.hint for complaint in found)


def test_complaints_are_counted_so_that_they_help():
    found = complain(Endpoint, LEAST | {f"key{number}": 1 for number in range(MOST + 7)})

    assert len(found) == MOST + 1
    assert found[-1].summary == "this document has 7 more mistakes"
