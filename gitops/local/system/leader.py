"""The first process of a replica, whose end is the replica's end: started by us, or found again after a restart."""

import asyncio
import os
from contextlib import suppress
from typing import Final, Protocol

from gitops.local.system.identity import lives, started_of

_POLL_S: Final = 0.1


class Leader(Protocol):
    """A process, and how to learn that it has ended."""

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""

    @property
    def started(self) -> float:
        """When it started, as `identity.started_of` tells it."""

    async def wait(self) -> int | None:
        """Its exit status once it has ended, negative for a signal; None where the system does not tell."""


class Child:
    """A process that we started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.started = started_of(process.pid) or 0.0

    async def wait(self) -> int | None:
        """The exit status, as the system tells a parent."""
        return await self._process.wait()


class Adopted:
    """A process that an earlier life of the platform started; the system tells nobody but its parent how it ended."""

    def __init__(self, pid: int, started: float) -> None:
        self.pid = pid
        self.started = started

    async def wait(self) -> int | None:
        """None, once it is gone."""
        with suppress(OSError, AttributeError):
            descriptor = os.pidfd_open(self.pid)
            try:
                await self._readable(descriptor)
            finally:
                os.close(descriptor)
        # Where there is no pidfd (macOS), and where the number was another process's already when we opened it.
        await self._polled()
        return None

    async def _polled(self) -> None:
        never = asyncio.Event()
        while self._may_live():
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await never.wait()

    def _may_live(self) -> bool:
        """Whether it is there, or nobody can tell."""
        try:
            return lives(self.pid, self.started)
        except OSError:
            return True

    async def _readable(self, descriptor: int) -> None:
        """A pidfd gets readable when its process ends."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        if not lives(self.pid, self.started):
            return
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
