"""One request on its way: what is asked of a replica, and how its answer reaches the client."""

import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Final

from aiohttp import web

from gitops.local.gateway import wrapping
from gitops.local.gateway.below import Asked
from gitops.local.gateway.body import WHOLE, Body
from gitops.local.gateway.headers import for_client, for_replica
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.refusal import refusal
from gitops.local.gateway.routes import Route
from gitops.local.gateway.upstream import Answer, Question
from gitops.wire.paths import REPLICA_HEADER, VERSION_HEADER

_REPEATABLE: Final = frozenset({"GET", "HEAD"})
_WITHOUT_BODY: Final = frozenset({204, 304})


class Call:
    """One request.

    Attributes:
        asked: what of the endpoint it wants.
        body: what follows its head.
        whole: that, where it was read because it is small enough to be sent again; None where it streams through.
        heard: whether a replica has begun to answer.
        begun: the answer, once its first bytes are on their way to the client.
        by_id: the endpoint was named by its id, so that a JSON answer goes into an envelope.
    """

    __slots__ = ("_began", "_limits", "asked", "begun", "body", "by_id", "heard", "request", "whole")

    def __init__(self, request: web.Request, asked: Asked, limits: Limits) -> None:
        self.request = request
        self.asked = asked
        self.body = Body(request, limits)
        self.whole: bytes | None = None
        self.heard = False
        self.by_id = False
        self.begun: web.StreamResponse | None = None
        self._limits = limits
        self._began = time.perf_counter()

    @property
    def elapsed_ms(self) -> float:
        """Since its head had arrived."""
        return (time.perf_counter() - self._began) * 1000

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again though a replica may have worked on it."""
        harmless = self.request.method in _REPEATABLE or "Idempotency-Key" in self.request.headers
        return self.whole is not None and self.begun is None and harmless

    def put_to(self, route: Route, path: str) -> AbstractAsyncContextManager[Answer]:
        """Ask a replica."""
        self.heard = False
        request = self.request
        query = request.rel_url.raw_query_string
        question = Question(
            request.method,
            f"{path}?{query}" if query else path,
            for_replica(request, self.asked.prefix),
            route.runtime.request_timeout_s,
            self._limits.silence_s,
        )
        if self.whole is not None:
            return route.upstream.ask(question, self.whole)
        return route.upstream.stream(question, _taken(self.body.pieces(), route), self.body.length)

    async def pass_on(self, upstream: Answer, route: Route) -> web.StreamResponse:
        """Give the client the replica's answer; one that is large, or not whole yet, piece by piece.

        Raises:
            ClientError, TimeoutError: the replica's answer broke off.
            ClientConnectionResetError: the client has left.
        """
        self.heard = True
        status, content = upstream.status, upstream.content
        headers = for_client(upstream.headers)
        headers[REPLICA_HEADER] = route.replica
        headers[VERSION_HEADER] = route.version
        length = _length(upstream)
        if self.request.method == "HEAD" or status in _WITHOUT_BODY:
            if length is not None:
                headers["Content-Length"] = str(length)
            return self._last(web.Response(status=status, headers=headers))
        wrapped = self.by_id and wrapping.fits(status, upstream.headers)
        if content.is_eof() or (length is not None and length <= WHOLE):
            body = content.read_nowait() if content.is_eof() else await content.read()
            if wrapped:
                body = wrapping.BEFORE + body + wrapping.AFTER
            return self._last(web.Response(status=status, headers=headers, body=body))
        answer = self.begun = self._last(web.StreamResponse(status=status, headers=headers))
        answer.content_length = length + wrapping.LENGTH if wrapped and length is not None else length
        await answer.prepare(self.request)
        if wrapped:
            await answer.write(wrapping.BEFORE)
        with route.slowly():
            async for piece in content.iter_any():
                route.hear()
                await answer.write(piece)
        await answer.write_eof(wrapping.AFTER if wrapped else b"")
        return answer

    def _last(self, answer: web.StreamResponse) -> web.StreamResponse:
        """An answer that comes before its request was read to the end is the connection's last."""
        if not self.request.content.is_eof():
            answer.force_close()
        return answer

    def broken_off(self, refused: web.Response) -> web.StreamResponse:
        """What to answer after a failure: the refusal, or, where an answer was begun, that one, visibly broken off."""
        if self.begun is None:
            return self._last(refused)
        if self.request.transport is not None:
            self.request.transport.abort()
        return self.begun

    def explained(self, fault: Exception, route: Route) -> web.Response:
        """What a failure on the replica's side means to the client."""
        if not isinstance(fault, TimeoutError):
            return refusal(502, "the connection to the replica was lost before it had answered")
        if self.heard:
            return refusal(
                504, f"the replica said nothing for {self._limits.silence_s:g} s in the middle of its answer"
            )
        limit = route.runtime.request_timeout_s
        return refusal(
            504,
            f"the replica did not begin to answer within {limit:g} s; request_timeout_sec in the model card says so",
        )


async def _taken(pieces: AsyncGenerator[bytes, None], route: Route) -> AsyncGenerator[bytes, None]:
    """The pieces of a body; that the next one is asked for is a sign of life: the replica has taken the one before."""
    with route.slowly():
        async for piece in pieces:
            yield piece
            route.hear()


def _length(upstream: Answer) -> int | None:
    """Of the body in bytes, where the replica has said it in a way that counts."""
    length = upstream.headers.get("Content-Length")
    return None if length is None or "Transfer-Encoding" in upstream.headers else int(length)
