"""One living replica: its process, its place in the rotation, and the two tasks of its life, running and stopping."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from gitops.errors import GitopsError
from gitops.local.journal import Journal
from gitops.local.process import Processes, ReplicaProcess
from gitops.local.routes import Route, Routes, drain
from gitops.local.state import Replica, Version
from gitops.model.secret import MASK

_LAST_WORDS: Final = 2000

POLL_S: Final = 0.03
"""Between two questions to a starting replica whether it is ready."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that keepers and members need of the world around them.

    Attributes:
        version, package: a version by its model and name, and where its files lie.
        logs: the folder of the replicas' outputs.
        drain_s: how long a replica that was taken out may finish its requests.
        now, monotonic: the clocks.
        port: gives a port for a new replica.
    """

    journal: Journal
    processes: Processes
    routes: Routes
    version: Callable[[str, str], Version]
    package: Callable[[Version], Path]
    logs: Path
    drain_s: float
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    port: Callable[[], int]


class Watcher(Protocol):
    """Who is told what becomes of a member. Not told of an end that it asked for itself, but for `stopped`."""

    def became_ready(self, member: "Member", port: int) -> None:
        """It answers on this port."""

    def died(self, member: "Member", how: str) -> None:
        """Its process could not be started, or has ended by itself."""

    def stopped(self, member: "Member", cut: int) -> None:
        """Its process was ended as asked; so many requests were cut."""


class Member:
    """A replica from its start to its end.

    Attributes:
        replica: what is known of it; its keeper brings that up to date.
        process: None until it is started.
    """

    def __init__(self, replica: Replica, site: Site, watcher: Watcher) -> None:
        self.replica = replica
        self.process: ReplicaProcess | None = None
        self._site = site
        self._watcher = watcher
        self._route: Route | None = None
        self._spawned = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start its process and watch over it."""
        self._life = asyncio.create_task(self._live(), name=f"life of {self.replica.id}")

    def begin_stop(self) -> "asyncio.Task[None]":
        """Take it out of rotation at once, drain and end it meanwhile; asked again, the same stop goes on."""
        if self._stopping is None:
            self._take_out()
            self._stopping = asyncio.create_task(self._stop(), name=f"stop of {self.replica.id}")
        return self._stopping

    async def counted(self) -> None:
        """Bring what the replica itself counts up to date in the tally, if it answers requests."""
        if self._route is None or self.process is None:
            return
        reported = await self.process.reported()
        if reported is not None:
            self._route.tally.reported = reported

    def _take_out(self) -> None:
        if self._route is not None:
            self._site.routes.take_out(self.replica.endpoint, self._route)

    async def _live(self) -> None:
        log = self._site.logs / self.replica.log
        try:
            self.replica = self.replica.model_copy(update={"port": self._site.port()})
            version = self._site.version(self.replica.model, self.replica.template.version)
            package = self._site.package(version)
            process = self.process = await self._site.processes.start(self.replica, version, package, log)
        except (OSError, ValueError, GitopsError) as fault:
            self._died(f"it could not be started: {fault}")
            return
        finally:
            self._spawned.set()
        self.replica = self.replica.model_copy(update={"pid": process.pid, "started": process.started})
        ended = asyncio.create_task(process.wait())
        try:
            await self._until_ready(process, ended)
            status = await ended
        finally:
            ended.cancel()
        if self._stopping is None:
            await process.bury()
            self._died(f"it {_exit_text(status)}{_last_words(log, _secrets(version))}")

    async def _until_ready(self, process: ReplicaProcess, ended: "asyncio.Task[int]") -> None:
        while not ended.done():
            port = await process.ready_at()
            if port is not None and not ended.done():
                if self._stopping is None:
                    name, version = self.replica.endpoint, self.replica.template.version
                    self._route = self._site.routes.put_in(name, self.replica.id, version, port)
                    self._watcher.became_ready(self, port)
                return
            await asyncio.wait({ended}, timeout=POLL_S)

    def _died(self, how: str) -> None:
        if self._stopping is None:
            self._take_out()
            self._site.routes.retire(self.replica.endpoint, self.replica.id)
            self._watcher.died(self, how)

    async def _stop(self) -> None:
        """Out of rotation, drained, ended: in this order."""
        cut = 0
        if self._route is not None:
            cut = await drain(self._route, self._site.drain_s)
            await self.counted()
        # A start is never cancelled half-way, or its process would be lost.
        await self._spawned.wait()
        if self.process is not None:
            await self.process.stop()
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
        self._site.routes.retire(self.replica.endpoint, self.replica.id)
        self._watcher.stopped(self, cut)


def _exit_text(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"


def _secrets(version: Version) -> list[str]:
    """The values that came from the environment: a model may print them, and its last words are shown to people."""
    variables = version.config.get("environment_variables")
    if not isinstance(variables, dict):
        return []
    return [str(variables[name]) for name in version.secrets if variables.get(name)]


def _last_words(log: Path, secrets: Iterable[str]) -> str:
    """The last line of a replica's output without its secrets, for the message that says why it died."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _LAST_WORDS))
            lines = stream.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    if not lines:
        return "; it said nothing"
    said = lines[-1]
    for secret in secrets:
        said = said.replace(secret, MASK)
    return f"; it last said: {said}"
