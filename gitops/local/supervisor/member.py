"""One living replica: its process, its place in the rotation, and the two tasks of its life, running and stopping."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from gitops.errors import GitopsError
from gitops.local.bootstrap.unprepared import Unprepared
from gitops.local.gateway.routes import Route, drain
from gitops.local.masking import last_lines, secrets_of
from gitops.local.replicas.process import ReplicaProcess
from gitops.local.runtime import Runtime
from gitops.local.state import Replica
from gitops.local.supervisor.bereavement import Cause, End
from gitops.local.supervisor.pulse import Pulse, Sign
from gitops.local.supervisor.site import Site
from gitops.local.upkeep import attempt, insist
from gitops.model.card import CardSpec
from gitops.model.live import ReplicaState
from gitops.model.quantity import duration_text

_LAST_WORDS: Final = (64 << 10) + 1
"""One byte more than is looked at, so that it shows whether there was more."""

POLL_S: Final = 0.03
"""Between two questions to a replica that has just been started whether it is ready."""

_LONGEST_POLL_S: Final = 0.5
_POLL_SHARE: Final = 0.05
"""Of the time since its start: one that loads for a minute is not asked thirty times a second."""

_FROM_OUTSIDE: Final = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
"""Ends that a program does not choose for itself. None, an end that nobody could see, counts as one."""


class Watcher(Protocol):
    """Who is told what becomes of a member. Not told of an end that it asked for itself, but for `stopped`."""

    def launched(self, member: "Member", waited_s: float) -> None:
        """Its process runs, after so many seconds of waiting for its version's bootstrap."""

    def became_ready(self, member: "Member", port: int) -> None:
        """It answers on this port."""

    def died(self, member: "Member", end: End) -> None:
        """Its process could not be started, has ended by itself, or had to be ended."""

    def stopped(self, member: "Member", cut: int) -> None:
        """Its process was ended as asked; so many requests were cut."""


