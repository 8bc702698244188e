"""What must hold for every plan, whatever it is made from: order, machine, fingerprints, waves, ownership."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from hypothesis import assume, given
from hypothesis import strategies as st

from gitops.model.change import Action
from gitops.model.desired import Desired
from gitops.model.plan import Plan
from gitops.model.step import DeleteEndpoint, PushModelCard, Step, subject
from gitops.planning.fingerprint import fingerprint, fingerprints
from gitops.planning.remembered import Remembered
from tests.situations import Situation, situations

Value = TypeVar("Value")


def shuffled(mapping: Mapping[str, Value], chance: random.Random) -> dict[str, Value]:
    keys = list(mapping)
    chance.shuffle(keys)
    return {key: mapping[key] for key in keys}


def elsewhere(desired: Desired, chance: random.Random) -> Desired:
    """The same files in another folder of another machine, read in another order."""
    return replace(
        desired,
        cards=shuffled({name: replace(card, root=f"/mnt/{name}") for name, card in desired.cards.items()}, chance),
        endpoints=shuffled(
            {name: replace(one, places=shuffled(one.places, chance)) for name, one in desired.endpoints.items()},
            chance,
        ),
    )


def turned(situation: Situation, chance: random.Random) -> Situation:
    """The same with everything that has no order in another one."""
    memory = situation.remembered
    return replace(
        situation,
        desired=elsewhere(situation.desired, chance),
        live=shuffled(situation.live, chance),
        versions=shuffled(situation.versions, chance),
        remembered=replace(
            memory,
            entries=shuffled(memory.entries, chance),
            declared=shuffled(memory.declared, chance) if memory.declared is not None else None,
        ),
    )


@given(situations(), st.randoms(use_true_random=False))
def test_equal_inputs_give_equal_plans_to_the_byte_in_whatever_order_and_wherever(
    situation: Situation, chance: random.Random
):
    one, other = situation.prepare(), turned(situation, chance).prepare()

    assert one.diagnostics == other.diagnostics
    assert (one.plan is None) == (other.plan is None)
    if one.plan is not None and other.plan is not None:
        assert one.plan.model_dump_json(indent=1).splitlines() == other.plan.model_dump_json(indent=1).splitlines()
        assert one.plan == Plan.model_validate_json(one.plan.model_dump_json())


def by_subject(plan: Plan) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in plan.steps:
        found.setdefault(subject(step), []).append(step)
    return found


@given(situations(), situations(), st.integers(0, 3))
def test_fingerprints_are_equal_exactly_if_the_steps_are(one: Situation, another: Situation, alike: int):
    if alike:
        # Chance alone seldom gives equal steps: what differs here touches only some of them.
        another = replace(one, live={**one.live, **dict(list(another.live.items())[: alike - 1])})
    plans = [planned.plan for planned in (one.prepare(), another.prepare()) if planned.plan is not None]
    assume(len(plans) == 2)
    first, second = plans
    steps, others = by_subject(first), by_subject(second)

    for about in steps.keys() | others.keys():
        same = steps.get(about) == others.get(about)
        assert same == (first.fingerprints.get(about) == second.fingerprints.get(about))
    assert (steps == others) == (first.fingerprint == second.fingerprint)
    assert first.fingerprint == fingerprint(fingerprints(first.steps))
    assert steps.keys() == first.fingerprints.keys()


@given(situations())
def test_deletions_come_last_and_backwards_and_waves_respect_what_depends_on_what(situation: Situation):
    plan = situation.prepare().plan
    assume(plan is not None)
    assert plan is not None
    first = {name: min(waves) for name, waves in waves_of(plan, deletions=False).items()}
    last = {name: max(waves) for name, waves in waves_of(plan, deletions=False).items()}
    gone = {name: min(waves) for name, waves in waves_of(plan, deletions=True).items()}

    assert [step.wave for step in plan.steps] == sorted(step.wave for step in plan.steps)
    assert all(wave > max(last.values(), default=0) for wave in gone.values())
    for name, declared in situation.desired.endpoints.items():
        for need in declared.endpoint.depends_on:
            if name in first and need in last:
                assert last[need] < first[name]
                assert need in plan.depends_on[name]
    for name, entry in situation.remembered.entries.items():
        for need in entry.applied.depends_on if entry.applied else ():
            if name in gone and need in gone:
                assert gone[name] < gone[need]
                assert name in plan.depends_on[need]


def waves_of(plan: Plan, *, deletions: bool) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for step in plan.steps:
        if not isinstance(step, PushModelCard) and isinstance(step, DeleteEndpoint) == deletions:
            found.setdefault(step.endpoint, []).append(step.wave)
    return found


@given(situations())
def test_what_is_deleted_is_owned_and_what_is_neither_owned_nor_declared_is_left_alone(situation: Situation):
    plan = situation.prepare().plan
    assume(plan is not None)
    assert plan is not None
    owned, declared = situation.remembered.owned, situation.desired.endpoints.keys()
    deleted = {step.endpoint for step in plan.steps if isinstance(step, DeleteEndpoint)}
    touched = {step.endpoint for step in plan.steps if not isinstance(step, PushModelCard)}

    assert deleted == {change.endpoint for change in plan.changes if change.action is Action.DELETE}
    assert deleted <= owned - declared
    assert touched <= owned | declared
    # Nobody remembers anything: nothing goes.
    forgotten = replace(situation, remembered=Remembered()).prepare().plan
    assert forgotten is None or not any(isinstance(step, DeleteEndpoint) for step in forgotten.steps)
