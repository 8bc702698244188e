"""The golden plans show everything that the model of a plan knows: what is added to it needs a case."""

import json
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any, get_args

from gitops.diagnostics import Code
from gitops.model.change import Action, FieldChange, Origin
from gitops.model.field import Effect, Level
from gitops.model.guard import Allowance, Finding, Guard, Limits
from gitops.model.plan import Keeper, Plan
from gitops.model.record import EXISTENCE, Ownership
from gitops.model.step import Step
from gitops.planning.diff import State
from gitops.planning.remembered import Terms
from tests.specs.test_plan import FOLDERS, platform, read

MOVABLE = set(State._fields) - {"model"}
KINDS = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(get_args(Step)[0])}
LABELS_ONLY = {Guard.UPDATES, Guard.CAPACITY_DROP}
"""Guards that refuse nothing where few endpoints are owned."""


@cache
def plans() -> tuple[Plan, ...]:
    paths = (folder / "plan.json" for folder in FOLDERS)
    return tuple(Plan.model_validate_json(path.read_bytes()) for path in paths if path.is_file())


@cache
def refusals() -> frozenset[str]:
    """The codes of the diagnostics that refuse a plan."""
    paths = (folder / "diagnostics.json" for folder in FOLDERS)
    return frozenset(one["code"] for path in paths if path.is_file() for one in json.loads(path.read_bytes()))


def differing() -> Iterator[FieldChange]:
    """Every field that differs, of what is changed and of drift that is left as it is."""
    return (field for plan in plans() for change in (*plan.changes, *plan.drift) for field in change.fields)


def found() -> Iterator[tuple[Plan, Finding]]:
    return ((plan, finding) for plan in plans() for finding in plan.findings)


def acknowledged(plan: Plan, finding: Finding) -> int:
    """The count that was given for a guard; 0 where none was, or none can be."""
    return getattr(plan.allowed, finding.guard, 0)


def written(name: str) -> list[dict[str, Any]]:
    """What every case says in one of its files."""
    return [content for folder in FOLDERS if (content := read(folder, name))]


def test_there_is_a_plan_with_every_action():
    changes = [change for plan in plans() for change in plan.changes]

    assert {change.action for change in changes} == set(Action)
    assert {change.action for change in changes if change.adopts} == {Action.UPDATE, Action.NOOP}


def test_there_is_a_plan_with_every_origin_of_every_field():
    seen = {(field.field, field.origin) for field in differing()}

    assert {(field, origin) for field in MOVABLE for origin in Origin} - seen == set()


def test_there_is_a_plan_with_every_origin_left_alone_or_applied_by_only_declared():
    narrow = [plan for plan in plans() if plan.only_declared]

    assert {field.origin for plan in narrow for change in plan.drift for field in change.fields} == {Origin.DRIFT}
    assert {field.origin for plan in narrow for change in plan.changes for field in change.fields} >= {
        Origin.DECLARED,
        Origin.PENDING,
    }


def test_there_is_a_plan_that_every_guard_refuses():
    assert {finding.guard for _, finding in found() if finding.refuses} == set(Guard)


def test_there_is_a_plan_with_every_acknowledgement():
    given = {finding.guard for plan, finding in found() if acknowledged(plan, finding) and not finding.refuses}

    assert given == set(Guard) & set(Allowance.model_fields)
    assert any(plan.allowed.retries for plan in plans())


def test_there_is_a_plan_with_every_count_acknowledged_exactly_and_too_little():
    exactly = {one.guard for plan, one in found() if acknowledged(plan, one) == one.count and not one.refuses}
    too_little = {one.guard for plan, one in found() if 0 < acknowledged(plan, one) < one.count and one.refuses}

    assert exactly >= set(Limits.model_fields)
    assert too_little >= set(Limits.model_fields)


def test_there_is_a_plan_with_every_guard_that_is_a_label_only():
    labels = {one.guard for plan, one in found() if not one.refuses and not acknowledged(plan, one)}

    assert labels == LABELS_ONLY


def test_there_is_a_plan_with_every_label():
    refused = {Effect.IMMUTABLE} if Code.IMMUTABLE_FIELD in refusals() else set()

    assert {field.effect for field in differing()} | refused == set(Effect)


def test_there_is_a_case_that_declares_a_field_of_every_level():
    seen = set()
    for folder in FOLDERS:
        rules = platform(folder)[0].fields
        for endpoint in read(folder, "desired.yaml")["endpoints"]:
            seen |= {rules[key].level for key in endpoint.keys() & rules.keys()}

    assert seen == set(Level)
    assert {field.level for field in differing()} == {Level.NATIVE, Level.EMULATED}
    assert any(plan.manual for plan in plans())
    assert Code.INVALID_VALUE in refusals()


def test_there_is_a_plan_with_every_step():
    assert {step.kind for plan in plans() for step in plan.steps} == KINDS


def test_there_is_a_plan_with_every_way_back():
    undone = [one for plan in plans() for one in plan.undo]

    assert {(bool(one.steps), one.possible) for one in undone} == {(True, True), (False, True), (False, False)}


def test_there_is_a_plan_with_every_keeper():
    assert {kept.keeper for plan in plans() for kept in plan.kept} == set(Keeper)


def test_there_is_a_plan_that_holds_every_field():
    assert {held.field for plan in plans() for held in plan.held} == MOVABLE | {EXISTENCE}
    assert {held.asked for plan in plans() for held in plan.held if held.field == EXISTENCE} == {"present", "absent"}


def test_there_is_a_case_with_every_way_to_own():
    entries = [entry for memory in written("memory.yaml") for entry in memory.get("endpoints", {}).values()]

    assert {entry.get("owned", Ownership.CREATED) for entry in entries} == {*Ownership, None}
    assert any(entry.get("applied", {}) is None and "owned" not in entry for entry in entries), "begun and never ended"


def test_there_is_a_case_with_everything_that_a_plan_can_be_asked():
    keys = {key for terms in written("terms.yaml") for key in terms}

    assert keys == {field.name for field in fields(Terms)} - {"allowance"} | {"allow"}