class Member:
    """A replica from its start to its end.

    Attributes:
        replica: what is known of it; its keeper brings that up to date.
        process: None until it is started.
        runtime: how it is asked and how much it may use.
        preparing: it waits for its version's bootstrap.
    """

    def __init__(self, replica: Replica, site: Site, watcher: Watcher) -> None:
        self.replica = replica
        self.process: ReplicaProcess | None = None
        self.runtime = Runtime()
        self.preparing = False
        self._site = site
        self._watcher = watcher
        self._route: Route | None = None
        self._pulse: Pulse | None = None
        self._ready_since: float | None = None
        self._condemned = ""
        self._spawning = False
        self._spawned = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start its process and watch over it."""
        self._life = asyncio.create_task(self._guarded(self._live), name=f"life of {self.replica.id}")

    def adopt(self, process: ReplicaProcess) -> None:
        """Go on with a process that an earlier life of the platform started; one that was ready answers at once."""
        self.process = process
        self._spawned.set()
        self._read_runtime()
        if self.replica.state is ReplicaState.READY:
            self._enter(self.replica.port)
        self._life = asyncio.create_task(
            self._guarded(lambda: self._watch_over(process)), name=f"life of {self.replica.id}"
        )

    def begin_stop(self) -> "asyncio.Task[None]":
        """Take it out of rotation at once, drain and end it meanwhile; asked again, the same stop goes on."""
        if self._stopping is None:
            self._take_out()
            self._stopping = asyncio.create_task(self._stop(), name=f"stop of {self.replica.id}")
        return self._stopping

    @property
    def ready_s(self) -> float | None:
        """For how long it has been ready, as far as this life of the platform knows; None if it never was."""
        return None if self._ready_since is None else self._site.monotonic() - self._ready_since

    async def counted(self) -> None:
        """Bring what the replica itself counts up to date in the tally, if it answers requests."""
        if self._route is None or self.process is None:
            return
        reported = await self.process.reported()
        if reported is not None:
            self._route.tally.reported = reported

    def look_after(self) -> None:
        """Ask it whether it lives, if it has been silent; give it up, if it has been so for too long."""
        if self._route is None or self._pulse is None or self._stopping is not None or self._condemned:
            return
        route, now = self._route, self._site.monotonic()
        sign = self._pulse.look(now, heard=route.heard, patience_s=route.patience_s)
        if sign is Sign.ASK:
            self._pulse.ask(now)
            self._asking = asyncio.create_task(self._ask(self._pulse), name=f"question to {self.replica.id}")
        elif sign is Sign.GIVE_UP:
            silent = duration_text(round(now - self._pulse.heard))
            self.condemn(f"it has stopped answering: nothing came for {silent}, nor to GET {self.runtime.live_path}")

    async def _ask(self, pulse: Pulse) -> None:
        assert self.process is not None
        answered = False
        try:
            answered = await self.process.answers()
        finally:
            pulse.told(self._site.monotonic(), answered=answered)

    def condemn(self, why: str) -> None:
        """End it at once: it is of no use any more. Its watcher is told that it died, and why."""
        if self.process is not None and self._stopping is None and not self._condemned:
            self._condemned = why
            self._take_out()
            self._killing = asyncio.create_task(insist("an end", self.process.kill), name=f"end of {self.replica.id}")

    def _read_runtime(self) -> None:
        version = self._site.version(self.replica.model, self.replica.template.version)
        self.runtime = Runtime.of(CardSpec.model_validate(version.config))

    def _enter(self, port: int) -> None:
        replica, now = self.replica, self._site.monotonic()
        version = replica.template.version
        self._route = self._site.routes.put_in(replica.endpoint, replica.id, version, port, self.runtime)
        self._pulse, self._ready_since = Pulse(heard=now), now

    def _take_out(self) -> None:
        if self._route is not None:
            self._site.routes.take_out(self.replica.endpoint, self._route)

    async def _guarded(self, life: Callable[[], Awaitable[None]]) -> None:
        """Live; whatever goes wrong with that, in the end its process is gone and its watcher knows."""
        if await attempt(f"the life of {self.replica.id}", life):
            return
        self._spawned.set()
        if self._stopping is None:
            await self._end_whatever_runs()
            self._died(End(Cause.CRASHED, "the platform could not look after it; its log says why"))

    async def _end_whatever_runs(self) -> None:
        """End its process; a start that failed may have left one of which nobody else knows."""
        end = self.process.kill if self.process is not None else partial(self._site.processes.end, self.replica.token)
        if self.process is not None or self._spawning:
            await insist(f"the end of {self.replica.id}", end)

    async def _live(self) -> None:
        try:
            process = await self._launch()
        except Unprepared as fault:
            self._died(End(Cause.UNPREPARED, fault.message, fault.last_lines))
            return
        except (OSError, ValueError, GitopsError) as fault:
            await self._end_whatever_runs()
            self._died(End(Cause.CRASHED, f"it could not be started: {fault}"))
            return
        finally:
            self._spawned.set()
        await self._watch_over(process)

    async def _launch(self) -> ReplicaProcess:
        site, began = self._site, self._site.monotonic()
        self._read_runtime()
        version = site.version(self.replica.model, self.replica.template.version)
        self.preparing = True
        try:
            environment = await site.prepare(version)
        finally:
            self.preparing = False
        waited_s = site.monotonic() - began
        self._spawning = True
        self.replica = self.replica.model_copy(update={"port": site.port()})
        log = site.logs / self.replica.log
        process = self.process = await site.processes.start(self.replica, version, environment, log)
        self.replica = self.replica.model_copy(update={"pid": process.pid, "started": process.started})
        if self._stopping is None:
            self._watcher.launched(self, waited_s)
        return process

    async def _watch_over(self, process: ReplicaProcess) -> None:
        ended = asyncio.create_task(process.wait())
        try:
            if self._route is None:
                await self._until_ready(process, ended)
            status = await ended
        finally:
            ended.cancel()
        if self._stopping is None:
            self._take_out()
            await insist(f"the end of what {self.replica.id} left", process.kill)
            self._died(self._end(status))

    async def _until_ready(self, process: ReplicaProcess, ended: "asyncio.Task[int | None]") -> None:
        began = self._site.monotonic()
        while not ended.done():
            port = await process.ready_at()
            if port is not None and not ended.done():
                if self._stopping is None and not self._condemned:
                    self._enter(port)
                    self._watcher.became_ready(self, port)
                return
            waited = self._site.monotonic() - began
            if waited >= self.runtime.deploy_timeout_s:
                self.condemn(f"it was not ready after {duration_text(self.runtime.deploy_timeout_s)} (deploy_timeout)")
            await asyncio.wait({ended}, timeout=max(POLL_S, min(waited * _POLL_SHARE, _LONGEST_POLL_S)))

    def _end(self, status: int | None) -> End:
        version = self._site.version(self.replica.model, self.replica.template.version)
        lines = last_lines(self._last_words(), secrets_of(version))
        if self._condemned:
            return End(Cause.CRASHED, self._condemned, lines, self.ready_s)
        from_outside = status is None or status in _FROM_OUTSIDE
        cause = Cause.KILLED if from_outside and self._ready_since is not None else Cause.CRASHED
        return End(cause, f"it {_exit_text(status)}; {_quoted(lines)}", lines, self.ready_s)

    def _last_words(self) -> bytes:
        """The end of its output, also just after that was rotated away."""
        log = self._site.logs / self.replica.log
        return _end_of(log.with_name(f"{log.name}.1")) + _end_of(log)

    def _died(self, end: End) -> None:
        if self._stopping is None:
            self._take_out()
            self._site.routes.retire(self.replica.endpoint, self.replica.id)
            self._watcher.died(self, end)

    async def _stop(self) -> None:
        """Out of rotation, drained, ended: in this order."""
        cut = 0
        if self._route is not None:
            cut = await drain(self._route, self._site.drain_s)
            await attempt(f"the count of {self.replica.id}", self.counted)
        if self._life is not None and not self._spawning and self.process is None:
            self._life.cancel()
        else:
            # A start is never cancelled half-way, or its process would be lost.
            await self._spawned.wait()
        if self.process is not None:
            await insist(f"the stop of {self.replica.id}", self.process.stop)
        else:
            await self._end_whatever_runs()
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
        self._site.routes.retire(self.replica.endpoint, self.replica.id)
        self._watcher.stopped(self, cut)


def _end_of(log: Path) -> bytes:
    """The last part of an output; nothing where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _LAST_WORDS))
            return stream.read()
    except OSError:
        return b""


def _quoted(lines: Sequence[str]) -> str:
    return f"it last said: {lines[-1]}" if lines else "it said nothing"


def _exit_text(status: int | None) -> str:
    if status is None:
        return "ended, and nobody saw how"
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
