"""One look at all connections now and then: those that hold on without doing anything are ended.

That is a client that has not asked with the key some time after it connected, and one that does not read its answer.
One look costs less than a timer for every connection and every write.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from gitops.local.gateway.limits import Limits


class Connection(Protocol):
    """A client's connection; no transport once nobody writes to it any more."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """Where its bytes go."""


@dataclass(slots=True)
class _Seen:
    """A connection as it was at the last look.

    Attributes:
        since: when it was first seen, in s.
        unread: bytes that wait to be sent, and have been as many since `stalled`.
    """

    transport: asyncio.Transport
    since: float
    unread: int
    stalled: float


class Sweep:
    """What was seen at the last look.

    Args:
        connections: all there are now.
        visitors: those that have shown the key.
    """

    def __init__(self, connections: Callable[[], Iterable[Connection]], visitors: set[object], limits: Limits) -> None:
        self._connections = connections
        self._visitors = visitors
        self._limits = limits
        self._seen: dict[Connection, _Seen] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self._limits.look_s)
            self.look(clock())

    def look(self, now: float) -> None:
        """End what has held on for too long.

        Args:
            now: in s, on any clock that does not go back.
        """
        there = tuple(self._connections())
        self._visitors.intersection_update(there)
        self._seen = {one: seen for one in there if (seen := self._seen_again(one, now)) is not None}
        for one, seen in self._seen.items():
            stranger = one not in self._visitors and now - seen.since >= self._limits.head_s
            if stranger or (seen.unread and now - seen.stalled >= self._limits.stall_s):
                seen.transport.abort()

    def _seen_again(self, one: Connection, now: float) -> _Seen | None:
        seen = self._seen.get(one)
        if seen is None:
            if one.transport is None:
                return None
            return _Seen(one.transport, now, one.transport.get_write_buffer_size(), now)
        # A connection that is being closed has no transport any more, but may still wait for its client to read.
        unread = seen.transport.get_write_buffer_size()
        if unread != seen.unread:
            seen.unread, seen.stalled = unread, now
        return seen
