"""A plan in a file is not trusted: whatever was done to it, it is used as it was made, or not at all."""

import json

import pytest

from gitops.errors import PlanUnusable
from gitops.workflows.planfile import parse_plan
from tests.builders import make_desired, make_endpoint
from tests.fakes.desk import Desk


@pytest.fixture(scope="module")
def written() -> bytes:
    """A plan that pushes and creates, as plan --out writes it."""
    plan = Desk(make_desired(make_endpoint(replicas=2))).plan()
    assert len(plan.steps) == 2
    return plan.model_dump_json(indent=2).encode()


def test_a_plan_is_read_as_it_was_written(written):
    assert written == parse_plan(written, "plan.json").model_dump_json(indent=2).encode()


def test_a_plan_that_was_cut_off_anywhere_is_refused(written):
    for end in range(0, len(written) - 1, 61):
        with pytest.raises(PlanUnusable, match=r"^plan.json is no plan of this format: "):
            parse_plan(written[:end], "plan.json")


def test_any_change_of_a_step_is_refused(written):
    document = json.loads(written)
    changed = 0
    for index, step in enumerate(document["steps"]):
        for key, value in step.items():
            others = {int: 7, str: "other", bool: not value, type(None): "other"}
            if type(value) not in others:
                continue
            tampered = json.loads(written)
            tampered["steps"][index][key] = others[type(value)]
            changed += 1
            with pytest.raises(PlanUnusable):
                parse_plan(json.dumps(tampered).encode(), "plan.json")
    assert changed > 10


@pytest.mark.parametrize("key", ["steps", "fingerprints", "fingerprint"])
def test_steps_and_fingerprints_belong_together(written, key):
    tampered = json.loads(written)
    tampered[key] = type(tampered[key])()

    with pytest.raises(PlanUnusable, match="was changed after it was made"):
        parse_plan(json.dumps(tampered).encode(), "plan.json")


def test_another_order_of_steps_is_another_plan(written):
    tampered = json.loads(written)
    tampered["steps"] = [tampered["steps"][1], tampered["steps"][1]]

    with pytest.raises(PlanUnusable, match="was changed after it was made"):
        parse_plan(json.dumps(tampered).encode(), "plan.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'{"format_version": 1}',
        b'{"resource_changes": [], "terraform_version": "1.9"}',
        b"\xff\xfe\x00",
        b"PK\x03\x04",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format_version": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_plan_is_refused(content):
    with pytest.raises(PlanUnusable, match=r"^plan.json is no plan of this format: "):
        parse_plan(content, "plan.json")


def test_a_plan_of_a_newer_format_is_refused(written):
    newer = json.loads(written) | {"format_version": 2}

    with pytest.raises(PlanUnusable, match="format_version"):
        parse_plan(json.dumps(newer).encode(), "plan.json")


def test_a_plan_with_a_key_that_nobody_knows_is_refused(written):
    with pytest.raises(PlanUnusable, match="afterwards"):
        parse_plan(json.dumps(json.loads(written) | {"afterwards": "rm"}).encode(), "plan.json")
