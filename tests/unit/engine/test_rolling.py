"""Driving a rollout checkpoint by checkpoint, whatever it was doing before and whoever interferes."""

from itertools import pairwise
from pathlib import Path

import pytest

from gitops.errors import ErrorCode, ExitCode
from gitops.model.event import CheckpointReached, Outcome, StepProgressed
from gitops.model.live import Verdict
from tests.builders import make_card
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, NEVER_READY, World
from tests.unit.engine.scenes import TWO, overtaken, serving_world, update

BATCHES = {"batches": [1, "50%", "100%"]}


def roll_out(world: World, version: str, updated: int = 2, **settings) -> None:
    defaults = {"gpus_per_replica": 0, "max_surge": 1, "max_unavailable": 0, "progress_deadline_s": 60}
    world.platform.roll_out("aloha", version=version, updated=updated, **{**defaults, **settings})


def pushed(world: World, marker: str = "two") -> str:
    return world.platform.push(make_card(marker=marker), Path("/nowhere")).name


def asked(world: World) -> list[object]:
    return [call.arguments["updated"] for call in world.platform.calls if call.method == "roll_out"]


def checkpoints(world: World) -> list[int]:
    return [event.updated for event in world.sink.of(CheckpointReached)]


def only_error(result):
    (error,) = [step.error for step in result.steps if step.error]
    return error


def test_a_rollout_asks_for_one_checkpoint_after_the_other():
    world = serving_world(4)
    result = world.apply(update(4, rollout=BATCHES))

    assert ([1, 2, 4], [1, 2, 4], Outcome.SUCCEEDED) == (asked(world), checkpoints(world), result.outcome)
    assert "v1" == result.steps[-1].result


def test_the_next_checkpoint_is_not_asked_for_before_the_one_before_is_ready():
    world = serving_world(4)
    world.behave(TWO, Behaviour(start_s=20))
    began = world.clock.monotonic()
    world.apply(update(4, rollout=BATCHES))
    reached = [event.at.timestamp() for event in world.sink.of(CheckpointReached)]

    assert world.clock.monotonic() - began >= 80
    assert all(later - earlier >= 20 for earlier, later in pairwise(reached))


def test_progress_says_how_many_replicas_are_updated_of_how_many():
    world = serving_world(2)
    world.apply(update(2))
    events = [event for event in world.sink.of(StepProgressed) if event.goal]

    assert (0, 2) == (events[0].updated, events[-1].updated)
    assert {(2, "2 replicas on v1")} == {(event.goal, event.waiting_for) for event in events}


# Going on where something was left.


def test_a_paused_rollout_goes_on_and_revisits_the_checkpoint_that_it_reached():
    world = serving_world(4)
    roll_out(world, pushed(world), updated=2)
    world.settle()
    world.platform.calls.clear()
    result = world.apply(update(4, rollout=BATCHES))

    assert ([2, 4], ExitCode.DONE) == (checkpoints(world), result.exit_code)
    assert [2, 4] == asked(world)


def test_a_rollout_that_was_asked_for_everything_is_never_asked_for_less():
    world = serving_world(4)
    world.behave(TWO, Behaviour(start_s=5))
    roll_out(world, pushed(world), updated=4)
    world.platform.calls.clear()
    result = world.apply(update(4, rollout=BATCHES))

    assert ([4, 4, 4], [1, 2, 4], ExitCode.DONE) == (asked(world), checkpoints(world), result.exit_code)


def test_a_rollout_that_arrived_by_itself_is_unchanged():
    world = serving_world(2)
    roll_out(world, pushed(world), updated=1)
    world.settle()
    _, result = overtaken(world, update(2), lambda: (roll_out(world, "v1"), world.settle()))

    assert Outcome.UNCHANGED is result.outcome


def test_an_abandoned_rollout_is_left_for_the_version_that_serves():
    world = serving_world(4)
    roll_out(world, pushed(world), updated=1)
    world.settle()
    result = world.apply(update(4, "one", rollout=BATCHES))
    live = world.platform.live("aloha")

    assert (ExitCode.DONE, "v0", 4, [4]) == (result.exit_code, live.version, live.ready_on("v0"), checkpoints(world))


def test_an_abandoned_rollout_is_left_for_a_third_version():
    world = serving_world(4)
    roll_out(world, pushed(world), updated=2)
    world.settle()
    result = world.apply(update(4, "three", rollout=BATCHES))
    live = world.platform.live("aloha")

    assert (ExitCode.DONE, "v2", 4) == (result.exit_code, live.version, live.ready_on("v2"))


def test_an_abandoned_rollout_that_arrives_before_it_is_left_is_no_stale_plan():
    world = serving_world(2)
    roll_out(world, pushed(world))
    _, result = overtaken(world, update(2, "three"), world.settle)

    assert (ExitCode.DONE, "v2") == (result.exit_code, world.platform.live("aloha").version)


def test_a_version_that_was_put_back_before_is_tried_again_and_not_judged_by_its_past():
    world = serving_world(2)
    world.behave(TWO, CRASHING)
    world.apply(update(2))
    world.behave(TWO, Behaviour())
    result = world.apply(update(2))

    assert (ExitCode.DONE, "v1") == (result.exit_code, world.platform.live("aloha").version)


