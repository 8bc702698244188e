"""Keep-alive connections to one replica: a request as bytes in, status, headers and a body to read out.

It uses aiohttp's own response parser without its client, whose bookkeeping per request costs more than all the rest of
the gateway. It knows no endpoint and counts nothing.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDictProxy
from yarl import URL

KEEPALIVE_S: Final = 4.0
"""Shorter than any common server's (uvicorn 5 s, ours 75 s), so that a request never meets a closed connection."""

_CONNECT_S: Final = 5.0


class NotReachedError(Exception):
    """No connection: the replica has not seen the request."""


class Answer(NamedTuple):
    """The beginning of a replica's answer; `content` is its body, to be read while the connection is borrowed."""

    status: int
    headers: CIMultiDictProxy[str]
    content: aiohttp.StreamReader


class Upstream:
    """The connections to one replica.

    Args:
        url: of its server.
    """

    def __init__(self, url: str) -> None:
        whole = URL(url)
        assert whole.host is not None
        assert whole.port is not None
        self._host, self._port = whole.host, whole.port
        self._idle: deque[tuple[ResponseHandler, float]] = deque()
        self._closed = False

    @asynccontextmanager
    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> AsyncIterator[Answer]:
        """Send one request; its answer, to be read while the context lasts.

        Args:
            target: path and query as a URL has them.
            timeout_s: seconds without a byte from the replica.

        Raises:
            NotReachedError: there is no connection to be had.
            ClientError, TimeoutError: as aiohttp's own client raises them.
        """
        connection = await self._take()
        whole = False
        try:
            connection.set_response_params(
                skip_payload=method == "HEAD", read_until_eof=True, auto_decompress=False, read_timeout=timeout_s
            )
            assert connection.transport is not None
            connection.transport.write(_head(method, target, f"{self._host}:{self._port}", headers, len(body)) + body)
            connection.start_timeout()
            answer = await _beginning(connection)
            yield answer
            whole = answer.content.is_eof()
        finally:
            self._give(connection, reusable=whole)

    def close(self) -> None:
        """Close connections that are idle, and those that are borrowed when they are given back."""
        self._closed = True
        while self._idle:
            self._idle.popleft()[0].close()

    async def _take(self) -> ResponseHandler:
        fresh = time.monotonic() - KEEPALIVE_S
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_connected() and since > fresh:
                return connection
            connection.close()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, opened = await loop.create_connection(lambda: ResponseHandler(loop), self._host, self._port)
        except OSError as fault:
            raise NotReachedError from fault
        return opened

    def _give(self, connection: ResponseHandler, *, reusable: bool) -> None:
        now = time.monotonic()
        while self._idle and self._idle[0][1] < now - KEEPALIVE_S:
            self._idle.popleft()[0].close()
        if reusable and not self._closed and connection.is_connected() and not connection.should_close:
            self._idle.append((connection, now))
        else:
            connection.close()


async def _beginning(connection: ResponseHandler) -> Answer:
    """Status, headers and body of the final answer; interim ones (1xx) are passed over."""
    while True:
        try:
            message, content = await connection.read()
        except HttpProcessingError as fault:
            raise aiohttp.ClientPayloadError("the replica does not speak HTTP") from fault
        if message.code >= 200:
            return Answer(message.code, message.headers, content)


def _head(method: str, target: str, host: str, headers: Mapping[str, str], length: int) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {length}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
