"""Clients that mean no good: they learn nothing, hold nothing, and cost nobody else anything."""

import asyncio
import json
import logging
import tracemalloc

import pytest
from aiohttp import web

from tests.unit.local.gateway.town import head, tell

MIB = 1 << 20
CHUNKED = "Transfer-Encoding: chunked"


async def ok(request):
    await request.read()
    return web.Response(text="ok")


async def said(there, *bytes_sent):
    """Everything that a client of bytes is told until the connection ends."""
    reader, writer = await there.connect()
    for one in bytes_sent:
        writer.write(one)
    return await reader.read()


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


ANYWHERE = [
    "/inference/aloha",
    "/inference/nobody",
    "/inference/aloha/chat/completions",
    "/inference/api/v1/chat/completions",
    "/inference/aloha/../x",
    "/custom_inference/aloha/docs",
    "/custom_inference/nobody/docs",
    "/gitops/v1/platform",
    "/gitops/v1/nothing",
    "/metrics",
    "/",
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "CONNECT"])
@pytest.mark.parametrize("key", ["wrong", "", "key\udcff"])
def test_without_the_key_every_path_in_every_way_is_the_same_401(method, key):
    async def story(there):
        await there.replica(ok)
        found = set()
        for path in ANYWHERE:
            bare = "h:1" if method == "CONNECT" else path
            start = f"{method} {bare} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
            answer = await said(there, start.encode("utf-8", "surrogateescape"))
            found.add(answer.split(b"\r\n")[0])
        return found

    assert tell(story) == {b"HTTP/1.1 401 Unauthorized"}


def test_a_method_that_is_none_is_refused_alike_everywhere():
    async def story(there):
        await there.replica(ok)
        return {status_of(await said(there, head("BREW", path, key="wrong"))) for path in ANYWHERE}

    assert tell(story) == {400}


def test_the_401_of_an_endpoint_that_is_there_is_the_401_of_one_that_is_not():
    async def story(there):
        await there.replica(ok)
        asked = [head("POST", path, "Connection: close", key="wrong") for path in ANYWHERE[:2]]
        one, other = [await said(there, what) for what in asked]
        return one == other

    assert tell(story) is True


@pytest.mark.parametrize("path", ["/inference/aloha", "/inference/nobody", "/gitops/v1/nothing"])
@pytest.mark.parametrize("lines", [(f"Content-Length: {1 << 40}",), (CHUNKED,), (CHUNKED, "Expect: 100-continue")])
def test_without_the_key_no_body_is_read_or_asked_for(path, lines):
    async def story(there):
        await there.replica(ok)
        return await said(there, head("POST", path, *lines, key="wrong"))

    answer = tell(story, linger_s=0.1)

    assert answer.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in answer.lower()


def test_a_connection_that_sends_no_whole_head_is_ended():
    async def story(there):
        silent, _ = await there.connect()
        slow, writer = await there.connect()
        writer.write(b"POST /inference/aloha HTTP/1.1\r\nHost: h\r\nX-Slow: ")
        return await silent.read(), await slow.read()

    assert tell(story, head_s=0.2, look_s=0.05) == (b"", b"")


def test_a_connection_that_asks_without_the_key_is_ended_though_it_asks():
    async def story(there):
        reader, writer = await there.connect()
        writer.write(head("GET", key="wrong"))
        return status_of(await reader.read())

    assert tell(story, head_s=0.2, look_s=0.05) == 401


def test_a_connection_that_has_asked_once_is_ended_when_it_idles():
    async def story(there):
        await there.replica(ok)
        reader, writer = await there.connect()
        writer.write(head("GET"))
        await reader.readuntil(b"ok")
        writer.write(b"GET /inference/aloha HTTP/1.1\r\nX-Slow: ")
        return await reader.read()

    assert tell(story, head_s=30, idle_s=0.2) == b""


@pytest.mark.parametrize(
    ("lines", "begin"),
    [
        (("Content-Length: 100000",), b"abc"),
        ((f"Content-Length: {4 * MIB}",), b"abc"),
        ((CHUNKED,), b"3\r\nabc\r\n"),
    ],
    ids=["kept whole", "streamed", "in chunks"],
)
def test_a_body_that_comes_too_slowly_is_408_and_frees_the_replica(lines, begin):
    async def story(there):
        route = await there.replica(ok)
        answer = await said(there, head("POST", "/inference/aloha", *lines) + begin)
        await route.idle.wait()
        return status_of(answer), route.tally.requests, route.tally.errors

    assert tell(story, body_grace_s=0.2, linger_s=0.1) == (408, 0, 0)


def test_a_body_that_comes_slowly_but_fast_enough_is_taken():
    async def story(there):
        await there.replica(ok)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", "Content-Length: 8000", "Connection: close"))
        for _ in range(8):
            writer.write(b"x" * 1000)
            await asyncio.sleep(0.05)
        return status_of(await reader.read())

    assert tell(story, body_grace_s=0.1, body_rate=10_000.0) == 200


@pytest.mark.parametrize("size", [200_000, 64 * MIB], ids=["whole", "streamed"])
def test_a_client_that_never_reads_its_answer_is_given_up(size):
    async def story(there):
        async def large(request):
            return web.Response(body=bytes(size))

        route = await there.replica(large)
        reader, writer = await there.connect()
        reader._transport.pause_reading()
        for _ in range(1 if size > MIB else 31):  # small answers only fill the kernel's buffers when there are many
            writer.write(head())
        await asyncio.sleep(0.1)
        there_were = len(there.connections())
        while there.connections():
            await asyncio.sleep(0.02)
        await route.idle.wait()
        return there_were, route.tally.abandoned

    assert tell(story, stall_s=0.3, look_s=0.05) == (1, int(size > MIB))


