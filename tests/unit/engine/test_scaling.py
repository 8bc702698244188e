"""Scaling: until the number stands and every replica is ready."""

import pytest

from gitops.errors import ErrorCode, ExitCode
from gitops.model.event import Outcome
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, World
from tests.unit.engine.scenes import overtaken, serving_world, update


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1)])
def test_scaling_ends_when_the_number_stands_and_nothing_moves(before: int, after: int):
    world = serving_world(before)
    result = world.apply(update(after, "one"))
    live = world.platform.live("aloha")

    assert (Outcome.SUCCEEDED, after, after) == (result.outcome, live.ready, len(live.members))
    assert f"{after} replica{'s' if after > 1 else ''}" == result.steps[0].result


def test_a_number_that_somebody_else_set_meanwhile_is_unchanged():
    world = serving_world(2)
    _, result = overtaken(world, update(3, "one"), lambda: scale(world, 3))

    assert (Outcome.UNCHANGED, 3) == (result.outcome, world.platform.live("aloha").ready)


def test_a_third_number_that_somebody_else_set_meanwhile_makes_the_plan_stale():
    world = serving_world(2)
    _, result = overtaken(world, update(3, "one"), lambda: scale(world, 5))

    assert "endpoint aloha moved since the plan was made: replicas was 2, now it is 5" == result.steps[0].error.message
    assert 5 == world.platform.live("aloha").replicas


def test_a_third_number_that_somebody_else_sets_during_the_step_supersedes_it():
    world = serving_world(2)
    world.clock.at(world.clock.monotonic() + 0.5, lambda: scale(world, 5))
    result = world.apply(update(3, "one"))

    assert ErrorCode.SUPERSEDED == result.steps[0].error.code


def test_an_endpoint_that_is_gone_makes_the_plan_stale():
    world = serving_world(2)
    _, result = overtaken(world, update(3, "one"), lambda: world.platform.remove("aloha"))

    assert (
        "endpoint aloha moved since the plan was made: replicas was 2, now it is gone" == result.steps[0].error.message
    )


def test_an_endpoint_that_goes_away_during_the_step_supersedes_it():
    world = serving_world(2)
    world.clock.at(world.clock.monotonic() + 0.5, lambda: world.platform.remove("aloha"))
    result = world.apply(update(3, "one"))

    assert ErrorCode.SUPERSEDED == result.steps[0].error.code


def scale(world: World, replicas: int) -> None:
    world.platform.scale("aloha", replicas=replicas)


def test_new_replicas_that_crash_in_a_loop_end_the_step_for_want_of_progress():
    world = serving_world(1)
    world.behave(make_card(), CRASHING)
    began = world.clock.monotonic()
    result = world.apply(update(2, "one", rollout={"progress_deadline": 60}))

    assert (ErrorCode.NO_PROGRESS, ExitCode.PARTLY_APPLIED) == (result.steps[0].error.code, result.exit_code)
    assert "still waiting for 2 replicas ready; the platform's last word: replica" in result.steps[0].error.message
    assert 60 + 30 <= world.clock.monotonic() - began < 110


def test_a_slow_replica_is_waited_for_as_long_as_others_get_ready():
    world = serving_world(1)
    world.behave(make_card(), Behaviour(start_s=80))
    result = world.apply(update(3, "one", rollout={"progress_deadline": 60}))

    assert Outcome.SUCCEEDED is result.outcome


def test_an_endpoint_that_never_served_gets_another_number_before_it_is_repaired():
    world = World()
    world.behave(make_card(), CRASHING)
    world.apply(make_desired(make_endpoint(replicas=2)))
    result = world.apply(update(1, "two"))

    assert ["push_model_card", "scale", "roll_out"] == [step.step.kind for step in result.steps]
    assert (ExitCode.DONE, "v1", 1) == (
        result.exit_code,
        world.platform.live("aloha").version,
        world.platform.live("aloha").ready,
    )
