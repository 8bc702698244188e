"""Connections on which nothing happens for longer than they may idle; a short time stands for the real one."""

import asyncio
from contextlib import asynccontextmanager

from fedml.serving._answer import Reply
from fedml.serving._server import IDLE_S, Server

from tests.unit.local.replicas.standin.replica import post

IDLE_FOR_A_TEST_S = 0.15


@asynccontextmanager
async def served(handler):
    """A client's two ends of a connection to a server whose connections may hardly idle."""
    server = Server(handler, IDLE_FOR_A_TEST_S)
    _, port = await server.listen("127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.stop()
        await running


def at_once(_request):
    return Reply(200, b"here")


def test_an_idle_connection_outlives_that_of_a_gateways_pool():
    assert IDLE_S > 15


def test_an_idle_connection_is_closed_in_the_end():
    async def wait() -> bytes:
        async with served(at_once) as (reader, writer):
            writer.write(post({}))
            await reader.readuntil(b"here")
            return await reader.read()

    assert asyncio.run(wait()) == b""


def test_a_request_that_never_ends_is_told_so():
    async def wait() -> bytes:
        async with served(at_once) as (reader, writer):
            writer.write(post({})[:-1])
            return await reader.read()

    assert asyncio.run(wait()).startswith(b"HTTP/1.1 408 ")


def test_a_connection_whose_request_takes_long_is_not_idle():
    async def slowly():
        await asyncio.sleep(3 * IDLE_FOR_A_TEST_S)
        yield Reply(200, b"here")

    async def wait() -> bytes:
        async with served(lambda _request: slowly()) as (reader, writer):
            writer.write(post({}))
            return await reader.readuntil(b"here")

    assert asyncio.run(wait()).startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_nobody_reads_does_not_keep_a_connection_for_ever():
    async def wait() -> bool:
        async with served(lambda _request: Reply(200, b"x" * 30_000_000)) as (reader, writer):
            writer.write(post({}))
            await reader.readuntil(b"\r\n\r\n")
            writer.transport.pause_reading()
            await asyncio.sleep(3 * IDLE_FOR_A_TEST_S)
            writer.transport.resume_reading()
            try:
                return len(await reader.read()) < 30_000_000
            except ConnectionResetError:
                return True

    assert asyncio.run(wait())
