"""Bodies and answers that flow: nothing is kept, nothing waits for its end, and everything is counted."""

import asyncio
import os
import socket
import threading
import tracemalloc

import aiohttp
import pytest
from aiohttp import web

from gitops.local.gateway.routes import drain
from gitops.local.runtime import Runtime
from gitops.local.system.ports import free_port
from tests.unit.local.gateway.town import KEY, head, tell

MIB = 1 << 20
BLOCK = b"x" * (MIB // 4)


def counts(route):
    tally = route.tally
    return {"requests": tally.requests, "errors": tally.errors, "cut": tally.cut, "abandoned": tally.abandoned}


def counted(requests=0, errors=0, cut=0, abandoned=0):
    return {"requests": requests, "errors": errors, "cut": cut, "abandoned": abandoned}


def step_by_step(steps):
    """A replica whose answer goes on only when the test lets it."""

    async def handler(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while piece := await steps.get():
            await answer.write(piece)
        return answer

    return handler


def test_a_piece_reaches_the_client_before_the_next_one_is_made():
    async def story(there):
        steps = asyncio.Queue()
        route = await there.replica(step_by_step(steps))
        async with there.client.post(f"{there.url}/inference/aloha", headers=KEY) as answer:
            pieces = []
            for number in range(5):
                heard = route.heard
                steps.put_nowait(b"%d" % number)
                pieces.append(await answer.content.readany())
                assert route.heard >= heard
            steps.put_nowait(b"")
            rest = await answer.read()
        await route.idle.wait()
        return pieces, rest, counts(route), answer.headers["X-Gitops-Replica"]

    assert tell(story) == ([b"0", b"1", b"2", b"3", b"4"], b"", counted(requests=1), "a")


def test_a_piece_of_the_body_reaches_the_replica_before_the_next_one_is_sent():
    async def story(there):
        got = asyncio.Queue()

        async def handler(request):
            async for piece in request.content.iter_any():
                got.put_nowait(piece)
            return web.Response(text="all")

        route = await there.replica(handler)
        pieces = []

        async def body():
            for number in range(4):
                yield b"%d" % number
                pieces.append(await got.get())

        status, said, _ = await there.ask(data=body())
        return pieces, status, said, counts(route)

    assert tell(story) == ([b"0", b"1", b"2", b"3"], 200, b"all", counted(requests=1))


def test_body_and_answer_may_flow_at_the_same_time():
    async def story(there):
        async def handler(request):
            answer = web.StreamResponse()
            await answer.prepare(request)
            async for piece in request.content.iter_any():
                await answer.write(piece.upper())
            return answer

        await there.replica(handler)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", "Transfer-Encoding: chunked"))
        echoed = []
        for letter in (b"a", b"b", b"c"):
            writer.write(b"1\r\n" + letter + b"\r\n")
            echoed.append(await reader.readuntil(letter.upper() + b"\r\n"))
        writer.write(b"0\r\n\r\n")
        await reader.readuntil(b"0\r\n\r\n")
        return len(echoed)

    assert tell(story) == 3


def test_a_large_body_and_a_large_answer_leave_the_memory_flat():
    """256 MiB each way through a gateway whose Python objects are watched; the replica is in a thread of its own."""
    amount = 256 * MIB

    async def story(there):
        port = plain_replica(amount)
        route = there.routes.put_in("aloha", "a", "v0", port)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", f"Content-Length: {amount}"))
        tracemalloc.start()
        for _ in range(amount // len(BLOCK)):
            writer.write(BLOCK)
            await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        received = 0
        while received < amount:
            received += len(await reader.read(MIB))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await route.idle.wait()
        return received, peak < 12 * MIB, counts(route)

    assert tell(story) == (amount, True, counted(requests=1))


def plain_replica(amount):
    """A thread with a blocking socket: it takes so many bytes, then gives as many."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        line, _ = listener.accept()
        with listener, line:
            got = line.recv(65536)
            left = amount - len(got.partition(b"\r\n\r\n")[2])
            while left:
                left -= len(line.recv(MIB))
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % amount)
            for _ in range(amount // len(BLOCK)):
                line.sendall(BLOCK)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def test_a_replica_that_reads_slowly_holds_its_client_back():
    async def story(there):
        release = asyncio.Event()

        async def handler(request):
            await release.wait()
            return web.Response(text=str(len(await request.read())))

        await there.replica(handler)
        _, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", f"Content-Length: {64 * MIB}"))
        sent = 0
        while sent < 64 * MIB:
            writer.write(BLOCK)
            try:
                await asyncio.wait_for(writer.drain(), 0.5)
            except TimeoutError:
                break
            sent += len(BLOCK)
        release.set()
        return sent < 40 * MIB

    assert tell(story) is True


def test_a_client_that_reads_slowly_holds_its_replica_back():
    async def story(there):
        given = 0
        stuck = asyncio.Event()

        async def handler(request):
            nonlocal given
            answer = web.StreamResponse()
            await answer.prepare(request)
            for _ in range(256):
                try:
                    await asyncio.wait_for(answer.write(BLOCK), 0.5)
                except TimeoutError:
                    stuck.set()
                    raise
                given += len(BLOCK)
            return answer

        route = await there.replica(handler)
        _, writer = await there.connect()
        writer.write(head())
        await stuck.wait()
        writer.transport.abort()
        await route.idle.wait()
        return given < 40 * MIB, counts(route)["abandoned"]

    assert tell(story) == (True, 1)


@pytest.mark.parametrize("sent", ["head", "half"], ids=["with its answer under way", "with its body under way"])
def test_a_client_that_leaves_in_the_middle_is_counted_and_frees_the_replica(sent):
    async def story(there):
        arrived, gone = asyncio.Event(), asyncio.Event()

        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            if sent == "head":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            else:
                await reader.readexactly(3)
            arrived.set()
            while await reader.read(1024):
                pass
            gone.set()

        await there.socket_replica(serve)
        route = there.route
        reader, writer = await there.connect()
        if sent == "head":
            writer.write(head())
            await reader.readuntil(b"x\r\n")
        else:
            writer.write(head("POST", "/inference/aloha", f"Content-Length: {2 * MIB}") + b"abc")
        await arrived.wait()
        busy = route.in_flight
        writer.transport.abort()
        await route.idle.wait()
        await gone.wait()
        return busy, route.in_flight, counts(route)

    assert tell(story) == (1, 0, counted(abandoned=1))


def test_the_late_answer_to_a_client_that_left_harms_nobody():
    async def story(there):
        asked, release, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def handler(request):
            if request.query.get("slow"):
                asked.set()
                await release.wait()
                done.set()
            return web.Response(text="late" if request.query.get("slow") else "own")

        route = await there.replica(handler)
        _, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha?slow=1"))
        await asked.wait()
        writer.transport.abort()
        await route.idle.wait()
        release.set()
        await done.wait()
        answers = [(await there.ask())[1] for _ in range(3)]
        return answers, counts(route)

    assert tell(story) == ([b"own"] * 3, counted(requests=3, abandoned=1))


def test_a_drain_waits_for_a_stream_that_ends_in_time():
    async def story(there):
        steps = asyncio.Queue()
        route = await there.replica(step_by_step(steps))
        async with there.client.post(f"{there.url}/inference/aloha", headers=KEY) as answer:
            steps.put_nowait(b"one")
            await answer.content.readany()
            there.routes.take_out("aloha", route)
            draining = asyncio.create_task(drain(route, 20))
            await asyncio.sleep(0)
            steps.put_nowait(b"two")
            steps.put_nowait(b"")
            return await answer.read(), await draining, counts(route)

    assert tell(story) == (b"two", 0, counted(requests=1))


@pytest.mark.parametrize("reads", [True, False])
def test_a_drain_cuts_a_stream_that_does_not_end_visibly_and_counts_it(reads):
    async def story(there):
        async def endless(request):
            answer = web.StreamResponse()
            await answer.prepare(request)
            while True:
                await answer.write(BLOCK)
                await asyncio.sleep(0)

        route = await there.replica(endless)
        reader, writer = await there.connect()
        writer.write(head())
        await reader.readuntil(b"\r\n\r\n")

        async def read():
            with_end = b""
            while piece := await reader.read(MIB):
                with_end = (with_end + piece)[-5:]
            return with_end == b"0\r\n\r\n"

        reading = asyncio.create_task(read()) if reads else None
        there.routes.take_out("aloha", route)
        cut = await drain(route, 0.1)
        ended_well = await reading if reading else False
        return cut, ended_well, route.in_flight, counts(route)

    assert tell(story) == (1, False, 0, counted(requests=1, errors=1, cut=1))


async def nothing_more(reader, writer):
    """A replica that begins to answer and then says nothing more."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    await reader.read()


def test_an_answer_that_was_begun_and_goes_silent_is_visibly_broken_off():
    async def story(there):
        await there.socket_replica(nothing_more, Runtime(request_timeout_s=0.05))
        route = there.route
        with pytest.raises(aiohttp.ClientPayloadError):
            await there.ask()
        await route.idle.wait()
        return counts(route)

    assert tell(story, silence_s=0.2) == counted(requests=1, errors=1)


def test_an_answer_that_was_begun_may_take_longer_than_the_request_timeout():
    async def story(there):
        async def slow(request):
            answer = web.StreamResponse()
            await answer.prepare(request)
            for _ in range(6):
                await answer.write(b"x")
                await asyncio.sleep(0.1)
            return answer

        await there.replica(slow, runtime=Runtime(request_timeout_s=0.3))
        return (await there.ask())[:2]

    assert tell(story) == (200, b"xxxxxx")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_replica_that_does_not_begin_to_answer_is_504_and_names_the_key(streamed):
    async def story(there):
        async def silent(reader, writer):
            await reader.read(MIB)
            await asyncio.Event().wait()

        await there.socket_replica(silent, Runtime(request_timeout_s=0.1))
        status, body, _ = await there.ask(data=pieces_of(b"abc") if streamed else b"abc")
        return status, b"within 0.1 s" in body and b"request_timeout_sec" in body, counts(there.route)

    assert tell(story) == (504, True, counted(requests=1, errors=1))


async def pieces_of(*pieces):
    for piece in pieces:
        yield piece


def test_a_replica_that_takes_nothing_of_a_large_body_is_504():
    async def story(there):
        async def deaf(reader, writer):
            reader._transport.pause_reading()
            await asyncio.Event().wait()

        await there.socket_replica(deaf, Runtime(request_timeout_s=0.3))
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", f"Content-Length: {64 * MIB}") + b"x" * (32 * MIB))
        line = await reader.readline()
        return line.split()[1], counts(there.route)

    assert tell(story) == (b"504", counted(requests=1, errors=1))


def test_an_answer_that_comes_before_the_body_has_ended_is_passed_on_and_ends_the_connection():
    async def story(there):
        async def full(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
            await reader.read(MIB)

        await there.socket_replica(full)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", f"Content-Length: {8 * MIB}") + BLOCK)
        answer = await reader.read()
        return answer[:12], b"connection: close" in answer.lower(), answer[-3:], counts(there.route)

    assert tell(story, linger_s=0.2) == (b"HTTP/1.1 413", True, b"big", counted(requests=1))


@pytest.mark.parametrize(
    ("method", "answer", "status", "length"),
    [
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n", 304, None),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 200, "7"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, None),
    ],
)
def test_an_answer_without_a_body_has_none_and_its_connections_are_used_again(method, answer, status, length):
    async def story(there):
        _, connections = await there.raw_replica(answer)
        got = [await there.ask(method) for _ in range(3)]
        return {(one[0], one[1], one[2].get("Content-Length")) for one in got}, len(connections)

    found, connections = tell(story)

    assert connections == 1
    assert {(one[0], one[1]) for one in found} == {(status, b"")}
    assert length is None or {one[2] for one in found} == {length}


@pytest.mark.parametrize(
    "answer",
    [
        b"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: trailer\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;ext=1\r\nk\r\n0\r\n\r\n",
        b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_trailers_and_extensions_of_chunks_are_dropped(answer):
    async def story(there):
        await there.raw_replica(b"HTTP/1.1 200 OK\r\n" + answer)
        return [(await there.ask("GET"))[:2] for _ in range(2)]

    assert tell(story) == [(200, b"ok")] * 2


def test_trailers_of_a_request_are_dropped():
    async def story(there):
        async def handler(request):
            return web.Response(body=await request.read())

        await there.replica(handler)
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", "Transfer-Encoding: chunked", "Connection: close"))
        writer.write(b"2\r\nok\r\n0\r\nX-Trailer: x\r\n\r\n")
        return (await reader.read())[-2:]

    assert tell(story) == b"ok"


def test_a_file_of_known_length_keeps_it(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(os.urandom(3 * MIB))

    async def story(there):
        async def handler(request):
            return web.FileResponse(file)

        route = await there.replica(handler)
        status, body, headers = await there.ask("GET")
        return status, body == file.read_bytes(), headers["Content-Length"], counts(route)

    assert tell(story) == (200, True, str(3 * MIB), counted(requests=1))


def test_a_client_of_http_1_0_gets_a_stream_until_the_connection_ends():
    async def story(there):
        await there.raw_replica(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        reader, writer = await there.connect()
        writer.write(b"GET /inference/aloha HTTP/1.0\r\nAuthorization: Bearer key\r\n\r\n")
        return (await reader.read())[-2:]

    assert tell(story) == b"ok"


def test_a_replica_that_switches_to_another_protocol_is_refused():
    async def story(there):
        await there.raw_replica(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
        return (await there.ask("POST"))[0]

    assert tell(story) == 502


def test_an_answer_of_two_lengths_is_never_taken_for_another_one():
    async def story(there):
        both = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        await there.raw_replica(b"HTTP/1.1 200 OK\r\n" + both)
        return {(await there.ask("GET"))[0] for _ in range(3)}

    assert tell(story) in ({200}, {502})


def test_a_request_that_is_cut_while_its_body_is_under_way_is_502_and_counted():
    async def story(there):
        arrived = asyncio.Event()

        async def serve(reader, writer):
            await reader.readuntil(b"abc")
            arrived.set()
            await reader.read()

        await there.socket_replica(serve)
        route = there.route
        reader, writer = await there.connect()
        writer.write(head("POST", "/inference/aloha", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n")
        await arrived.wait()
        there.routes.take_out("aloha", route)
        cut = await drain(route, 0.05)
        return cut, (await reader.read()).split(b" ")[1], route.in_flight, counts(route)

    assert tell(story, linger_s=0.1) == (1, b"502", 0, counted(requests=1, errors=1, cut=1))


@pytest.mark.parametrize("first", ["gone", "good"])
def test_a_streamed_body_goes_to_another_replica_if_the_first_was_never_reached(first):
    async def story(there):
        async def echo(request):
            return web.Response(body=await request.read())

        gone = there.routes.put_in("aloha", "gone", "v0", free_port())
        good = await there.replica(echo, "good")
        if first == "good":
            there.routes.pick("aloha")
        answer = await there.ask(data=pieces_of(b"a", b"bc"))
        return answer[:2], counts(gone), counts(good), gone.in_flight

    assert tell(story) == ((200, b"abc"), counted(), counted(requests=1), 0)


def test_a_body_that_is_taken_piece_by_piece_is_a_sign_of_life_before_any_answer():
    async def story(there):
        heard = asyncio.Event()

        async def patient(request):
            async for _ in request.content.iter_any():
                heard.set()
            return web.Response()

        route = await there.replica(patient)

        async def pieces():
            for _ in range(3):
                heard.clear()
                yield b"x" * 1000
                await asyncio.wait_for(heard.wait(), 10)

        await there.ask(data=pieces())
        return route.heard > 0, route.slow, route.in_flight

    assert tell(story) == (True, 0, 0)
