"""Deleting an endpoint on fake processes: it drains, it is gone, and whatever happens on the way it stays deleted."""

import asyncio

import pytest

from gitops.errors import Conflict, DataFolderError, Rejected
from gitops.model.live import Phase, ReplicaState
from tests.unit.local.town import tell as tell_in


@pytest.fixture
def tell(tmp_path):
    """Run a story in a town in virtual time; afterwards nothing lives."""
    return lambda story, **config: tell_in(tmp_path, story, **config)


def test_requests_in_flight_finish_and_no_new_one_is_taken_meanwhile(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        route = town.hold()
        town.delete()
        await asyncio.sleep(3)
        seen = town.live
        taken = town.site.routes.knows("aloha"), town.site.routes.pick("aloha")
        route.end()
        began = asyncio.get_running_loop().time()
        await town.gone()
        stopped = [event.detail for event in town.events if event.kind == "replica_stopped"]
        return seen, taken, stopped, asyncio.get_running_loop().time() - began, town.system.living

    seen, taken, stopped, took, living = tell(story)

    assert (seen.phase, seen.raw_status, seen.rollout, seen.ready) == (Phase.DELETING, "deleting", None, 0)
    assert [member.state for member in seen.members] == [ReplicaState.DRAINING]
    assert taken == (False, None)
    assert (stopped, took < 1, living) == ([{}, {}], True, [])


def test_a_request_that_outlasts_the_drain_time_is_cut(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        route = town.hold()
        call = asyncio.create_task(asyncio.sleep(3600))
        route.calls.add(call)
        call.add_done_callback(lambda _: route.end())
        town.delete()
        began = asyncio.get_running_loop().time()
        await town.gone()
        return call.cancelled(), asyncio.get_running_loop().time() - began, town.events[-2].detail

    cut, took, detail = tell(story)

    assert (cut, detail) == (True, {"cut": 1})
    assert 5 <= took < 6


def test_the_log_tells_of_every_replica_and_then_of_the_end(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        before = len(town.kinds)
        town.delete()
        town.delete()
        await town.gone()
        town.delete()
        return town.kinds[before:]

    kinds = tell(story)

    assert (kinds[0], kinds[-1]) == ("endpoint_deleting", "endpoint_deleted")
    assert sorted(kinds[1:-1]) == ["replica_draining"] * 2 + ["replica_stopped"] * 2


def test_nothing_else_can_be_asked_until_it_is_gone_and_then_the_name_is_free(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        town.hold()
        town.delete()
        refused = []
        for wish in (lambda: town.scale(3), lambda: town.roll_out("v1"), lambda: town.autoscale(None)):
            with pytest.raises(Rejected) as caught:
                wish()
            refused.append(caught.value.message)
        with pytest.raises(Conflict):
            town.create(2)
        await town.gone()
        with pytest.raises(Rejected):
            town.scale(3)
        town.create(1, "v1")
        return refused, [member.id for member in (await town.serving("v1")).members]

    assert tell(story) == (["endpoint aloha is being deleted"] * 3, ["aloha-3"])


def test_the_counters_of_the_next_endpoint_of_that_name_begin_at_zero(tell):
    async def story(town):
        town.create(1)
        await town.serving()
        town.arrive(7)
        town.site.routes.tally("aloha").replica("aloha-1", "v0").answered(5.0, error=False)
        before = town.tally.counters("aloha", town.now())
        await asyncio.sleep(10)
        town.delete()
        await town.gone()
        town.create(1)
        await town.serving()
        after = town.tally.counters("aloha", town.now())
        return before, after, town.site.routes.tally("aloha").arrived

    before, after, arrived = tell(story)

    assert (len(before.replicas), [one.replica for one in after.replicas], arrived) == (1, ["aloha-2"], 0)
    assert before.generation != after.generation
    assert (after.since - before.since).total_seconds() > 10


def test_a_deletion_that_a_kill_interrupts_goes_on_and_starts_nothing(tell):
    async def story(town):
        town.create(3)
        await town.serving()
        town.hold()
        town.delete()
        await asyncio.sleep(1)
        left = len(town.system.living)
        await town.kill()
        back = town.live.phase, town.site.routes.knows("aloha")
        await town.gone()
        return left, back, town.kinds.count("replica_starting"), town.system.living, town.store.endpoints()

    assert tell(story) == (1, (Phase.DELETING, False), 3, [], [])


def test_a_deletion_that_cannot_be_kept_changes_nothing(tell):
    async def story(town):
        town.create(2)
        await town.serving()

        def full(*_arguments, **_more):
            raise DataFolderError("no space")

        town.site.journal.write = full
        with pytest.raises(DataFolderError):
            town.delete()
        del town.site.journal.write
        return town.live.phase, town.live.ready

    assert tell(story) == (Phase.SERVING, 2)


def test_the_end_of_an_endpoint_is_insisted_on_until_it_can_be_kept(tell):
    async def story(town):
        town.create(2)
        await town.serving()
        forget, left = town.site.journal.forget, iter(range(3))

        def full(endpoint):
            if next(left, None) is not None:
                raise DataFolderError("no space")
            forget(endpoint)

        town.site.journal.forget = full
        town.delete()
        await town.gone()
        return next(left, None), town.kinds.count("replica_stopped"), town.kinds[-1]

    assert tell(story) == (None, 2, "endpoint_deleted")


def test_one_whose_replicas_start_or_crash_is_deleted_as_any_other(tell):
    async def story(town):
        town.bootstraps["v0"] = 3600.0
        town.create(2)
        await asyncio.sleep(1)
        town.delete()
        began = asyncio.get_running_loop().time()
        await town.gone()
        return asyncio.get_running_loop().time() - began < 1, town.system.processes

    assert tell(story) == (True, [])
