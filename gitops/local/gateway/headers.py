"""Which headers pass: from a client to a replica as bytes, from a replica to a client as aiohttp wants them.

A connection's own headers stay with it, and so does the key. What a client says about proxies before this one is not
believed; a replica is told the client's address, the host it asked, and, below an endpoint, the prefix it used.
"""

import re
from collections.abc import Container, Mapping
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

_OF_A_CONNECTION: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
        b"host",
        b"content-length",
        b"expect",
    }
)
_NOT_FOR_A_REPLICA: Final = _OF_A_CONNECTION | {b"authorization", b"forwarded", b"x-real-ip"}
_CLAIMS: Final = b"x-forwarded-"
_NOT_FOR_A_CLIENT: Final = frozenset(name.decode() for name in _OF_A_CONNECTION)
_PLAIN_CONNECTIONS: Final = frozenset({"", "keep-alive", "close", "Keep-Alive", "Close"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def for_replica(request: web.BaseRequest, prefix: str) -> list[bytes]:
    """The header lines of a client's request that its replica gets.

    Args:
        prefix: what the client sees before the path that is asked for; empty where there is no such thing.
    """
    named = _named(request.headers)
    lines = [
        b"%b: %b" % (key, value)
        for key, value in request.raw_headers
        if (lower := key.lower()) not in _NOT_FOR_A_REPLICA and lower not in named and not lower.startswith(_CLAIMS)
    ]
    lines.append(f"X-Forwarded-For: {request.remote}".encode())
    lines.append(f"X-Forwarded-Host: {request.headers.get('Host', '')}".encode("utf-8", "surrogateescape"))
    lines.append(b"X-Forwarded-Proto: http")
    if prefix:
        lines.append(f"X-Forwarded-Prefix: {prefix}".encode("utf-8", "surrogateescape"))
    return lines


def for_client(headers: Mapping[str, str]) -> "CIMultiDict[str]":
    """The headers of a replica's answer that its client gets.

    Raises:
        ClientPayloadError: one of them holds a control character, which no client could be given.
    """
    named = _named(headers)
    passing: CIMultiDict[str] = CIMultiDict()
    for key, value in headers.items():
        if (lower := key.lower()) in _NOT_FOR_A_CLIENT or lower.encode("utf-8", "surrogateescape") in named:
            continue
        if not value.isprintable() and _CONTROL.search(value):
            raise aiohttp.ClientPayloadError(f"the replica's header {key} holds a control character")
        passing.add(key, value)
    return passing


def _named(headers: Mapping[str, str]) -> Container[bytes]:
    """The headers that Connection says belong to this connection alone."""
    connection = headers.get("Connection", "")
    if connection in _PLAIN_CONNECTIONS:
        return ()
    return {token.strip().lower().encode("utf-8", "surrogateescape") for token in connection.split(",")}
