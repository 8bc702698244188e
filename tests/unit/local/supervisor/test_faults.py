"""Replicas that crash, hang, leak and never get ready, and clocks that jump: what the supervisor makes of it."""

import asyncio
import itertools
from contextlib import suppress
from datetime import timedelta

import pytest

from gitops.errors import DataFolderError
from gitops.local.supervisor.bereavement import STEADY_S
from gitops.local.supervisor.pulse import SILENT_S
from gitops.model.live import Phase, Verdict
from tests.fakes.system import Behaviour
from tests.unit.local.town import tell as tell_in


@pytest.fixture
def tell(tmp_path):
    """Run a story in a town in virtual time; afterwards nothing lives."""
    return lambda story, **config: tell_in(tmp_path, story, **config)


def starts(town):
    """When replicas were started, in seconds, and how long after the one before."""
    times = [event.at for event in town.events if event.kind == "replica_starting"]
    return [round((after - before).total_seconds(), 1) for before, after in itertools.pairwise(times)]


def test_a_killed_replica_is_back_within_its_own_start_time_and_a_moment(tell):
    async def story(town):
        town.create(4)
        await town.serving()
        began = asyncio.get_running_loop().time()
        for _ in range(20):
            town.system.living[0].die(-9)
            await town.until(lambda live: live.ready == 3)
            killed = asyncio.get_running_loop().time()
            await town.until(lambda live: live.ready == 4)
            assert asyncio.get_running_loop().time() - killed < town.system.living[0].behaviour.start_s + 1
            await asyncio.sleep(1)
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(STEADY_S + 1)
        return town.live.trouble, took < 35

    assert tell(story) == (None, True)


