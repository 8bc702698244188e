"""Deleting an endpoint: the one that the plan saw, until it is gone, whatever fails on the way."""

from pathlib import Path
from typing import Any

import pytest

from gitops.errors import ErrorCode, ExitCode
from gitops.model.change import VersionRef
from gitops.model.event import Outcome, StepProgressed
from gitops.model.live import Absent, Phase
from gitops.model.plan import Plan
from gitops.model.step import DeleteEndpoint
from tests.builders import DEVICES, IDENTITY, make_card, make_desired, make_endpoint
from tests.fakes.platform import Fault, Killed, server_fault, unreachable
from tests.fakes.replicas import Behaviour
from tests.fakes.world import NEVER_READY, AnyWorld, WholeWorld
from tests.unit.engine.scenes import serving_world, update

V0 = VersionRef(name="v0")


def deletion(*names: str, version: VersionRef | None = V0, model: str = "aloha", deadline_s: float = 60.0) -> Plan:
    """A plan that deletes these, or aloha."""
    steps = tuple(
        DeleteEndpoint(wave=1, endpoint=name, model=model, version=version, progress_deadline_s=deadline_s)
        for name in names or ("aloha",)
    )
    return Plan(project="aloha", environment="local", platform=IDENTITY, steps=steps)


def whole_world() -> WholeWorld:
    world = WholeWorld()
    world.apply(make_desired(make_endpoint(resource=DEVICES, gpus_per_replica=1)))
    world.platform.calls.clear()
    return world


def there(world: AnyWorld[Any], name: str = "aloha") -> bool:
    return not isinstance(world.platform.read([name])[name], Absent)


def deletes(world: AnyWorld[Any]) -> int:
    return sum(call.method == "delete" for call in world.platform.calls)


def ends(result: Any) -> tuple[Outcome, str, ExitCode]:
    return result.steps[0].outcome, result.steps[0].result, result.exit_code


def test_an_endpoint_is_deleted_once_and_waited_for_until_it_is_gone():
    world = serving_world()
    result = world.execute(deletion(), make_desired())

    assert (Outcome.SUCCEEDED, "gone", ExitCode.DONE) == ends(result)
    assert (False, 1) == (there(world), deletes(world))


def test_its_replicas_finish_before_it_counts_as_gone():
    world = serving_world()
    world.behave(make_card(), Behaviour(drain_s=20.0))
    began = world.clock.monotonic()
    world.execute(deletion(), make_desired())

    assert world.clock.monotonic() - began >= 20
    assert (0, 2) == next((seen.ready, seen.total) for seen in world.sink.of(StepProgressed))


def test_one_that_is_gone_already_is_not_asked_for():
    world = serving_world()
    world.platform.remove("aloha")
    result = world.execute(deletion(), make_desired())

    assert (Outcome.UNCHANGED, "gone already", ExitCode.DONE) == ends(result)
    assert 0 == deletes(world)


def test_one_that_is_being_deleted_already_is_only_waited_for():
    world = serving_world()
    world.platform.delete("aloha")
    result = world.execute(deletion(), make_desired())

    assert (Outcome.SUCCEEDED, "gone", ExitCode.DONE) == ends(result)
    assert 1 == deletes(world)


@pytest.mark.parametrize("planned", [{"model": "another"}, {"version": VersionRef(name="v7")}])
def test_one_that_is_not_what_the_plan_saw_is_left_alone(planned: dict[str, Any]):
    world = serving_world()
    result = world.execute(deletion(**planned), make_desired())

    assert (ErrorCode.STALE_PLAN, ExitCode.STALE_PLAN) == (result.steps[0].error.code, result.exit_code)
    assert (True, 0) == (there(world), deletes(world))


@pytest.mark.parametrize("version", [None, VersionRef(name=None, digest="sha256:" + "0" * 64)])
def test_a_version_that_the_plan_could_not_name_is_not_compared(version: VersionRef | None):
    world = serving_world()

    assert ExitCode.DONE == world.execute(deletion(version=version), make_desired()).exit_code


def test_one_that_has_failed_is_deleted():
    world = serving_world()
    world.platform.remove("aloha")
    world.behave(make_card(marker="bad"), Behaviour(crash_s=0.1))
    world.apply(make_desired(cards=make_card(marker="bad")))
    assert Phase.FAILED is world.platform.live("aloha").phase

    assert ExitCode.DONE == world.execute(deletion(version=None), make_desired()).exit_code
    assert not there(world)


def test_one_in_the_middle_of_a_rollout_is_deleted_where_the_rollout_is_told():
    world, desired = serving_world(), update()
    world.behave(desired.cards["aloha"], NEVER_READY)
    version = world.platform.push(desired.cards["aloha"], Path("/nowhere")).name
    room = {"gpus_per_replica": 0, "updated": 1, "max_surge": 1, "max_unavailable": 0, "progress_deadline_s": 600}
    world.platform.roll_out("aloha", version=version, **room)
    world.clock.sleep(5)

    assert Phase.ROLLING_OUT is world.platform.live("aloha").phase
    assert ExitCode.DONE == world.execute(deletion(), make_desired()).exit_code
    assert not there(world)


