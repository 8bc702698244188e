"""Keep-alive connections to one replica: a request as bytes in, status, headers and a body to read out.

It uses aiohttp's own response parser without its client, whose bookkeeping per request costs more than all the rest of
the gateway. It knows no endpoint and counts nothing.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import StreamWriter
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDictProxy
from yarl import URL

KEEPALIVE_S: Final = 4.0
"""Shorter than any common server's (uvicorn 5 s, ours 75 s), so that a request never meets a closed connection."""

_CONNECT_S: Final = 5.0


class NotReachedError(Exception):
    """No connection: the replica has not seen the request."""


class Question(NamedTuple):
    """The head of a request.

    Attributes:
        target: path and query as they go over the wire.
        headers: lines without their ends; those that say how long the body is are not among them.
        patience_s: seconds without a byte until the answer begins, from when the whole request was sent.
        silence_s: seconds without a byte between two pieces of the answer.
    """

    method: str
    target: str
    headers: Sequence[bytes]
    patience_s: float
    silence_s: float


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

    def ask(self, question: Question, body: bytes) -> "Exchange":
        """Send one request; its answer, to be read while the context lasts.

        Raises:
            NotReachedError: there is no connection to be had.
            ClientError, TimeoutError: as aiohttp's own client raises them.
        """
        return Exchange(self, question, body)

    @asynccontextmanager
    async def stream(
        self, question: Question, pieces: AsyncGenerator[bytes, None], length: int | None
    ) -> AsyncIterator[Answer]:
        """Send one request as its body comes, and meanwhile listen: the answer may begin before the body has ended.

        Args:
            question: its head.
            pieces: of the body; they are asked for as fast as the replica takes them.
            length: of the body in bytes; None if nobody knows.

        Raises:
            NotReachedError: there is no connection to be had, and no piece was asked for.
            ClientError, TimeoutError: as aiohttp's own client raises them; and whatever `pieces` raises.
        """
        connection = await self._open()  # never one that was idle: if it is dead, the pieces are lost
        whole = False
        try:
            _prepare(connection, question, None)
            assert connection.transport is not None
            framing = b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
            connection.transport.write(self.head(question, framing))
            async with _uploading(connection, pieces, question.patience_s, chunked=length is None) as upload:
                answer = await _beginning(connection)
                upload.add_done_callback(lambda done: _tell(answer.content, done))
                connection.read_timeout = question.silence_s
                if not answer.content.is_eof():
                    connection.start_timeout()
                yield answer
                whole = answer.content.is_eof() and upload.done() and upload.exception() is None
        finally:
            self.give(connection, reusable=whole)

    def close(self) -> None:
        """Close connections that are idle, and those that are borrowed when they are given back."""
        self._closed = True
        while self._idle:
            self._idle.popleft()[0].close()

    async def take(self) -> ResponseHandler:
        """Borrow a connection, an idle one if there is one.

        Raises:
            NotReachedError: there is none to be had.
        """
        fresh = time.monotonic() - KEEPALIVE_S
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_connected() and since > fresh:
                return connection
            connection.close()
        return await self._open()

    async def _open(self) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, opened = await loop.create_connection(lambda: ResponseHandler(loop), self._host, self._port)
        except OSError as fault:
            raise NotReachedError from fault
        return opened

    def give(self, connection: ResponseHandler, *, reusable: bool) -> None:
        """Give a borrowed connection back; `reusable` says that its last answer was read to the end."""
        now = time.monotonic()
        while self._idle and self._idle[0][1] < now - KEEPALIVE_S:
            self._idle.popleft()[0].close()
        if reusable and not self._closed and connection.is_connected() and not connection.should_close:
            self._idle.append((connection, now))
        elif reusable:
            connection.close()
        else:  # what is on its way to the replica is of no use any more, and may be more than it ever reads
            connection.abort()

    def head(self, question: Question, framing: bytes) -> bytes:
        """A request's head as bytes; `framing` is the header line that says how long the body is."""
        first = f"{question.method} {question.target} HTTP/1.1\r\nHost: {self._host}:{self._port}"
        lines = (first.encode("utf-8", "surrogateescape"), framing, *question.headers, b"", b"")
        return b"\r\n".join(lines)


class Exchange:
    """One request whose body is whole, and its answer; a class because a generator costs more than all it does."""

    __slots__ = ("_answer", "_body", "_connection", "_question", "_upstream")

    def __init__(self, upstream: Upstream, question: Question, body: bytes) -> None:
        self._upstream = upstream
        self._question = question
        self._body = body

    async def __aenter__(self) -> Answer:
        upstream, question, body = self._upstream, self._question, self._body
        connection = self._connection = await upstream.take()
        try:
            _prepare(connection, question, question.patience_s)
            assert connection.transport is not None
            connection.transport.write(upstream.head(question, b"Content-Length: %d" % len(body)) + body)
            connection.start_timeout()
            answer = self._answer = await _beginning(connection)
        except BaseException:
            upstream.give(connection, reusable=False)
            raise
        if not answer.content.is_eof():
            connection.read_timeout = question.silence_s
            connection.start_timeout()
        return answer

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._upstream.give(self._connection, reusable=kind is None and self._answer.content.is_eof())


def _prepare(connection: ResponseHandler, question: Question, timeout_s: float | None) -> None:
    connection.set_response_params(
        skip_payload=question.method == "HEAD", read_until_eof=True, auto_decompress=False, read_timeout=timeout_s
    )


@asynccontextmanager
async def _uploading(
    connection: ResponseHandler, pieces: AsyncGenerator[bytes, None], patience_s: float, *, chunked: bool
) -> "AsyncIterator[asyncio.Task[None]]":
    """Send a body while the context lasts; who waits for the answer to half a request learns why there is none."""
    upload = asyncio.create_task(_upload(connection, pieces, patience_s, chunked=chunked))
    upload.add_done_callback(lambda done: _tell(connection, done))
    try:
        yield upload
    finally:
        upload.cancel()
        await asyncio.wait([upload])


async def _upload(
    connection: ResponseHandler, pieces: AsyncGenerator[bytes, None], patience_s: float, *, chunked: bool
) -> None:
    """Send a body, piece by piece.

    Raises:
        TimeoutError: the replica took none of it for `patience_s` seconds.
    """
    writer = StreamWriter(connection, asyncio.get_running_loop())
    if chunked:
        writer.enable_chunking()
    with suppress(ConnectionError):  # who waits for the answer sees that the connection is lost
        async with aclosing(pieces):
            async for piece in pieces:
                async with asyncio.timeout(patience_s):
                    await writer.write(piece)
        await writer.write_eof()
    if connection.read_timeout is None and connection.is_connected():  # the answer has not begun
        connection.read_timeout = patience_s
        connection.start_timeout()


def _tell(waiting: ResponseHandler | aiohttp.StreamReader, upload: "asyncio.Task[None]") -> None:
    if not upload.cancelled() and (fault := upload.exception()) is not None:
        waiting.set_exception(fault)


async def _beginning(connection: ResponseHandler) -> Answer:
    """Status, headers and body of the final answer; interim ones (1xx) are passed over."""
    while True:
        try:
            message, content = await connection.read()
        except HttpProcessingError as fault:
            raise aiohttp.ClientPayloadError("the replica does not speak HTTP") from fault
        if message.code == 101:
            raise aiohttp.ClientPayloadError("the replica speaks another protocol than HTTP, which nobody asked for")
        if message.code >= 200:
            return Answer(message.code, message.headers, content)
