"""The gateway: a request to an endpoint goes to its least busy ready replica, and every answer is counted.

A request is tried again on another replica only if the first was never reached (connection refused), or was lost
before a byte of the answer and may be repeated (GET, HEAD, or an `Idempotency-Key`).
"""

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from gitops.local.routes import CUT, Route, Routes
from gitops.local.upstream import KEEPALIVE_S, Answer, NotReachedError
from gitops.wire.paths import REPLICA_HEADER, VERSION_HEADER

REQUEST_TIMEOUT_S: Final = 30.0
"""TensorOpera's own default for a request without streaming."""

_BUFFERED: Final = 1 << 20
"""Bodies up to this many bytes are read whole, so that they can be sent again; larger ones stream through once."""

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "authorization",
        "expect",
    }
)
_REPEATABLE: Final = frozenset({"GET", "HEAD"})


def new_session() -> aiohttp.ClientSession:
    """A client session for talking to replicas: no cookies, no limits, bodies passed on as they are."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=REQUEST_TIMEOUT_S),
    )


def authorized(headers: Mapping[str, str], api_key: str) -> bool:
    """Whether a request carries the key, compared in constant time."""
    # Bytes that are no UTF-8 arrive as surrogates, and must not be an error of ours.
    given = headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {api_key}".encode())


def refusal(status: int, message: str, **headers: str) -> web.Response:
    """An answer of the gateway itself."""
    return web.json_response({"error": message}, status=status, headers=headers)


class Gateway:
    """Proxies `/inference/{endpoint}` to `/predict` of a replica."""

    def __init__(self, routes: Routes, session: aiohttp.ClientSession, api_key: str) -> None:
        self._routes = routes
        self._session = session
        self._api_key = api_key

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; never raises but for a client that left."""
        began = time.perf_counter()
        if not authorized(request.headers, self._api_key):
            return refusal(401, "the API key is missing or wrong")
        endpoint = request.match_info["name"]
        if not self._routes.knows(endpoint):
            return refusal(404, f"there is no endpoint {endpoint!r}")
        tally = self._routes.tally(endpoint)
        tally.arrived += 1
        call = _Call(request, await _whole_body(request), began)
        tried: list[Route] = []
        while route := self._routes.pick(endpoint, tried):
            tried.append(route)
            answer = await self._attempt(call, route)
            if answer is not None:
                return answer
        tally.unrouted += 1
        return refusal(503, f"no replica of {endpoint!r} is ready", **{"Retry-After": "1"})

    async def _attempt(self, call: "_Call", route: Route) -> web.StreamResponse | None:
        """One try on one replica; None if another may be tried."""
        task = asyncio.current_task()
        assert task is not None
        route.calls.add(task)
        route.begin()
        error = True
        try:
            answer = await self._forward(call, route)
        except NotReachedError:
            return None
        except asyncio.CancelledError as stop:
            if CUT not in stop.args:
                route.tally.abandoned += 1
                raise
            task.uncancel()
            route.tally.cut += 1
            answer = call.broken_off(refusal(502, "the replica was stopped before it had answered"))
        except aiohttp.ClientConnectionResetError as fault:
            if call.begun is None:
                answer = _explained(fault)
            else:  # It was the client that hung up, in the middle of its answer.
                route.tally.abandoned += 1
                return call.begun
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            answer = call.broken_off(_explained(fault))
        else:
            error = answer.status >= 500
        finally:
            route.calls.discard(task)
            route.end()
        route.tally.answered((time.perf_counter() - call.began) * 1000, error=error)
        return answer

    async def _forward(self, call: "_Call", route: Route) -> web.StreamResponse:
        if call.whole is None:
            return await self._stream(call, route)
        request = call.request
        try:
            async with route.upstream.ask(
                request.method, call.target, _passing(request.headers), call.whole, REQUEST_TIMEOUT_S
            ) as answer:
                return await call.pass_on(answer, route)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as fault:
            if call.begun is None and call.repeatable:
                raise NotReachedError from fault
            raise

    async def _stream(self, call: "_Call", route: Route) -> web.StreamResponse:
        """A request whose body is too large to be kept: it goes through once, piece by piece."""
        request = call.request
        try:
            upstream = await self._session.request(
                request.method,
                f"{route.url}{call.target}",
                headers=_passing(request.headers),
                data=request.content,
                allow_redirects=False,
            )
        except aiohttp.ClientConnectorError as fault:
            raise NotReachedError from fault
        async with upstream:
            return await call.pass_on(Answer(upstream.status, upstream.headers, upstream.content), route)


@dataclass(slots=True)
class _Call:
    """One request on its way.

    Attributes:
        whole: its body where it is small enough to be sent again; None where it streams through.
        began: when it arrived, on the performance counter.
        begun: the answer, once its first bytes are on their way to the client.
    """

    request: web.Request
    whole: bytes | None
    began: float
    begun: web.StreamResponse | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again though a replica may have worked on it."""
        harmless = self.request.method in _REPEATABLE or "Idempotency-Key" in self.request.headers
        return self.whole is not None and harmless

    @property
    def target(self) -> str:
        """What to ask of the replica: path and query as they go over the wire."""
        query = self.request.rel_url.raw_query_string
        return f"/predict?{query}" if query else "/predict"

    def broken_off(self, refused: web.Response) -> web.StreamResponse:
        """What to answer after a failure: the refusal, or, where an answer was begun, that one, visibly broken off."""
        if self.begun is None:
            return refused
        if self.request.transport is not None:
            self.request.transport.close()
        return self.begun

    async def pass_on(self, upstream: Answer, route: Route) -> web.StreamResponse:
        """Give the client the replica's answer, a large or endless one piece by piece."""
        headers = _passing(upstream.headers)
        headers[REPLICA_HEADER] = route.replica
        headers[VERSION_HEADER] = route.version
        length = int(upstream.headers["Content-Length"]) if "Content-Length" in upstream.headers else None
        if self.request.method == "HEAD":
            return web.Response(status=upstream.status, headers={**headers, **_length_header(length)})
        if length is not None and length <= _BUFFERED:
            return web.Response(status=upstream.status, headers=headers, body=await upstream.content.read())
        answer = self.begun = web.StreamResponse(status=upstream.status, headers=headers)
        answer.content_length = length
        await answer.prepare(self.request)
        async for chunk in upstream.content.iter_any():
            await answer.write(chunk)
        await answer.write_eof()
        return answer


async def _whole_body(request: web.Request) -> bytes | None:
    """The body where it is small enough to be sent again; None where it must stream through."""
    if not request.can_read_body:
        return b""
    length = request.content_length
    return await request.read() if length is not None and length <= _BUFFERED else None


def _length_header(length: int | None) -> dict[str, str]:
    return {} if length is None else {"Content-Length": str(length)}


def _passing(headers: Mapping[str, str]) -> "CIMultiDict[str]":
    """The headers that are the other side's business, not this connection's."""
    return CIMultiDict((key, value) for key, value in headers.items() if key.lower() not in _HOP_BY_HOP)


def _explained(fault: Exception) -> web.Response:
    if isinstance(fault, TimeoutError):
        return refusal(504, f"the replica did not answer for {REQUEST_TIMEOUT_S:g} s")
    return refusal(502, "the connection to the replica was lost before it had answered")
