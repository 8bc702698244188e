"""Answers, and how they become bytes. Knows no sockets and no model."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Headers = Sequence[tuple[str, str]]
    Parts = AsyncGenerator["Reply | Opening | bytes", None]
    """An answer bit by bit: one `Reply`; or an `Opening`, then the parts of its body."""

_REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    417: "Expectation Failed",
    422: "Unprocessable Content",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    505: "HTTP Version Not Supported",
}

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class Reply:
    """A whole answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes = b"", headers: Headers = ()) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class Opening:
    """The beginning of an answer whose body follows in parts.

    Attributes:
        length: bytes of the body; None if nobody knows yet.
    """

    __slots__ = ("headers", "length", "status")

    def __init__(self, status: int, headers: Headers = (), length: int | None = None) -> None:
        self.status = status
        self.headers = headers
        self.length = length


class Streamed:
    """An answer whose body is made while it is sent: what it opens with, and what follows."""

    __slots__ = ("items", "opening")

    def __init__(self, opening: Opening, items: AsyncGenerator[bytes, None]) -> None:
        self.opening = opening
        self.items = items


class Cut(Exception):
    """An answer that ended before its end; the client must see that it did."""


def json_reply(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    """An answer in JSON, compact and in UTF-8.

    Raises:
        TypeError: for a value that JSON does not know.
        ValueError: for a number that JSON does not know (NaN, infinity), or a value that contains itself.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Reply(status, text.encode(), [("content-type", "application/json"), *headers])


def error_reply(status: int, message: str, headers: Headers = ()) -> Reply:
    """An answer that says what went wrong."""
    return json_reply({"error": message}, status, headers)


def head_of(reply: Reply | Opening, length: int | None, chunked: bool, keep_alive: bool) -> bytes:  # noqa: FBT001
    """The bytes before a body: of `length` bytes, or in chunks, or (neither) until the connection ends."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if length is not None:
        lines.append(f"content-length: {length}")
    elif chunked:
        lines.append("transfer-encoding: chunked")
    if not keep_alive:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk_of(part: bytes) -> bytes:
    """One chunk of a body; `part` is not empty, because an empty chunk ends a body."""
    return b"%x\r\n%b\r\n" % (len(part), part)
