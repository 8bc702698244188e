"""Waiting: patient while something moves, talkative but not noisy, and never longer than it makes sense."""

from gitops.engine.requests import PATIENCE_S
from gitops.errors import ErrorCode, ExitCode
from gitops.model.event import StepProgressed
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.platform import Fault, unreachable
from tests.fakes.replicas import Behaviour
from tests.fakes.world import World
from tests.unit.engine.scenes import serving_world, update


def slow_world(start_s: float) -> World:
    world = World()
    world.behave(make_card(), Behaviour(start_s=start_s))
    return world


def progress(world: World) -> list[StepProgressed]:
    return world.sink.of(StepProgressed)


def test_progress_names_the_endpoint_the_condition_and_how_far_it_is():
    world = slow_world(3)
    world.apply(make_desired(make_endpoint(replicas=2)))
    first = progress(world)[0]

    assert ("endpoint aloha", "2 replicas ready", 0, 2, None) == (
        first.subject,
        first.waiting_for,
        first.ready,
        first.total,
        first.goal,
    )


def test_a_wait_in_which_nothing_changes_is_told_about_every_ten_seconds():
    world = slow_world(65)
    world.apply(make_desired(make_endpoint(rollout={"progress_deadline": "2m"})))

    assert 8 == len(progress(world))
    assert sorted(event.elapsed_s for event in progress(world)) == [event.elapsed_s for event in progress(world)]


def test_a_change_is_told_about_at_once():
    world = serving_world(1)
    world.apply(update(3, "one"))

    assert [(1, 3), (3, 3)] == [(event.ready, event.total) for event in progress(world)]


def test_reading_begins_often_and_becomes_seldom():
    world = slow_world(60)
    world.apply(make_desired(make_endpoint(rollout={"progress_deadline": "2m"})))
    reads = sum(call.method == "read" for call in world.platform.calls)

    assert 60 < reads < 75


def test_a_platform_that_is_away_is_said_to_be_away_and_the_wait_goes_on():
    world = slow_world(10)
    world.platform.faults = {number: Fault(unreachable()) for number in range(8, 12)}
    result = world.apply(make_desired())

    assert ExitCode.DONE == result.exit_code
    assert "nobody answers at fake://platform; trying again" in {event.last_word for event in progress(world)}


def test_the_last_word_of_the_platform_travels_with_the_news():
    world = serving_world(1)
    world.behave(make_card(marker="two"), Behaviour(crash_s=0.3))
    world.apply(update(1))

    assert any("it exited with status 1" in event.last_word for event in progress(world))


def test_a_platform_that_stays_away_for_longer_than_a_restart_takes_ends_the_wait_with_its_own_fault():
    world = slow_world(10)
    world.clock.at(5, lambda: world.platform.restart(1e9))
    result = world.apply(make_desired(make_endpoint(rollout={"progress_deadline": "10m"})))

    assert (ErrorCode.UNREACHABLE, ExitCode.PARTLY_APPLIED) == (result.steps[1].error.code, result.exit_code)
    assert PATIENCE_S <= world.clock.monotonic() < PATIENCE_S + 30


def test_a_write_that_never_shows_ends_the_wait_for_want_of_progress():
    world = serving_world(1)
    world.platform.late_s = 1e9
    result = world.apply(update(2, "one", rollout={"progress_deadline": 20}))
    error = result.steps[0].error

    assert ErrorCode.NO_PROGRESS == error.code
    assert error.message.startswith("endpoint aloha has not moved for 50s, still waiting for 2 replicas ready")
    assert "gitops status" in error.hint


def test_an_endpoint_that_does_not_show_yet_has_no_numbers():
    world = World()
    world.platform.late_s = 2
    world.apply(make_desired())

    assert (None, None, "1 replica ready") == (
        progress(world)[0].ready,
        progress(world)[0].total,
        progress(world)[0].waiting_for,
    )


def test_a_bootstrap_that_runs_is_no_standstill_however_long_it_takes():
    world = World()
    world.behave(make_card(), Behaviour(bootstrap_s=900))
    result = world.apply(make_desired(make_endpoint(rollout={"progress_deadline": "20s"})))

    assert ExitCode.DONE == result.exit_code


def test_a_bootstrap_is_the_last_word_while_it_runs_and_its_time_alone_is_no_news():
    world = World()
    world.behave(make_card(), Behaviour(bootstrap_s=32))
    world.apply(make_desired())
    words = [event.last_word for event in progress(world)]

    assert "bootstrapping v0 for 0s" == words[0]
    assert 4 == len([word for word in words if word.startswith("bootstrapping v0 for")])
    assert "" == words[-1]
