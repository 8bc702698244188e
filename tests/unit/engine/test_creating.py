"""Creating an endpoint: until it serves, or until it is clear that it will not."""

from pathlib import Path

import pytest

from gitops.errors import ErrorCode, ExitCode
from gitops.model.event import Outcome
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, NEVER_READY, World
from tests.unit.engine.scenes import overtaken


def test_an_endpoint_is_created_when_every_replica_serves():
    world = World()
    world.behave(make_card(), Behaviour(start_s=20))
    result = world.apply(make_desired(make_endpoint(replicas=2)))

    assert "2 replicas of v0" == result.steps[1].result
    assert world.clock.monotonic() >= 20
    assert 2 == world.platform.live("aloha").ready


def test_replicas_that_crash_end_the_step_at_once_with_the_platforms_last_word():
    world = World()
    world.behave(make_card(), CRASHING)
    result = world.apply(make_desired())
    error = result.steps[1].error

    assert (ErrorCode.ENDPOINT_FAILED, ExitCode.PARTLY_APPLIED) == (error.code, result.exit_code)
    assert "endpoint aloha could not be created: replica aloha-3 of v0: it exited with status 1" == error.message
    assert world.clock.monotonic() < 10


def test_replicas_that_never_get_ready_end_the_step_at_the_deadline_of_the_platform():
    world = World()
    world.behave(make_card(), NEVER_READY)
    result = world.apply(make_desired(make_endpoint(rollout={"progress_deadline": 5})))

    assert ErrorCode.ENDPOINT_FAILED == result.steps[1].error.code
    assert "no progress for 5s: 0 of 1 replicas of v0 got ready" in result.steps[1].error.message
    assert 5 <= world.clock.monotonic() < 10


def create(world: World, **fields) -> None:
    settings = {"model": "aloha", "version": "v0", "replicas": 1, "gpus_per_replica": 0, "resource": None}
    settings |= {"progress_deadline_s": 60}
    world.platform.create("aloha", **{**settings, **fields})


def test_the_same_endpoint_that_somebody_else_created_meanwhile_is_waited_for():
    world, desired = World(), make_desired()
    world.platform.push(desired.cards["aloha"], Path("/nowhere"))
    _, result = overtaken(world, desired, lambda: create(world))

    assert ExitCode.DONE == result.exit_code
    assert 1 == world.platform.live("aloha").ready


@pytest.mark.parametrize("fields", [{"replicas": 2}, {"gpus_per_replica": 1}])
def test_another_endpoint_that_somebody_else_created_meanwhile_makes_the_plan_stale(fields):
    world, desired = World(), make_desired()
    world.platform.push(desired.cards["aloha"], Path("/nowhere"))
    _, result = overtaken(world, desired, lambda: create(world, **fields))

    assert (ErrorCode.STALE_PLAN, ExitCode.STALE_PLAN) == (result.steps[0].error.code, result.exit_code)
    assert result.steps[0].error.message.startswith(
        "endpoint aloha moved since the plan was made: the endpoint was absent, now it is"
    )


def test_an_endpoint_that_serves_already_is_unchanged():
    world, desired = World(), make_desired()
    plan = world.plan(desired)
    world.execute(plan, desired)

    assert Outcome.UNCHANGED is world.execute(plan, desired).steps[1].outcome


def test_somebody_who_scales_the_endpoint_while_it_is_created_supersedes_the_step():
    world, desired = World(), make_desired(make_endpoint(replicas=2))
    world.clock.at(0.5, lambda: world.platform.scale("aloha", replicas=3))
    result = world.apply(desired)

    assert ErrorCode.SUPERSEDED == result.steps[1].error.code
    assert "it is now 3 replicas of aloha v0" in result.steps[1].error.message
