"""The supervisor on fake processes: what it does when the world, the disk or the timing is against it."""

import asyncio

import pytest

from gitops.errors import DataFolderError
from gitops.model.live import Phase
from gitops.wire.messages import PutScale
from tests.unit.local.town import tell as tell_in


@pytest.fixture
def tell(tmp_path):
    """Run a story in a town in virtual time; afterwards nothing lives."""
    return lambda story, **config: tell_in(tmp_path, story, **config)


def test_a_full_disk_in_a_rollout_stops_it_and_space_lets_it_go_on(tell):
    async def story(town):
        town.create()
        await town.serving()
        (pages,) = town.store._db.execute("PRAGMA page_count").fetchone()
        town.roll_out("v1", updated=1)
        await town.until(lambda live: live.phase is Phase.PAUSED)
        town.store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DataFolderError):
            for number in range(10_000):
                town.supervisor.scale("aloha", PutScale(replicas=2 + number % 2))
        town.store._db.execute("PRAGMA max_page_count = 1000000")
        town.supervisor.scale("aloha", PutScale(replicas=2))
        town.roll_out("v1")
        return await town.serving("v1")

    live = tell(story)

    assert (live.ready, live.replicas) == (2, 2)


def test_a_wish_that_cannot_be_kept_changes_nothing(tell):
    async def story(town):
        town.create()
        await town.serving()
        before = town.live

        def full(*_arguments, **_more):
            raise DataFolderError("no space")

        town.site.journal.write = full
        with pytest.raises(DataFolderError):
            town.supervisor.scale("aloha", PutScale(replicas=5))
        del town.site.journal.write
        return before == town.live

    assert tell(story)


def test_a_replica_that_is_stopped_while_it_is_being_started_leaves_no_process(tell):
    async def story(town):
        town.create()
        await town.serving()
        town.system.slow_start = asyncio.Event()
        town.roll_out("v1")
        await town.until(lambda live: len(live.members) == 3)
        town.roll_out("v2")
        await asyncio.sleep(0)
        town.system.slow_start.set()
        return await town.serving("v2")

    assert {member.version for member in tell(story).members} == {"v2"}


def test_a_system_that_cannot_start_a_process_is_a_crash_with_its_reason(tell):
    async def story(town):
        town.system.refusing = True
        town.create()
        return await town.until(lambda live: live.phase is Phase.FAILED)

    assert "Too many open files" in tell(story).message


def test_a_replica_that_dies_is_replaced_after_a_moment(tell):
    async def story(town):
        town.create()
        await town.serving()
        town.system.processes[0].die(-9)
        await town.until(lambda live: live.ready == 1)
        await town.serving()
        return town.kinds

    kinds = tell(story)

    assert kinds.count("replica_failed") == 1
    assert kinds.count("replica_starting") == 3


def test_replicas_that_outlive_a_killed_supervisor_are_adopted(tell):
    async def story(town):
        town.create(3)
        before = {member.pid for member in (await town.serving()).members}
        await town.kill()
        after = {member.pid for member in town.live.members}
        ready_at_once = town.live.ready
        await town.serving()
        return before == after, ready_at_once, town.kinds.count("replica_adopted"), len(town.system.living)

    assert tell(story) == (True, 3, 3, 3)


def test_replicas_that_died_with_the_supervisor_are_replaced_and_nobody_is_to_blame(tell):
    async def story(town):
        town.create(3)
        await town.serving()
        for process in town.system.living[:2]:
            process.die(-9)
        await town.kill()
        phase = town.live.phase
        live = await town.serving()
        return phase, live.ready, live.trouble, town.kinds.count("replica_stopped"), len(town.system.living)

    assert tell(story) == (Phase.RECOVERING, 3, None, 2, 3)


def test_a_process_with_the_same_number_and_another_token_is_not_adopted(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        (process,) = town.system.living
        process.token = "another"
        await town.kill()
        await town.serving()
        return process.alive, [one.token for one in town.system.living] == [town.store.living()[0].token]

    assert tell(story) == (False, True)


def test_the_same_wishes_again_write_nothing(tell):
    async def story(town):
        town.create()
        await town.serving()
        before = town.kinds
        town.create()
        town.roll_out("v0")
        town.supervisor.scale("aloha", PutScale(replicas=2))
        return before == town.kinds

    assert tell(story)


def test_an_end_that_comes_together_with_a_wish_is_an_end(tell):
    async def story(town):
        town.create()
        await town.serving()
        town.roll_out("v1")
        await asyncio.sleep(0.001)
        keeper = town.supervisor.keeper("aloha")
        asyncio.get_running_loop().call_soon(keeper.wish, keeper.endpoint, "scaled")
        closing = asyncio.create_task(town.supervisor.close())
        async with asyncio.timeout(60):
            await closing
        return town.system.living

    assert not tell(story)