def test_a_platform_that_is_at_work_on_it_is_waited_for_first():
    world = whole_world()
    world.platform.by_hand("aloha", status="DEPLOYING")
    world.clock.at(world.clock.monotonic() + 30, lambda: world.platform.by_hand("aloha", status="DEPLOYED"))
    began = world.clock.monotonic()
    result = world.execute(deletion(version=None), make_desired())

    assert (Outcome.SUCCEEDED, "gone", ExitCode.DONE) == ends(result)
    assert world.clock.monotonic() - began >= 30


def test_one_that_goes_away_while_the_platform_is_at_work_on_it_is_gone_already():
    world = whole_world()
    world.platform.delete("aloha")
    world.clock.sleep(0.5)
    result = world.execute(deletion(version=None), make_desired())

    assert (Outcome.UNCHANGED, "gone already", ExitCode.DONE) == ends(result)
    assert 1 == deletes(world)


def test_a_version_in_doubt_is_not_compared():
    world = whole_world()
    world.platform.by_hand("aloha", status="ABORTED", shown="v9")

    assert ExitCode.DONE == world.execute(deletion(), make_desired()).exit_code


def test_a_deletion_that_is_acknowledged_and_forgotten_had_no_effect():
    world = whole_world()
    world.platform.deaf = {"delete"}
    result = world.execute(deletion(version=None, deadline_s=60.0), make_desired())

    assert (ErrorCode.NO_EFFECT, ExitCode.PARTLY_APPLIED) == (result.steps[0].error.code, result.exit_code)
    assert "acknowledged the deletion for endpoint aloha, and nothing of it shows after 60s" in (
        result.steps[0].error.message
    )


def test_a_deletion_that_never_ends_makes_no_progress():
    world = serving_world()
    world.behave(make_card(), Behaviour(drain_s=1e9))
    result = world.execute(deletion(), make_desired())

    assert (ErrorCode.NO_PROGRESS, ExitCode.PARTLY_APPLIED) == (result.steps[0].error.code, result.exit_code)
    assert "still waiting for it to be gone" in result.steps[0].error.message


def test_one_that_somebody_creates_again_meanwhile_is_not_taken_for_the_old_one():
    world = serving_world()
    world.behave(make_card(), Behaviour(drain_s=0.05))
    reads = []

    def create_again() -> None:
        reads.append(1)
        if len(reads) == 1:
            world.platform.remove("aloha")
            world.platform.create(
                "aloha",
                model="aloha",
                version="v0",
                replicas=1,
                gpus_per_replica=0,
                resource=None,
                progress_deadline_s=60,
            )

    world.platform.surprises = dict.fromkeys(range(5, 9), create_again)
    world.behave(make_card(), Behaviour(drain_s=30.0))
    result = world.execute(deletion(), make_desired())

    assert (ErrorCode.SUPERSEDED, ExitCode.PARTLY_APPLIED) == (result.steps[0].error.code, result.exit_code)
    assert there(world)


def test_a_name_that_is_still_being_deleted_is_created_once_it_is_gone():
    world = serving_world()
    world.behave(make_card(), Behaviour(drain_s=20.0))
    world.platform.delete("aloha")
    plan = world.plan(make_desired())
    result = world.execute(plan, make_desired())

    assert ["create_endpoint"] == [step.kind for step in plan.steps]
    assert (ExitCode.DONE, 1) == (result.exit_code, world.platform.live("aloha").ready)


def test_an_update_of_what_is_being_deleted_is_stale_once_it_is_gone():
    world, desired = serving_world(), update(replicas=3)
    plan = world.plan(desired)
    world.platform.delete("aloha")
    result = world.execute(plan, desired)

    assert {ErrorCode.STALE_PLAN} == {step.error.code for step in result.steps if step.error}


def test_a_lost_answer_to_a_deletion_is_looked_up_and_not_repeated():
    world = serving_world()
    world.platform.faults[3] = Fault(unreachable(), after=True)
    result = world.execute(deletion(), make_desired())

    assert (ExitCode.DONE, 1) == (result.exit_code, deletes(world))


KINDS = {
    "unreachable-before": lambda: Fault(unreachable()),
    "unreachable-after": lambda: Fault(unreachable(), after=True),
    "broken-before": lambda: Fault(server_fault()),
    "broken-after": lambda: Fault(server_fault(), after=True),
    "killed-before": lambda: Fault(Killed()),
    "killed-after": lambda: Fault(Killed(), after=True),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make_world", [serving_world, whole_world])
def test_a_fault_at_any_call_of_a_deletion_leaves_nothing_that_the_next_apply_does_not_finish(make_world, kind: str):
    world = make_world()
    world.execute(deletion(version=None), make_desired())
    calls = len(world.platform.calls)
    for number in range(1, calls + 1):
        again = make_world()
        again.platform.faults[number] = KINDS[kind]()
        for _ in range(2):
            try:
                result = again.execute(deletion(version=None), make_desired())
            except Killed:
                continue

        assert (ExitCode.DONE, False) == (result.exit_code, there(again)), f"call {number}"


def test_a_stop_while_an_endpoint_goes_away_leaves_the_platform_at_it():
    world = serving_world()
    world.behave(make_card(), Behaviour(drain_s=20.0))
    world.clock.at(world.clock.monotonic() + 5, world.stop.set)
    result = world.execute(deletion(), make_desired())
    world.settle()

    assert (Outcome.INTERRUPTED, ExitCode.INTERRUPTED) == (result.steps[0].outcome, result.exit_code)
    assert not there(world)