@pytest.mark.parametrize(
    "garbage",
    [
        head("GET", "/inference/aloha", *(f"X-{number}: x" for number in range(200))),
        head("GET", "/inference/aloha", "X-Long: " + "x" * 9000),
        head("GET", "/inference/" + "x" * 9000),
        b"GET /inference/aloha HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100_000,
        b"\x16\x03\x01\x02\x00\x01\x00" + b"x" * 100,
        b"GET /inference/aloha HTTP/9.9\r\nHost: h\r\n\r\n",
        head("GET", "/inference/aloha", "X Y: z"),
        head("GET", "/inference/aloha", "X: a\x00b"),
        head("GET", "/inference/aloha", "X: a\r\n folded"),
        b"GET /inference/aloha HTTP/1.1\r\nAuthorization: Bearer key\r\n\r\n",
    ],
    ids=["many", "long header", "long path", "endless", "TLS", "9.9", "space", "NUL", "folded", "no host"],
)
def test_a_head_that_is_no_head_is_refused_and_the_connection_ended(garbage):
    async def story(there):
        seen = []

        async def handler(request):
            seen.append(request)
            return web.Response()

        await there.replica(handler)
        return status_of(await said(there, garbage)), seen

    assert tell(story) == (400, [])


SMUGGLED = b"0\r\n\r\nGET /inference/aloha?smuggled HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer key\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 6", CHUNKED),
        (CHUNKED, "Content-Length: 6"),
        ("Content-Length: 6", "Content-Length: 7"),
        ("Content-Length: 6", "Content-Length: 6"),
        ("Content-Length: 6, 6",),
        ("Content-Length: +6",),
        ("Content-Length: 0x6",),
        ("Content-Length: -1",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding : chunked",),
        (CHUNKED, CHUNKED),
        ("Transfer-Encoding: \x0bchunked",),
    ],
    ids=repr,
)
def test_a_request_of_two_lengths_is_refused_and_never_forwarded(lines):
    async def story(there):
        seen = []

        async def handler(request):
            seen.append(request.raw_path)
            return web.Response()

        await there.replica(handler)
        answer = await said(there, head("POST", "/inference/aloha", *lines) + SMUGGLED)
        return status_of(answer), seen

    assert tell(story, linger_s=0.1) == (400, [])


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"3\r\nabcd\r\n", b"11111111111111111\r\n", b"3\nabc\n0\n\n"])
def test_a_chunk_that_is_no_chunk_frees_the_replica_and_is_never_answered_as_a_success(chunk):
    async def story(there):
        route = await there.replica(ok)
        answer = await said(there, head("POST", "/inference/aloha", CHUNKED) + chunk)
        await route.idle.wait()
        return status_of(answer), route.tally.requests

    status, requests = tell(story, body_grace_s=0.2, linger_s=0.1)

    assert status in {400, 408}
    assert requests == 0


@pytest.mark.parametrize("asked_before", [False, True])
def test_megabytes_of_garbage_are_not_kept(asked_before, caplog):
    async def story(there):
        await there.replica(ok)
        _, writer = await there.connect()
        writer.write(head("GET") if asked_before else b"")
        tracemalloc.start()
        try:
            for _ in range(160):
                writer.write(b"\x00garbage" * 8192)
                await writer.drain()
        except ConnectionError:
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak < 8 * MIB

    with caplog.at_level(logging.DEBUG):
        assert tell(story) is True
    assert [record.message for record in caplog.records if record.name.startswith("gitops")] == []


def test_thousands_of_requests_at_once_on_one_connection_are_answered_in_turn_without_being_kept():
    async def story(there):
        await there.replica(ok)
        reader, writer = await there.connect()
        sending = asyncio.create_task(send(writer, head("GET") * 2000))
        for _ in range(2000):
            await reader.readuntil(b"\r\n\r\nok")
        await sending
        return there.route.tally.requests

    assert tell(story) == 2000


async def send(writer, content):
    writer.write(content)
    await writer.drain()


@pytest.mark.parametrize("protocol", ["websocket", "tls/1.3"])
def test_an_upgrade_is_refused_in_words(protocol):
    async def story(there):
        await there.replica(ok)
        return await said(there, head("GET", "/inference/aloha", "Connection: Upgrade", f"Upgrade: {protocol}"))

    answer = tell(story)

    assert status_of(answer) == 501
    assert protocol in json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


def test_a_client_that_would_like_http_2_gets_http_1():
    async def story(there):
        await there.replica(ok)
        lines = ("Connection: Upgrade, HTTP2-Settings, close", "Upgrade: h2c", "HTTP2-Settings: AAM")
        return await said(there, head("GET", "/inference/aloha", *lines))

    assert tell(story).endswith(b"ok")


def test_who_asks_before_sending_a_body_is_asked_for_it():
    async def story(there):
        await there.replica(ok)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", "Content-Length: 3", "Expect: 100-continue", "Connection: close"))
        first = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"abc")
        return first, await reader.read()

    first, rest = tell(story)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert rest.endswith(b"ok")


@pytest.mark.parametrize(
    ("path", "expected", "status"),
    [
        ("/inference/nobody", "100-continue", 404),
        ("/custom_inference/aloha/..", "100-continue", 400),
        ("/inference/aloha/docs", "100-continue", 404),
        ("/nothing", "100-continue", 404),
        ("/inference/aloha", "something", 417),
    ],
)
def test_who_asks_before_sending_a_body_that_nobody_wants_hears_so_at_once(path, expected, status):
    async def story(there):
        await there.replica(ok)
        lines = ("Content-Length: 3000000", f"Expect: {expected}")
        return status_of(await said(there, head("POST", path, *lines)))

    assert tell(story, linger_s=0.1) == status
