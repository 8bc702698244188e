"""Turns a response object that a model made with a web framework of its own into an answer of this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedml.serving._answer import Opening, Reply, Streamed
from fedml.serving._streaming import items_of

if TYPE_CHECKING:
    from fedml.serving._answer import Headers

_OF_THE_CONNECTION = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


def framework_answer(result: object, headers: Headers) -> Reply | Streamed | None:
    """What a Starlette or FastAPI response says, with `headers` added; None for anything else.

    It is known by its looks, because this module must not need the framework that the model brings.
    """
    status = getattr(result, "status_code", None)
    if not isinstance(status, int) or not hasattr(result, "headers"):
        return None
    own = [(name, value) for name, value in result.headers.items() if name.lower() not in _OF_THE_CONNECTION]
    body = getattr(result, "body", None)
    if isinstance(body, bytes):
        return Reply(status, body, [*own, *headers])
    source = getattr(result, "body_iterator", None)
    if source is not None:
        return Streamed(Opening(status, [*own, *headers]), items_of(source))
    return None