def test_an_old_verdict_is_not_taken_for_the_new_one_while_a_write_shows_late():
    world = serving_world(2)
    world.behave(TWO, CRASHING)
    world.apply(update(2))
    world.behave(TWO, Behaviour())
    world.platform.late_s = 5
    result = world.apply(update(2))

    assert ExitCode.DONE == result.exit_code


# Ends that are not the declared one.


def test_a_crashing_version_is_put_back_and_the_step_says_why():
    world = serving_world(2)
    world.behave(TWO, CRASHING)
    result = world.apply(update(2))
    live = world.platform.live("aloha")

    assert (ErrorCode.ROLLED_BACK, ExitCode.ROLLED_BACK) == (only_error(result).code, result.exit_code)
    assert (
        "endpoint aloha was put back to v0: replica aloha-5 of v1: it exited with status 1"
        == only_error(result).message
    )
    assert ("v0", 2, Verdict.ROLLED_BACK) == (live.version, live.ready, live.rollout.verdict)


def test_a_version_that_is_bad_at_the_second_checkpoint_is_put_back_from_there():
    world = serving_world(4)
    desired = update(4, rollout={"batches": [1, 2], "progress_deadline": 10})
    began = world.clock.monotonic()
    world.clock.at(began + 1.2, lambda: world.behave(TWO, NEVER_READY))
    result = world.apply(desired)

    assert ([1], ErrorCode.ROLLED_BACK) == (checkpoints(world), only_error(result).code)
    assert ("v0", 4) == (world.platform.live("aloha").version, world.platform.live("aloha").ready_on("v0"))


def test_a_version_that_never_gets_ready_is_put_back_at_the_deadline():
    world = serving_world(2)
    world.behave(TWO, NEVER_READY)
    result = world.apply(update(2, rollout={"progress_deadline": 20}))

    assert (
        "endpoint aloha was put back to v0: no progress for 20s: 0 of 2 replicas of v1 got ready"
        == only_error(result).message
    )


def test_a_first_version_that_fails_again_is_a_failed_endpoint():
    world = World()
    world.behave(make_card(), CRASHING)
    world.apply(update(1, "one"))
    result = world.apply(update(1, "one"))

    assert (ErrorCode.ENDPOINT_FAILED, ExitCode.PARTLY_APPLIED) == (only_error(result).code, result.exit_code)
    assert "endpoint aloha failed: replica aloha-6 of v0: it exited with status 1" == only_error(result).message


# Somebody else.


@pytest.mark.parametrize(
    ("interfere", "words"),
    [
        (lambda world: roll_out(world, pushed(world, "three")), "a rollout to v2 was begun"),
        (lambda world: roll_out(world, "v0"), "a rollout to v0 was begun"),
        (
            lambda world: world.platform.scale("aloha", replicas=5),
            "it was scaled to 5",
        ),
    ],
)
def test_somebody_who_interferes_supersedes_the_step(interfere, words: str):
    world = serving_world(2)
    world.behave(TWO, Behaviour(start_s=10))
    world.clock.at(world.clock.monotonic() + 2, lambda: interfere(world))
    result = world.apply(update(2))

    assert (ErrorCode.SUPERSEDED, ExitCode.PARTLY_APPLIED) == (only_error(result).code, result.exit_code)
    assert f"endpoint aloha was changed by somebody else during its rollout: {words}" == only_error(result).message


def test_a_version_that_somebody_else_rolled_out_meanwhile_makes_the_plan_stale():
    world = serving_world(2)
    pushed(world)
    pushed(world, "three")
    _, result = overtaken(world, update(2), lambda: (roll_out(world, "v2"), world.settle()))

    assert "endpoint aloha moved since the plan was made: version was v0, now it is v2" == only_error(result).message


def test_other_gpus_that_somebody_else_set_meanwhile_make_the_plan_stale():
    world = serving_world(2)
    pushed(world)
    _, result = overtaken(world, update(2), lambda: (roll_out(world, "v0", gpus_per_replica=4), world.settle()))

    assert (
        "endpoint aloha moved since the plan was made: gpus_per_replica was 0, now it is 4"
        == only_error(result).message
    )


def test_another_number_that_somebody_else_set_meanwhile_makes_the_plan_stale():
    world = serving_world(2)
    pushed(world)
    _, result = overtaken(world, update(2), lambda: world.platform.scale("aloha", replicas=3))

    assert "endpoint aloha moved since the plan was made: replicas was 2, now it is 3" == only_error(result).message


def test_an_endpoint_that_is_gone_makes_the_plan_stale():
    world = serving_world(2)
    pushed(world)
    _, result = overtaken(world, update(2), lambda: world.platform.remove("aloha"))

    assert (
        "endpoint aloha moved since the plan was made: the endpoint was there, now it is gone"
        == only_error(result).message
    )


def test_an_endpoint_that_goes_away_during_the_rollout_supersedes_the_step():
    world = serving_world(2)
    world.clock.at(world.clock.monotonic() + 0.5, lambda: world.platform.remove("aloha"))
    result = world.apply(update(2))

    assert "endpoint aloha was changed by somebody else during its rollout: it is gone" == only_error(result).message


def test_a_change_of_gpus_rolls_the_same_version():
    world = serving_world(2)
    result = world.apply(update(2, "one", gpus_per_replica=2, rollout={"batches": [1]}))
    live = world.platform.live("aloha")

    assert (ExitCode.DONE, "v0", 2, [1, 2]) == (
        result.exit_code,
        live.version,
        live.gpus_per_replica,
        checkpoints(world),
    )
