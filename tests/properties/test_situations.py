"""What must hold for every plan, whatever it is made from: order, machine, fingerprints, waves, ownership."""

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hypothesis import assume, given
from hypothesis import strategies as st

from gitops.model.change import Action
from gitops.model.desired import Desired
from gitops.model.guard import Limits
from gitops.model.live import ABSENT
from gitops.model.plan import Plan
from gitops.model.step import DeleteEndpoint, PushModelCard, Step, subject
from gitops.planning.fingerprint import fingerprint, fingerprints
from tests.conftest import ROOT
from tests.projects import projects
from tests.situations import Situation, lives, situations
from tests.specs.test_plan import FOLDERS, planned

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
        written = one.plan.model_dump_json()
        assert written == other.plan.model_dump_json()
        assert one.plan == Plan.model_validate_json(written)


def by_subject(plan: Plan) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in plan.steps:
        found.setdefault(subject(step), []).append(step)
    return found


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Situation, Situation]:
    """Two that differ in nothing, in what leads to no step, in one endpoint that is there, or in the files."""
    one = draw(situations())
    what = draw(st.sampled_from(["nothing", "terms", "live", "live", "files"]))
    whole = one.traits.rolls_whole
    if what == "terms":
        return one, replace(one, terms=replace(one.terms, limits=Limits(deletes=99, updates="100%")))
    if what == "live" and one.live:
        name = draw(st.sampled_from(sorted(one.live)))
        return one, replace(one, live={**one.live, name: draw(lives(name, whole=whole))})
    if what == "files":
        desired = draw(projects(whole=whole))
        live = {name: one.live.get(name, ABSENT) for name in desired.endpoints.keys() | one.live.keys()}
        return replace(one, live=live), replace(one, live=live, desired=desired)
    return one, one


@given(pairs())
def test_fingerprints_are_equal_exactly_if_the_steps_are(pair: tuple[Situation, Situation]):
    first, second = (situation.prepare().plan for situation in pair)
    assume(first is not None and second is not None)
    assert first is not None
    assert second is not None
    steps, others = by_subject(first), by_subject(second)

    for about in steps.keys() | others.keys():
        same = steps.get(about) == others.get(about)
        assert same == (first.fingerprints.get(about) == second.fingerprints.get(about))
    assert (steps == others) == (first.fingerprint == second.fingerprint)
    assert first.fingerprint == fingerprint(fingerprints(first.steps))
    assert steps.keys() == first.fingerprints.keys()


@given(situations())
def test_waves_respect_what_depends_on_what_and_only_what_is_ours_is_deleted_last_and_backwards(situation: Situation):
    plan = situation.prepare().plan
    assume(plan is not None)
    assert plan is not None

    assert [step.wave for step in plan.steps] == sorted(step.wave for step in plan.steps)
    dependencies_come_first(plan, situation)
    deletions_come_last_and_backwards(plan, situation)
    nothing_of_anybody_else_is_touched(plan, situation)


def dependencies_come_first(plan: Plan, situation: Situation) -> None:
    waves = waves_of(plan, deletions=False)
    for name, declared in situation.desired.endpoints.items():
        for need in set(declared.endpoint.depends_on) & waves.keys() if name in waves else ():
            assert max(waves[need]) < min(waves[name])
            assert need in plan.depends_on[name]


def deletions_come_last_and_backwards(plan: Plan, situation: Situation) -> None:
    gone, others = waves_of(plan, deletions=True), waves_of(plan, deletions=False)
    assert all(min(waves) > max(map(max, others.values()), default=0) for waves in gone.values())
    for name in gone:
        applied = situation.remembered.entries[name].applied
        for need in set(applied.depends_on) & gone.keys() if applied else ():
            assert max(gone[name]) < min(gone[need])
            assert name in plan.depends_on[need]


def nothing_of_anybody_else_is_touched(plan: Plan, situation: Situation) -> None:
    owned, declared = situation.remembered.owned, situation.desired.endpoints.keys()
    gone, others = waves_of(plan, deletions=True).keys(), waves_of(plan, deletions=False).keys()
    assert gone == {change.endpoint for change in plan.changes if change.action is Action.DELETE}
    assert gone <= owned - declared
    assert others <= declared


def waves_of(plan: Plan, *, deletions: bool) -> dict[str, list[int]]:
    """Endpoint -> the waves of its steps, of those that delete or of the others."""
    found: dict[str, list[int]] = {}
    for step in plan.steps:
        if not isinstance(step, PushModelCard) and isinstance(step, DeleteEndpoint) == deletions:
            found.setdefault(step.endpoint, []).append(step.wave)
    return found


def test_a_plan_is_the_same_in_every_process_and_folder(tmp_path: Path):
    """Whatever the seed of Python's hashes, and wherever it runs; asked of the golden cases."""
    elsewhere = subprocess.run(
        [sys.executable, "-c", _ALL_PLANS, str(ROOT)],
        cwd=tmp_path,
        env={"PYTHONHASHSEED": "1", "PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )

    assert all_plans() == elsewhere.stdout.strip()


def all_plans() -> str:
    digest = hashlib.sha256()
    for folder in FOLDERS:
        found = planned(folder)
        digest.update(repr(found.diagnostics).encode())
        digest.update(found.plan.model_dump_json().encode() if found.plan else b"")
    return digest.hexdigest()


_ALL_PLANS = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.properties.test_situations import all_plans
print(all_plans())
"""