def test_a_crash_loop_backs_off_and_is_shown_with_its_reason(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        town.system.living[0].die(1)
        live = await town.until(lambda live: live.trouble and live.trouble.crashes == 8)
        return live, starts(town)

    live, gaps = tell(story)

    assert gaps[1:] == [1.1, 2.1, 4.1, 8.1, 16.1, 30.1]
    assert (live.phase, live.trouble.replica, live.trouble.version) == (Phase.RECOVERING, "aloha-8", "v0")
    assert "exited with status 1" in live.trouble.reason
    assert live.trouble.next_start_at is not None


def test_a_first_version_that_crashes_fails_and_no_next_start_is_announced(tell):
    async def story(town):
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        town.create(1)
        return await town.until(lambda live: live.phase is Phase.FAILED)

    live = tell(story)

    assert (live.trouble.crashes, live.trouble.next_start_at) == (3, None)


def test_a_crash_loop_is_over_once_its_replicas_have_lasted(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.system.living[0].die(1)
        await town.until(lambda live: live.ready == 1 and live.trouble)
        began = asyncio.get_running_loop().time()
        live = await town.until(lambda live: live.trouble is None)
        return live.message, asyncio.get_running_loop().time() - began, town.kinds[-1]

    message, took, last = tell(story)

    assert (message, last) == ("", "recovered")
    assert STEADY_S - 1 < took < STEADY_S + 1


def test_a_crash_loop_of_a_new_version_does_not_delay_the_old_one(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.system.behaviours["v1"] = Behaviour(crash_s=0.05)
        town.roll_out("v1")
        await town.until(lambda live: live.rollout.version == "v1" and live.trouble)
        town.system.living[0].die(-9)
        killed = asyncio.get_running_loop().time()
        await town.until(lambda live: live.ready_on("v0") == 1)
        await town.until(lambda live: live.ready_on("v0") == 2)
        took = asyncio.get_running_loop().time() - killed
        await town.until(lambda live: live.rollout.verdict is Verdict.ROLLED_BACK)
        return took, town.live.trouble

    took, trouble = tell(story)

    assert took < 1
    assert trouble is None


def test_a_replica_that_hangs_is_replaced(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        hung = town.system.living[0]
        hung.behaviour = Behaviour(hangs=True)
        hung_at = asyncio.get_running_loop().time()
        await town.until(lambda live: live.ready == 1)
        took = asyncio.get_running_loop().time() - hung_at
        await town.until(lambda live: live.ready == 2)
        return took, hung.alive, [event.detail["reason"] for event in town.events if event.kind == "replica_failed"]

    took, alive, (reason,) = tell(story)

    assert SILENT_S <= took < SILENT_S + 3
    assert not alive
    assert "stopped answering" in reason


def test_a_replica_that_is_busy_is_not_taken_for_hung(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        (process,) = town.system.living
        process.behaviour = Behaviour(hangs=True)
        (route,) = town.site.routes._ready["aloha"]
        route.begin()
        await asyncio.sleep(SILENT_S + 25)
        alive = process.alive
        await town.until(lambda live: not process.alive)
        return alive

    assert tell(story) is True


def test_a_replica_that_uses_more_memory_than_its_card_allows_is_replaced(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        leaking = town.system.living[0]
        leaking.behaviour = Behaviour(bytes=600 << 20)
        await town.until(lambda live: not leaking.alive)
        return (await town.until(lambda live: live.ready == 1 and live.trouble)).trouble.reason

    assert tell(story, memory="512m") == "it used 600 MiB, more than its memory of 512 MiB"


def test_a_replica_that_is_not_ready_in_time_is_ended_and_counts_as_a_crash(tell):
    async def story(town):
        town.system.behaviours["v0"] = Behaviour(start_s=None)
        town.create(1, deadline_s=3600)
        return await town.until(lambda live: live.phase is Phase.FAILED)

    live = tell(story, deploy_timeout=40)

    assert "not ready after 40s" in live.message
    assert live.rollout.verdict is Verdict.FAILED


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_wall_clock_that_jumps_changes_nothing(tell, jump):
    async def story(town):
        town.create(2)
        await town.serving()
        town.roll_out("v1", updated=1)
        await town.until(lambda live: live.phase is Phase.PAUSED)
        town.jump = jump
        town.roll_out("v1")
        await asyncio.sleep(0.05)
        await town.kill()
        live = await town.serving("v1")
        return live.ready, town.kinds.count("replica_failed"), len(town.system.living)

    assert tell(story) == (2, 0, 2)


def test_replicas_that_die_while_the_disk_is_full_are_back_as_soon_as_there_is_space(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        (pages,) = town.store._db.execute("PRAGMA page_count").fetchone()
        town.store._db.execute(f"PRAGMA max_page_count = {pages}")
        with suppress(DataFolderError):
            for number in range(10_000):
                town.scale(2 + number % 2)
        serving = town.live.ready
        for process in town.system.living:
            process.die(-9)
        await asyncio.sleep(10)
        alone = town.live.ready
        town.store._db.execute("PRAGMA max_page_count = 1000000")
        town.scale(2)
        await town.serving()
        await town.kill()
        live = await town.serving()
        return serving >= 2, alone, live.ready, len(town.system.living), len(town.store.living())

    assert tell(story) == (True, 0, 2, 2, 2)


def test_a_bootstrap_that_fails_is_a_failed_version_and_no_crash_loop(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.spoiled.add("v1")
        town.roll_out("v1")
        live = await town.until(lambda live: live.rollout.verdict is Verdict.ROLLED_BACK)
        starts_of_it = [one for one in town.events if one.kind == "replica_starting" and one.version == "v1"]
        return live.rollout.reason, live.ready_on("v0"), live.trouble, len(starts_of_it), len(town.system.processes)

    reason, ready, trouble, starts_of_it, processes = tell(story)

    assert reason == "the bootstrap exited with status 3; it last said: no such wheel"
    assert (ready, trouble, starts_of_it, processes) == (2, None, 1, 2)


def test_a_first_version_whose_bootstrap_fails_fails_its_endpoint_at_once(tell):
    async def story(town):
        town.spoiled.add("v0")
        town.create(3)
        return await town.until(lambda live: live.phase is Phase.FAILED)

    assert "bootstrap exited with status 3" in tell(story).message


def test_a_long_bootstrap_takes_nothing_of_the_rollouts_deadline(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.bootstraps["v1"] = 300.0
        town.roll_out("v1", deadline_s=10)
        live = await town.serving("v1")
        waits = [one.detail.get("waited_for_bootstrap_s") for one in town.events if one.kind == "replica_launched"]
        return live.ready, max(filter(None, waits))

    assert tell(story) == (2, 300.0)


def test_a_replica_that_waits_for_a_bootstrap_can_be_stopped_at_once(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.bootstraps["v1"] = 3600.0
        town.roll_out("v1")
        await town.until(lambda live: len(live.members) == 3)
        await asyncio.sleep(1)
        town.roll_out("v0")
        began = asyncio.get_running_loop().time()
        await town.until(lambda live: len(live.members) == 2)
        return asyncio.get_running_loop().time() - began

    assert tell(story) < 1


def test_a_paused_rollout_that_loses_a_replica_after_a_long_pause_is_not_put_back(tell):
    async def story(town):
        town.create(3)
        await town.serving()
        town.roll_out("v1", updated=1, deadline_s=60)
        await town.until(lambda live: live.phase is Phase.PAUSED)
        await asyncio.sleep(3600)
        next(process for process in town.system.living if process.version == "v1").die(-9)
        await town.until(lambda live: live.ready_on("v1") == 0)
        live = await town.until(lambda live: live.phase is Phase.PAUSED)
        return live.ready_on("v1"), live.ready_on("v0"), live.rollout.verdict

    assert tell(story) == (1, 2, Verdict.PAUSED)


def test_what_was_lost_is_no_word_any_more_once_it_is_made_up_for_also_by_a_scale(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.system.living[0].die(-9)
        await town.until(lambda live: live.ready == 1)
        town.scale(3)
        await town.serving()
        return (await town.until(lambda live: not live.message)).phase

    assert tell(story) is Phase.SERVING


def test_a_newer_wish_that_cannot_be_kept_leaves_the_older_one_as_it_is(tell):
    async def story(town):
        town.system.behaviours["v0"] = Behaviour(start_s=5.0)
        town.create(2)
        await asyncio.sleep(1)
        append, town.store.append = town.store.append, _full_after(town.store.append, 1)
        with pytest.raises(DataFolderError):
            town.roll_out("v1")
        town.store.append = append
        live = await town.serving("v0")
        return live.ready, town.kinds.count("rollout_superseded")

    assert tell(story) == (2, 0)


def _full_after(append, times):
    left = iter(range(times))

    def appended(event):
        if next(left, None) is None:
            raise DataFolderError("no space left")
        append(event)

    return appended


def test_a_restart_does_not_shorten_a_rest(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        town.system.living[0].die(1)
        await town.until(lambda live: live.trouble and live.trouble.crashes == 6 and live.trouble.next_start_at)
        began = asyncio.get_running_loop().time()
        await town.kill()
        await town.until(lambda live: live.members)
        return asyncio.get_running_loop().time() - began

    assert 14 < tell(story) <= 16.1


def test_a_bootstrap_of_the_version_that_works_does_not_run_in_a_loop_without_a_rest(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.roll_out("v1", updated=1)
        town.spoiled.add("v0")
        for process in town.system.living:
            process.die(-9)
        town.roll_out("v0")
        await asyncio.sleep(60)
        return town.kinds.count("replica_starting")

    assert tell(story) < 20


@pytest.mark.parametrize("number", range(1, 40))
def test_a_call_to_the_system_that_fails_once_loses_no_replica_and_no_process(tell, number):
    """Whatever the system is asked, an unexpected failure ends with everything as it was wished."""

    async def story(town):
        town.system.fails_at = number
        town.create(2)
        await town.until(lambda live: live.phase in {Phase.SERVING, Phase.FAILED})
        town.roll_out("v1")
        await town.until(lambda live: live.version == "v1" and live.phase is Phase.SERVING)
        town.system.living[0].die(-9)
        await asyncio.sleep(1)
        town.scale(1)
        await town.until(lambda live: live.ready == len(live.members) == 1)
        await asyncio.sleep(60)
        return town.live.ready, len(town.system.living), len(town.live.members)

    assert tell(story) == (1, 1, 1)
