"""Who comes in: a request without the key learns nothing, whatever it asks for, and its body is not read.

It also remembers which connections have shown the key, and refuses what cannot pass at all.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web

from gitops.local.gateway.refusal import refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def authorized(headers: Mapping[str, str], expected: bytes) -> bool:
    """Whether a request's `Authorization` is as expected, compared in constant time."""
    # Bytes that are no UTF-8 arrive as surrogates, and must not be an error of ours.
    return hmac.compare_digest(headers.get("Authorization", "").encode("utf-8", "surrogateescape"), expected)


class Door:
    """Stands before every handler, the one of unknown paths included.

    Attributes:
        visitors: the connections that have shown the key; whoever looks at them forgets those that ended.
    """

    def __init__(self, api_key: str) -> None:
        self.visitors: set[object] = set()
        self._guarded: frozenset[object] = frozenset()
        self._expected = f"Bearer {api_key}".encode()

    def leave_to(self, handlers: Iterable[object]) -> None:
        """From now on let these handlers ask for the key themselves; they tell `admit` who has shown it."""
        self._guarded = frozenset(handlers)

    def admit(self, request: web.Request) -> None:
        """A request has shown the key."""
        self.visitors.add(request.protocol)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or say why not."""
        away = None if request.match_info.handler in self._guarded else self._turned_away(request)
        return await handler(request) if away is None else away

    async def expect(self, request: web.Request) -> web.StreamResponse | None:
        """Look at a request whose client asks before it sends the body; who reads the body asks for it."""
        expected = request.headers["Expect"]
        if (away := self._turned_away(request)) is None and expected.lower() != "100-continue":
            return refused(request, 417, "the only Expect that is met is 100-continue")
        return away

    def _turned_away(self, request: web.Request) -> web.StreamResponse | None:
        if not authorized(request.headers, self._expected):
            return refused(request, 401, "the API key is missing or wrong")
        self.admit(request)
        if "Upgrade" in request.headers or request.method == "CONNECT":
            return _upgrade_refused(request)
        return None


def _upgrade_refused(request: web.Request) -> web.StreamResponse | None:
    protocol = request.headers.get("Upgrade", "")
    if protocol.lower() == "h2c":  # common clients ask for it every time, and do without
        return None
    answer = refused(request, 501, f"{protocol or 'CONNECT'} cannot pass; ask in plain HTTP/1.1")
    answer.force_close()
    return answer
