import asyncio

import pytest

from gitops.local.gateway.limits import Limits
from gitops.local.gateway.routes import Routes, drain
from gitops.local.gateway.tally import Tally
from gitops.local.runtime import Runtime
from tests.unit.local.worlds import EPOCH


@pytest.fixture
def routes():
    return Routes(Tally(EPOCH))


def test_the_replica_with_the_fewest_requests_is_picked(routes):
    busy, idle = (routes.put_in("aloha", name, "v0", 1) for name in ("a", "b"))
    busy.begin()

    assert routes.pick("aloha") is idle


def test_replicas_that_are_equally_busy_take_turns(routes):
    for name in ("a", "b", "c"):
        routes.put_in("aloha", name, "v0", 1)

    assert [routes.pick("aloha").replica for _ in range(6)] == ["a", "b", "c", "a", "b", "c"]


def test_a_replica_that_was_taken_out_is_never_picked(routes):
    route = routes.put_in("aloha", "a", "v0", 1)
    routes.take_out("aloha", route)
    routes.take_out("aloha", route)

    assert routes.pick("aloha") is None
    assert routes.knows("aloha")


def test_a_replica_that_was_tried_is_not_picked_again(routes):
    route = routes.put_in("aloha", "a", "v0", 1)

    assert routes.pick("aloha", [route]) is None


def test_draining_waits_for_the_last_request_and_cuts_nothing(routes):
    async def story():
        route = routes.put_in("aloha", "a", "v0", 1)
        route.begin()
        draining = asyncio.create_task(drain(route, 60))
        await asyncio.sleep(0)
        assert not draining.done()
        route.end()
        return await draining

    assert asyncio.run(story()) == 0


def test_draining_cuts_what_outlasts_its_time(routes):
    async def story():
        route = routes.put_in("aloha", "a", "v0", 1)

        async def call():
            route.calls.add(asyncio.current_task())
            route.begin()
            try:
                await asyncio.sleep(3600)
            finally:
                route.end()

        task = asyncio.create_task(call())
        await asyncio.sleep(0)
        cut = await drain(route, 0.01)
        return cut, task.cancelled()

    assert asyncio.run(story()) == (1, True)


def test_a_replica_may_be_silent_for_as_long_as_its_requests_allow(routes):
    route = routes.put_in("aloha", "a", "v0", 1, Runtime(request_timeout_s=7.0))
    idle = route.patience_s
    route.begin()
    busy = route.patience_s
    with route.slowly():
        slow = route.patience_s
    route.end()

    assert (idle, busy, slow, route.patience_s) == (0.0, 7.0, Limits().silence_s + Limits().body_grace_s, 0.0)
