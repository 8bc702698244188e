"""The gateway alone, between a client and replicas that misbehave on purpose."""

import asyncio
import io

import aiohttp
import pytest
from aiohttp import web

from gitops.local.face.door import authorized
from gitops.local.gateway.routes import CUT
from gitops.local.system.ports import free_port
from tests.unit.local.gateway.town import KEY, tell


async def echo(request):
    return web.Response(body=await request.read(), headers={"X-Own": "kept"}, status=201)


def test_an_answer_passes_unchanged_and_names_replica_and_version():
    async def story(there):
        await there.replica(echo)
        status, body, headers = await there.ask(data=io.BytesIO(b"x" * 3_000_000))
        return status, len(body), headers["X-Own"], headers["X-Gitops-Replica"], headers["X-Gitops-Version"]

    assert tell(story) == (201, 3_000_000, "kept", "a", "v0")


def test_the_key_of_the_platform_is_not_shown_to_the_model():
    async def story(there):
        seen = {}

        async def handler(request):
            seen.update(request.headers)
            return web.Response()

        await there.replica(handler)
        await there.ask()
        return "Authorization" in seen

    assert tell(story) is False


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "key"}])
def test_without_the_key_nothing_reaches_a_replica(headers):
    async def story(there):
        return (await there.ask(headers=headers))[0]

    assert tell(story) == 401


def test_a_replica_that_refuses_the_connection_is_passed_over():
    async def story(there):
        gone = there.routes.put_in("aloha", "gone", "v0", free_port())
        await there.replica(echo, "good")
        answers = [await there.ask(data=b"1") for _ in range(4)]
        return {status for status, _, _ in answers}, gone.tally.requests, gone.in_flight

    assert tell(story) == ({201}, 0, 0)


async def hang_up(request):
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [("POST", {}, {502, 201}), ("GET", {}, {201}), ("POST", {"Idempotency-Key": "1"}, {201})],
)
def test_a_lost_connection_is_tried_again_only_if_the_request_may_be_repeated(method, headers, expected):
    async def story(there):
        await there.replica(hang_up, "bad")
        await there.replica(echo, "good")
        return {(await there.ask(method, headers={**KEY, **headers}))[0] for _ in range(4)}

    assert tell(story) == expected


def test_no_replica_is_503_with_a_time_to_come_back_and_is_counted():
    async def story(there):
        status, _, headers = await there.ask()
        return status, headers["Retry-After"], there.routes.tally("aloha").unrouted

    assert tell(story) == (503, "1", 1)


def test_a_key_that_is_no_text_is_refused_like_any_wrong_one():
    assert not authorized({"Authorization": "Bearer \udcff"}, b"Bearer key")


def test_an_unknown_endpoint_is_404():
    async def story(there):
        return (await there.ask(name="nobody"))[0]

    assert tell(story) == 404


def test_errors_of_the_model_are_counted_as_errors():
    async def story(there):
        async def broken(request):
            return web.Response(status=500)

        route = await there.replica(broken)
        await there.ask()
        return route.tally.requests, route.tally.errors

    assert tell(story) == (1, 1)


def test_a_client_that_leaves_is_counted_as_gone_and_frees_the_replica():
    async def story(there):
        begun, release = asyncio.Event(), asyncio.Event()

        async def slow(request):
            begun.set()
            await release.wait()
            return web.Response()

        route = await there.replica(slow)
        call = asyncio.create_task(there.ask())
        await begun.wait()
        call.cancel()
        await asyncio.wait_for(route.idle.wait(), 10)
        counted = route.tally.abandoned, route.tally.errors
        release.set()
        return counted

    assert tell(story) == (1, 0)


def test_a_call_that_is_cut_is_answered_with_502_and_counted():
    async def story(there):
        begun, release = asyncio.Event(), asyncio.Event()

        async def slow(request):
            begun.set()
            await release.wait()
            return web.Response()

        route = await there.replica(slow)
        call = asyncio.create_task(there.ask())
        await begun.wait()
        for one in list(route.calls):
            one.cancel(CUT)
        status, body, _ = await call
        release.set()
        return status, b"stopped" in body, route.tally.cut, route.tally.errors

    assert tell(story) == (502, True, 1, 1)


def test_an_answer_that_breaks_off_in_the_middle_is_visibly_broken():
    async def story(there):
        async def half(request):
            answer = web.StreamResponse()
            await answer.prepare(request)
            await answer.write(b"half")
            request.transport.close()
            return answer

        route = await there.replica(half)
        try:
            await there.ask()
            broken = False
        except aiohttp.ClientPayloadError:
            broken = True
        return broken, route.tally.errors

    assert tell(story) == (True, 1)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"this is not HTTP\r\n\r\n", 502, None),
    ],
)
def test_a_replica_may_speak_http_in_every_way_and_nothing_else(answer, status, body):
    async def story(there):
        server, _ = await there.raw_replica(answer)
        got = await there.ask("GET")
        server.close()
        return got

    got_status, got_body, _ = tell(story)

    assert got_status == status
    assert body in {None, got_body}


def test_a_connection_to_a_replica_is_used_again():
    async def story(there):
        server, connections = await there.raw_replica(OK)
        for _ in range(5):
            await there.ask("GET")
        server.close()
        return len(connections)

    assert tell(story) == 1


def test_a_head_request_has_no_body_and_keeps_its_length():
    async def story(there):
        server, _ = await there.raw_replica(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        status, body, headers = await there.ask("HEAD")
        server.close()
        return status, body, headers["Content-Length"]

    assert tell(story) == (200, b"", "2")
