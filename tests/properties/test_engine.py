"""What must hold for every apply, whatever the files ask for and whatever the platform was doing before."""

from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitops.errors import ExitCode
from gitops.model.desired import Desired
from gitops.model.health import serving, settled
from gitops.planning.numbers import wanted_replicas
from gitops.planning.rollout import room as planned_room
from tests.builders import make_card
from tests.fakes.replicas import Behaviour, Moment
from tests.strategies import (
    BAD,
    GOOD,
    Move,
    Whim,
    behaviours,
    desireds,
    let_autoscalers_move,
    pasts,
    quantities,
    whims,
    world_after,
)


@settings(max_examples=100)
@given(desireds(), pasts, whims)
def test_after_one_apply_a_second_plan_has_no_step_whatever_autoscalers_do(
    desired: Desired, past: list[Move], moves: list[Whim]
):
    world = world_after(past)
    let_autoscalers_move(world, moves)
    result = world.apply(desired)

    assert ExitCode.DONE == result.exit_code, result
    assert () == world.plan(desired).steps
    assert () == world.plan(desired).changes


@settings(max_examples=100)
@given(desireds(), pasts)
def test_after_one_apply_exactly_what_is_declared_serves(desired: Desired, past: list[Move]):
    world = world_after(past)
    world.apply(desired, parallelism=2)

    for name, declared in desired.endpoints.items():
        live, endpoint = world.platform.live(name), declared.endpoint
        assert declared.digest == live.digest
        assert endpoint.autoscale == live.policy
        assert live.replicas == wanted_replicas(endpoint, live)
        assert serving(live, live.version or "", live.replicas, endpoint.gpus_per_replica)
        assert settled(live)


@settings(max_examples=100)
@given(desireds(), pasts, whims)
def test_a_plan_stays_good_however_autoscalers_move_before_and_during_its_apply(
    desired: Desired, past: list[Move], moves: list[Whim]
):
    world = world_after(past)
    world.settle()
    planned = world.plan(desired)
    let_autoscalers_move(world, moves)

    assert planned.steps == world.plan(desired).steps
    assert ExitCode.DONE == world.execute(planned, desired).exit_code
    world.settle()
    assert () == world.plan(desired).steps


@settings(max_examples=100)
@given(desireds(), pasts, st.floats(0, 30), whims)
def test_an_apply_that_is_stopped_anywhere_is_finished_by_the_next_one(
    desired: Desired, past: list[Move], stop_at: float, moves: list[Whim]
):
    world = world_after(past)
    let_autoscalers_move(world, moves)
    world.clock.at(world.clock.monotonic() + stop_at, world.stop.set)
    first = world.apply(desired)
    assert first.exit_code in {ExitCode.DONE, ExitCode.INTERRUPTED}

    again = world_after([])
    again.platform, again.clock = world.platform, world.clock
    result = again.apply(desired)

    assert ExitCode.DONE == result.exit_code, result
    assert () == again.plan(desired).steps


@settings(max_examples=100)
@given(desireds(), pasts)
def test_a_version_is_never_pushed_twice(desired: Desired, past: list[Move]):
    world = world_after(past)
    world.apply(desired)
    digests = [version.digest for version in world.platform.pushed("aloha")]

    assert len(digests) == len(set(digests))


@given(
    replicas=st.integers(1, 6),
    surge=quantities,
    unavailable=quantities,
    steps=st.lists(
        st.tuples(st.sampled_from([*GOOD, *BAD]), st.integers(1, 6), st.floats(0, 12)), min_size=1, max_size=5
    ),
    good=behaviours,
)
def test_the_fake_keeps_ready_and_total_within_bounds_at_every_moment_of_its_rollouts(
    replicas: int,
    surge: int | str,
    unavailable: int | str,
    steps: list[tuple[str, int, float]],
    good: Behaviour,
):
    room = {"max_surge": surge, "max_unavailable": unavailable}
    assume(any(planned_room(surge, unavailable, replicas)))
    world = world_after([Move("create", "north", "one", replicas, 0, 60.0)])
    for marker in GOOD:
        world.behave(make_card(marker=marker), good)
    begun = len(world.platform.moments("north"))
    for marker, updated, wait_s in steps:
        version = world.platform.push(make_card(marker=marker), Path("/nowhere")).name
        world.platform.roll_out(
            "north", version=version, gpus_per_replica=0, updated=updated, progress_deadline_s=5, **room
        )
        world.clock.sleep(wait_s)
    world.settle()

    assert [] == [moment for moment in world.platform.moments("north")[begun:] if not _within_bounds(moment)]


def _within_bounds(moment: Moment) -> bool:
    enough = moment.ready >= moment.replicas - moment.unavailable
    return enough and moment.total <= moment.replicas + moment.surge
