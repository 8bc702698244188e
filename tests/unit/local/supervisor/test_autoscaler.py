"""Autoscaling on the supervisor: up at once, down after the delay, never during a rollout, every move an event."""

import asyncio

import pytest

from gitops.model.autoscale import Autoscale
from gitops.model.live import Phase
from tests.unit.local.town import tell as tell_in

POLICY = Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10, window=10.0, scale_down_delay=30.0)


@pytest.fixture
def tell(tmp_path):
    """Run a story in a town in virtual time; afterwards nothing lives."""
    return lambda story, **config: tell_in(tmp_path, story, **config)


async def load(town, rate, seconds):
    """So many requests a second."""
    for _ in range(int(seconds * 4)):
        town.arrive(rate // 4 if rate % 4 == 0 else round(rate / 4))
        await asyncio.sleep(0.25)


def moves(town):
    return [(event.detail["before"], event.detail["after"]) for event in town.events if event.kind == "autoscaled"]


def test_a_step_goes_up_within_window_start_and_a_second_and_down_after_the_delay(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        began = asyncio.get_running_loop().time()
        loading = asyncio.create_task(load(town, 4, 60))
        await town.until(lambda live: live.ready == 4)
        up = asyncio.get_running_loop().time() - began
        await loading
        ended = asyncio.get_running_loop().time()
        await town.until(lambda live: live.replicas == 1)
        down = asyncio.get_running_loop().time() - ended
        await town.serving()
        return up, down, moves(town)

    up, down, moved = tell(story)

    print(f"\nup to 4 after {up:.1f} s (window 10 s), down to 1 after {down:.1f} s (delay 30 s): {moved}")
    assert up < 10 + 0.2 + 1
    assert down > 30
    assert moved[:3] == [(1, 2), (2, 3), (3, 4)]


def test_a_square_wave_shorter_than_the_delay_never_scales_down_and_moves_at_most_max_minus_min_times(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        for _ in range(10):
            await load(town, 8, 10)
            await asyncio.sleep(POLICY.scale_down_delay - POLICY.window - 5)
        return moves(town)

    moved = tell(story)

    print(f"\nten waves: {moved}")
    assert all(after > before for before, after in moved)
    assert len(moved) <= POLICY.max_replicas - POLICY.min_replicas


def test_a_rollout_suspends_it_and_what_was_missed_is_made_up_for_afterwards(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        town.roll_out("v1", updated=1)
        town.roll_out("v1")
        town.system.behaviours.clear()
        await town.until(lambda live: live.rollout.version == "v1")
        town.arrive(35)
        await asyncio.sleep(0)
        during = town.live
        live = await town.until(lambda live: live.version == "v1" and live.ready == 4)
        return during.replicas, during.autoscale.suspended, live.autoscale.decision.after

    assert tell(story) == (1, "a rollout is under way", 4)


@pytest.mark.parametrize(("there", "inside"), [(9, 4), (1, 2)])
def test_a_number_outside_the_bounds_is_brought_inside(tell, there, inside):
    async def story(town):
        town.create(there)
        await town.serving()
        town.autoscale(POLICY.model_copy(update={"min_replicas": 2}))
        return (await town.until(lambda live: live.ready == len(live.members) == inside)).replicas

    assert tell(story) == inside


def test_a_policy_that_is_removed_leaves_the_number_as_it_is(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        town.arrive(35)
        await town.until(lambda live: live.ready == 4)
        town.autoscale(None)
        await asyncio.sleep(120)
        return town.live.replicas, town.live.autoscale, town.kinds[-1]

    assert tell(story) == (4, None, "autoscale_removed")


def test_the_same_policy_again_writes_nothing(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        before = town.kinds
        town.autoscale(POLICY)
        return before == town.kinds

    assert tell(story)


def test_a_restart_does_not_take_the_silence_before_it_for_silence(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        town.arrive(35)
        await town.until(lambda live: live.ready == 4)
        await town.kill()
        began = asyncio.get_running_loop().time()
        await town.until(lambda live: live.replicas == 1)
        return asyncio.get_running_loop().time() - began > POLICY.scale_down_delay, town.live.autoscale.policy == POLICY

    assert tell(story) == (True, True)


def test_an_endpoint_that_never_served_is_not_scaled(tell):
    async def story(town):
        from tests.fakes.system import Behaviour

        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        town.create(1)
        await town.until(lambda live: live.phase is Phase.FAILED)
        town.autoscale(POLICY)
        town.arrive(1000)
        await asyncio.sleep(60)
        return town.live.replicas, town.live.autoscale.suspended

    assert tell(story) == (1, "nothing of it has served yet")


def test_every_decision_is_an_event_with_its_numbers(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        town.arrive(35)
        await town.until(lambda live: live.replicas == 4)
        return town.events[-1] if town.events[-1].kind == "autoscaled" else town.events[-2]

    event = next(event for event in tell(lambda town: _events(story, town)) if event.kind == "autoscaled")

    numbers = {"before": 1, "after": 4, "requests": 35, "wanted": 4, "highest": 4, "window_s": 10.0}
    assert event.detail == numbers


async def _events(story, town):
    await story(town)
    return town.events
