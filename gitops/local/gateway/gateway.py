"""The gateway: a request to an endpoint goes to its least busy ready replica, and every answer is counted.

A request is tried again on another replica only if the first was never reached (connection refused), or was lost
before a byte of the answer and may be repeated (GET, HEAD, or an `Idempotency-Key`).
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

import aiohttp
from aiohttp import web

from gitops.local.gateway.below import PREDICTION, below
from gitops.local.gateway.call import Call
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.refusal import Refused, refusal, refused
from gitops.local.gateway.routes import CUT, Route, Routes
from gitops.local.gateway.upstream import NotReachedError
from gitops.wire import paths

_CHAT_LIMIT: Final = 16 << 20
"""Bytes of a request whose endpoint is named in its body, which must be read to find it."""


class Gateway:
    """Proxies what is asked of endpoints to their replicas; whoever asks has shown the key.

    Args:
        named: an endpoint's name by its id, where it has one; who asks by id is TensorOpera's client.
    """

    def __init__(self, routes: Routes, limits: Limits, named: Callable[[str], str | None] = lambda _: None) -> None:
        self._routes = routes
        self._limits = limits
        self._named = named

    def routes(self, **options: Any) -> list[web.RouteDef]:
        """Every path of endpoints with its handler.

        Args:
            options: of each route, as aiohttp names them.
        """
        return [
            web.route("POST", paths.MODEL_CHAT, self.by_model, **options),
            web.route("*", paths.INFERENCE, self.endpoint, **options),
            web.route("POST", paths.COMPLETIONS, self.predict, **options),
            web.route("POST", paths.CHAT, self.predict, **options),
            web.route("*", paths.BELOW, self.below, **options),
            web.route("*", paths.CUSTOM, self.custom, **options),
        ]

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """Answer a prediction; in an envelope where the endpoint was named by its id."""
        call, name = Call(request, PREDICTION, self._limits), request.match_info["name"]
        call.by_id = request.method == "POST" and not self._routes.knows(name)
        return await self._answer(call, name)

    async def predict(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to the endpoint itself; never raises but for a client that left."""
        return await self._answer(Call(request, PREDICTION, self._limits), request.match_info["name"])

    async def below(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to a path below the endpoint's, which its model card must have exposed."""
        return await self._answer_below(request, always=False)

    async def custom(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to any path of the replica."""
        return await self._answer_below(request, always=True)

    async def by_model(self, request: web.Request) -> web.StreamResponse:
        """Answer a chat whose body names the endpoint: `model` is `endpoint` or `user/endpoint`."""
        call = Call(request, PREDICTION, self._limits)
        try:
            call.whole = await call.body.at_most(_CHAT_LIMIT, f"use {paths.CHAT}, which streams it")
            name = _named_in(call.whole)
        except Refused as fault:
            return refused(request, fault.status, fault.message)
        return await self._answer(call, name)

    async def _answer_below(self, request: web.Request, *, always: bool) -> web.StreamResponse:
        try:
            asked = below(request.rel_url.raw_path, always=always)
        except Refused as fault:
            return refused(request, fault.status, fault.message)
        return await self._answer(Call(request, asked, self._limits), request.match_info["name"])

    async def _answer(self, call: Call, asked: str) -> web.StreamResponse:
        request = call.request
        endpoint = asked if self._routes.knows(asked) else self._named(asked)
        if endpoint is None or not self._routes.knows(endpoint):
            return refused(request, 404, f"there is no endpoint {asked!r}")
        tally = self._routes.tally(endpoint)
        tally.arrived += 1
        try:
            if call.whole is None:
                call.whole = await call.body.whole()
        except Refused as fault:
            return refused(request, fault.status, fault.message)
        tried: list[Route] = []
        while route := self._routes.pick(endpoint, tried):
            path = call.asked.of(route.runtime)
            if path is None:
                return refused(request, 404, _hidden(endpoint))
            tried.append(route)
            answer = await self._attempt(call, route, path)
            if answer is not None:
                return answer
        tally.unrouted += 1
        return refused(request, 503, f"no replica of {endpoint!r} is ready", **{"Retry-After": "1"})

    async def _attempt(self, call: Call, route: Route, path: str) -> web.StreamResponse | None:
        """One try on one replica; None if another may be tried."""
        task = asyncio.current_task()
        assert task is not None
        route.calls.add(task)
        route.begin()
        error = True
        try:
            answer = await self._forward(call, route, path)
        except NotReachedError:
            return None
        except asyncio.CancelledError as stop:
            if CUT not in stop.args:
                route.tally.abandoned += 1
                raise
            task.uncancel()
            route.tally.cut += 1
            answer = call.broken_off(refusal(502, "the replica was stopped before it had answered"))
        except Refused as fault:  # What is wrong is the client's body, which the replica never saw the end of.
            route.tally.abandoned += 1
            return call.broken_off(refusal(fault.status, fault.message))
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            if isinstance(fault, aiohttp.ClientConnectionResetError) and call.begun is not None:
                route.tally.abandoned += 1  # It was the client that hung up, in the middle of its answer.
                return call.begun
            answer = call.broken_off(call.explained(fault, route))
        else:
            error = answer.status >= 500
        finally:
            route.calls.discard(task)
            route.end()
        route.tally.answered(call.elapsed_ms, error=error)
        return answer

    async def _forward(self, call: Call, route: Route, path: str) -> web.StreamResponse:
        try:
            async with call.put_to(route, path) as answer:
                route.hear()
                return await call.pass_on(answer, route)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as fault:
            if call.repeatable:
                raise NotReachedError from fault
            raise


def _named_in(body: bytes) -> str:
    """The endpoint that a chat is for.

    Raises:
        Refused: 400, it does not say.
    """
    try:
        chat = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Refused(400, f"the body is not JSON: {fault}") from fault
    model = chat.get("model") if isinstance(chat, dict) else None
    if not isinstance(model, str):
        raise Refused(400, "the body names no endpoint: model is its name, or user/name")
    return model.rpartition("/")[2]


def _hidden(endpoint: str) -> str:
    return (
        f"endpoint {endpoint!r} answers at {paths.fill(paths.INFERENCE, name=endpoint)} only; "
        "with expose_subdomains: true in its model card every path below it goes to the model"
    )
