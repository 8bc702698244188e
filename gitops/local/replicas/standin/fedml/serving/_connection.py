"""One client's connection: requests in, answers out, in order, one at a time. Knows no model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fedml.serving._answer import CONTINUE, LAST_CHUNK, Cut, Opening, Reply, chunk_of, error_reply, head_of
from fedml.serving._refusal import Refused
from fedml.serving._request import Request, RequestReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from fedml.serving._answer import Parts
    from fedml.serving._server import Server

_READ_AHEAD = 256 * 1024
"""Bytes that a client may send beyond the request being answered."""

_LINGER_S = 2.0
"""How long a refused client may go on sending: closing at once would take the answer from under its eyes."""


class Connection(asyncio.Protocol):
    """Reads requests, asks the server's handler, writes what it answers."""

    def __init__(self, server: Server, handler: Callable[[Request], Reply | Parts]) -> None:
        self._server = server
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader()
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._opened = False
        self._refused = False
        self._writable: asyncio.Future[None] | None = None  # set while the client reads too slowly
        self._active = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = transport  # type: ignore[assignment]
        self._server.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """The client has gone: what it was being sent is closed; what was not begun yet is finished for nobody."""
        self._server.forget(self)
        if self._opened and self._task is not None:
            self._task.cancel()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """The client has caught up."""
        if self._writable is not None:
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None
            self._advance()

    def data_received(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self._refused:
            return
        self._active = self._loop.time()
        self._reader.feed(data)
        self._advance()

    def close_if_idle(self, since: float | None = None) -> None:
        """End the connection if no request is in flight on it, and nothing has arrived after `since`."""
        if self._task is not None or self._refused or (since is not None and self._active > since):
            return
        if since is not None and self._transport.get_write_buffer_size():
            self._transport.abort()  # an answer that nobody has read in all this time
        elif self._reader.is_between_requests:
            self._transport.close()
        elif since is not None:
            self._refuse(Refused(408, "the rest of the request did not arrive in time"))

    def _advance(self) -> None:
        """Answer what has arrived, as far as it can be answered now."""
        try:
            while self._task is None and self._writable is None and not self._transport.is_closing():
                request = self._reader.next()
                if request is None:
                    if self._reader.take_expectation():
                        self._transport.write(CONTINUE)
                    break
                self._answer(request)
        except Refused as refusal:
            self._refuse(refusal)
            return
        if (self._task or self._writable) and self._reader.pending > _READ_AHEAD:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _answer(self, request: Request) -> None:
        answer = self._handler(request)
        if isinstance(answer, Reply):
            self._send(request, answer)
        else:
            self._task = self._loop.create_task(self._play(request, answer))

    def _send(self, request: Request, reply: Reply) -> None:
        keep_alive = request.keep_alive and not self._server.stopping
        head = head_of(reply, len(reply.body), chunked=False, keep_alive=keep_alive)
        self._transport.write(head if request.method == "HEAD" else head + reply.body)
        if not keep_alive:
            self._transport.close()

    async def _play(self, request: Request, parts: Parts) -> None:
        """Send an answer bit by bit, each bit as soon as it is there."""
        try:
            async for part in parts:
                if self._transport.is_closing():
                    break
                if isinstance(part, Reply):
                    self._send(request, part)
                elif isinstance(part, Opening):
                    await self._play_body(request, part, parts)
        except Cut:
            self._transport.abort()
        except BaseException:
            self._transport.abort()
            raise
        finally:
            await parts.aclose()
            self._opened = False
            self._task = None
            self._active = self._loop.time()
            self._advance()

    async def _play_body(self, request: Request, opening: Opening, parts: Parts) -> None:
        self._opened = True
        left = opening.length
        chunked = left is None and request.minor == 1
        keep_alive = request.keep_alive and not self._server.stopping and (chunked or left is not None)
        self._transport.write(head_of(opening, left, chunked=chunked, keep_alive=keep_alive))
        async for part in parts:
            assert isinstance(part, bytes)
            if left is not None:
                left -= len(part)
            if part:
                self._transport.write(chunk_of(part) if chunked else part)
            # A model may never wait for anything: here others get their turn, and a client can be seen to have gone.
            await (asyncio.sleep(0) if self._writable is None else self._writable)
            if self._transport.is_closing():
                return
        if left:
            raise Cut  # a file that shrank: the client was told more bytes than there are
        if chunked:
            self._transport.write(LAST_CHUNK)
        if not keep_alive or self._server.stopping:
            self._transport.close()

    def _refuse(self, refusal: Refused) -> None:
        """Say why, and end the connection once the client has stopped sending."""
        self._refused = True
        reply = error_reply(refusal.status, refusal.message)
        self._transport.write(head_of(reply, len(reply.body), chunked=False, keep_alive=False) + reply.body)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_S, self._transport.abort)
