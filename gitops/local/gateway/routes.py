"""The table between supervisor and gateway: which replicas answer for an endpoint, and how many requests each has.

The supervisor puts replicas in and takes them out, the gateway borrows one per request. Both live on one event loop,
so "taken out" is a fact when `take_out` returns: no request is given to the replica afterwards.
"""

import asyncio
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gitops.local.gateway.limits import Limits
from gitops.local.gateway.tally import EndpointTally, ReplicaTally, Tally
from gitops.local.gateway.upstream import Upstream
from gitops.local.runtime import Runtime

_LIMITS: Final = Limits()


@dataclass(slots=True, eq=False)
class Route:
    """One replica in rotation.

    Attributes:
        runtime: how to ask it.
        heard: when it last gave a sign of life, in seconds of the event loop's clock.
        in_flight: requests that it has and has not answered; `idle` is set while there are none.
        slow: those among them that wait for their client's body, or whose answer comes in pieces.
        calls: the requests themselves, to be cut when a drain takes too long.
    """

    replica: str
    version: str
    url: str
    tally: ReplicaTally
    runtime: Runtime = field(default_factory=Runtime)
    heard: float = 0.0
    in_flight: int = 0
    slow: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    calls: "set[asyncio.Task[object]]" = field(default_factory=set)

    upstream: Upstream = field(init=False)

    def __post_init__(self) -> None:
        self.idle.set()
        self.upstream = Upstream(self.url)

    def hear(self) -> None:
        """The replica has just given a sign of life."""
        self.heard = asyncio.get_running_loop().time()

    @property
    def patience_s(self) -> float:
        """How long it may be silent because of the requests that it has, as the gateway's own limits allow them."""
        if not self.in_flight:
            return 0.0
        limit_s = self.runtime.request_timeout_s
        return max(limit_s, _LIMITS.silence_s) + _LIMITS.body_grace_s if self.slow else limit_s

    @contextmanager
    def slowly(self) -> Iterator[None]:
        """A request is in a phase in which silence proves nothing for longer."""
        self.slow += 1
        try:
            yield
        finally:
            self.slow -= 1

    def begin(self) -> None:
        """A request is on its way to the replica."""
        self.in_flight += 1
        self.idle.clear()

    def end(self) -> None:
        """A request has ended."""
        self.in_flight -= 1
        if self.in_flight == 0:
            self.idle.set()


class Routes:
    """Endpoint -> its replicas in rotation."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._ready: dict[str, list[Route]] = {}

    def know(self, endpoint: str) -> None:
        """An endpoint exists, whether or not a replica of it is ready."""
        self._ready.setdefault(endpoint, [])

    def close(self, endpoint: str) -> None:
        """An endpoint takes no request any more, as if it were not there; those that its replicas have go on."""
        self._ready.pop(endpoint, None)

    def forget(self, endpoint: str, now: datetime) -> None:
        """An endpoint is gone, and its counters with it."""
        self.close(endpoint)
        self._tally.forget(endpoint, now)

    def knows(self, endpoint: str) -> bool:
        """Whether there is such an endpoint."""
        return endpoint in self._ready

    def tally(self, endpoint: str) -> EndpointTally:
        """The endpoint's counters."""
        return self._tally.endpoint(endpoint)

    def put_in(self, endpoint: str, replica: str, version: str, port: int, runtime: Runtime | None = None) -> Route:
        """Let a replica answer for an endpoint."""
        tally = self._tally.endpoint(endpoint).replica(replica, version)
        route = Route(replica, version, f"http://127.0.0.1:{port}", tally, runtime or Runtime())
        self._ready.setdefault(endpoint, []).append(route)
        return route

    def take_out(self, endpoint: str, route: Route) -> None:
        """Give the replica no request any more; those it has go on."""
        routes = self._ready.get(endpoint, [])
        if route in routes:
            routes.remove(route)
        route.upstream.close()

    def retire(self, endpoint: str, replica: str) -> None:
        """A replica is gone for good; its counters may be added to those of others that are gone."""
        self._tally.endpoint(endpoint).retire(replica)

    def pick(self, endpoint: str, without: Container[Route] = ()) -> Route | None:
        """The replica with the fewest requests in flight; None if no other one is ready."""
        best: Route | None = None
        for route in self._ready.get(endpoint, ()):
            if route not in without and (best is None or route.in_flight < best.in_flight):
                best = route
        if best is not None:
            # Ties go round: the one that was just picked is looked at last next time.
            routes = self._ready[endpoint]
            routes.remove(best)
            routes.append(best)
        return best


async def drain(route: Route, timeout_s: float) -> int:
    """Wait until a replica that was taken out has no request any more; cut what is left when the time is over.

    Returns:
        How many requests were cut.
    """
    if await _idle(route, timeout_s):
        return 0
    left = [call for call in route.calls if not call.done()]
    for call in left:
        call.cancel(CUT)
    await _idle(route, CUT_GRACE_S)
    return len(left)


async def _idle(route: Route, timeout_s: float) -> bool:
    with suppress(TimeoutError):
        if not route.idle.is_set():
            async with asyncio.timeout(timeout_s):
                await route.idle.wait()
    return route.idle.is_set()


CUT_GRACE_S = 5.0
"""For a call that was cut to tell its client so; a client that does not read is not waited for longer."""

CUT = "cut"
"""The message with which a call is cancelled when its replica must stop."""
