"""Turns requests into answers by asking one predictor, and counts them. Knows no sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable
from traceback import print_exception
from typing import TYPE_CHECKING

from fedml.serving._answer import Cut, Opening, Reply, Streamed, error_reply, json_reply
from fedml.serving._files import file_answer
from fedml.serving._framework import framework_answer
from fedml.serving._streaming import items_of

if TYPE_CHECKING:
    from fedml.serving._answer import Headers, Parts
    from fedml.serving._request import Request

_METHODS = {"/predict": ("POST",), "/ready": ("GET", "HEAD"), "/gitops/counters": ("GET", "HEAD")}
_JSON_ACCEPTS = frozenset({"application/json", "*/*"})


class Predictions:
    """The answers of one predictor. Whatever the model raises is an answer too, and goes to stderr.

    Attributes:
        requests: requests to `/predict` that are done with, whatever the answer was.
        errors: those of them whose answer was a 5xx, or broke off because the model failed.
    """

    def __init__(self, predictor: object) -> None:
        self._predictor = predictor
        self.requests = 0
        self.errors = 0

    def __call__(self, request: Request) -> Reply | Parts:
        """The answer to one request, at once or bit by bit."""
        methods = _METHODS.get(request.path)
        if methods is None:
            return error_reply(404, f"nothing is at {request.path}; a model answers at /predict and /ready")
        if request.method not in methods:
            allowed = ", ".join(methods)
            return error_reply(405, f"{request.path} takes {allowed}, not {request.method}", [("allow", allowed)])
        if request.path == "/predict":
            return self._predict(request)
        if request.path == "/ready":
            return self._ready()
        return json_reply({"requests": self.requests, "errors": self.errors})

    def _ready(self) -> Reply:
        try:
            return json_reply({"status": "Success"}) if self._predictor.ready() else Reply(202)  # type: ignore[attr-defined]
        except Exception as error:  # noqa: BLE001  whatever a model raises is an answer
            return _failure(error)

    def _predict(self, request: Request) -> Reply | Parts:
        received = time.time_ns()
        try:
            payload = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            return self._counted(error_reply(400, f"the body is not JSON: {error}"))
        accept = request.headers.get("accept", "application/json")
        if accept not in _JSON_ACCEPTS:
            return self._bit_by_bit(self._file(payload, accept, received))
        if not isinstance(payload, dict):
            return self._counted(error_reply(422, "the body is JSON, but not an object: {...} is expected"))
        if payload.get("stream", False):
            return self._bit_by_bit(self._stream(payload, received))
        return self._at_once(payload, received)

    def _at_once(self, payload: object, received: int) -> Reply | Parts:
        try:
            result = self._predictor.predict(payload)  # type: ignore[attr-defined]
            answer = _later(result, received) if hasattr(result, "__await__") else _answer_to(result, received)
        except Exception as error:  # noqa: BLE001  whatever a model raises is an answer
            return self._counted(_failure(error))
        return self._counted(answer) if isinstance(answer, Reply) else self._bit_by_bit(answer)

    async def _file(self, payload: object, accept: str, received: int) -> Streamed:
        path = await _settled(self._predictor.predict(payload, accept))  # type: ignore[attr-defined]
        return file_answer(path, accept, _times(received))

    async def _stream(self, payload: object, received: int) -> Reply | Streamed:
        source = await _settled(self._predictor.async_predict(payload))  # type: ignore[attr-defined]
        headers = _times(received)
        return framework_answer(source, headers) or Streamed(Opening(200, headers), items_of(source))

    def _counted(self, reply: Reply) -> Reply:
        self.requests += 1
        self.errors += reply.status >= 500
        return reply

    async def _bit_by_bit(self, pending: Awaitable[Reply | Streamed] | Streamed) -> Parts:
        """An answer as it becomes known. What fails before its first part is still a 500; after it, the answer is cut.

        Raises:
            Cut: when the model failed in the middle.
        """
        opened = False
        streamed: Streamed | None = None
        try:
            answer = pending if isinstance(pending, Streamed) else await pending
            if isinstance(answer, Reply):
                self.errors += answer.status >= 500
                yield answer
                return
            streamed = answer
            async for item in streamed.items:
                if not opened:
                    opened = True
                    yield streamed.opening
                yield item
            if not opened:
                yield streamed.opening
        except (Exception, asyncio.CancelledError) as error:
            if opened and isinstance(error, asyncio.CancelledError):
                raise  # the client has gone
            self.errors += 1
            reply = _failure(error)
            if opened:
                raise Cut from error
            yield reply
        finally:
            self.requests += 1
            if streamed is not None:
                await streamed.items.aclose()


async def _settled(result: object) -> object:
    return await result if hasattr(result, "__await__") else result


async def _later(result: Awaitable[object], received: int) -> Reply | Streamed:
    return _answer_to(await result, received)


def _answer_to(result: object, received: int) -> Reply | Streamed:
    headers = _times(received)
    if type(result) is not dict:
        answer = framework_answer(result, headers)
        if answer is not None:
            return answer
    return json_reply(result, headers=headers)


def _times(received: int) -> Headers:
    """When the request arrived and when the model had answered, in ns since 1970, as fedml's own runner names them."""
    return [("fedml_t3", str(received)), ("fedml_t4", str(time.time_ns()))]


def _failure(error: BaseException) -> Reply:
    print_exception(type(error), error, error.__traceback__)
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return error_reply(500, text.encode(errors="backslashreplace").decode())
