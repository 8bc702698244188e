"""The keeper of one endpoint: compares what is wanted with what is there, and moves, one reconciliation at a time.

Level-triggered: every change of a replica or of the wish wakes it, and it decides anew from what it sees. Decisions
are the pure functions of `rollout` and `judgement`; here they are only carried out, and written down before.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from gitops.errors import DataFolderError
from gitops.local.journal import Journal
from gitops.local.judgement import Census, backoff_s, judge, progressed
from gitops.local.process import Processes, ReplicaProcess
from gitops.local.rollout import moves
from gitops.local.routes import Route, Routes, drain
from gitops.local.state import Endpoint, Replica, Template, Version
from gitops.model.live import ReplicaState, Verdict

_LOG: Final = logging.getLogger(__name__)
_RETRY_STORE_S: Final = 1.0
_LAST_WORDS: Final = 2000

POLL_S: Final = 0.03
"""Between two questions to a starting replica whether it is ready."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a keeper needs of the world around it.

    Attributes:
        drain_s: how long a replica that was taken out may finish its requests.
        monotonic, now: the clocks.
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


@dataclass(slots=True)
class Member:
    """A living replica with what belongs to its life here."""

    replica: Replica
    process: ReplicaProcess | None = None
    route: Route | None = None
    life: "asyncio.Task[None] | None" = None
    stopping: "asyncio.Task[None] | None" = None
    spawned: asyncio.Event = field(default_factory=asyncio.Event)


class Keeper:
    """Keeps one endpoint as it is wanted."""

    def __init__(self, endpoint: Endpoint, site: Site) -> None:
        self.endpoint = endpoint
        self.members: dict[str, Member] = {}
        self._site = site
        self._wake = asyncio.Event()
        self._progressed = site.monotonic()
        self._crashed = site.monotonic()
        self._own_ports: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        site.routes.know(endpoint.name)

    @property
    def replicas(self) -> list[Replica]:
        """The living replicas."""
        return [member.replica for member in self.members.values()]

    def start(self) -> None:
        """Begin to keep."""
        self._task = asyncio.create_task(self._run(), name=f"keeper of {self.endpoint.name}")

    async def close(self) -> None:
        """Stop keeping, and stop every replica."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.gather(*(self._close_member(member) for member in list(self.members.values())))

    async def _close_member(self, member: Member) -> None:
        if member.stopping is None:
            member.stopping = asyncio.create_task(self._stop(member))
        await member.stopping

    def wish(self, endpoint: Endpoint, kind: str, **detail: object) -> None:
        """Want something else from now on.

        Raises:
            DataFolderError: it could not be kept; then nothing changed.
        """
        endpoint = self._stamped(endpoint)
        self._site.journal.write(kind, endpoint, self.replicas, detail=detail)
        self.endpoint = endpoint
        self._progressed = self._site.monotonic()
        self._wake.set()

    def _stamped(self, endpoint: Endpoint) -> Endpoint:
        rollout = endpoint.rollout.model_copy(update={"progressed_at": self._site.now()})
        return endpoint.model_copy(update={"rollout": rollout})

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                wait = self._reconcile()
            except DataFolderError as fault:
                _LOG.error("%s: %s", self.endpoint.name, fault.message)
                wait = _RETRY_STORE_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)

    def _reconcile(self) -> float | None:
        """Judge, then move; returns the seconds after which to look again though nothing happened."""
        while self._judge():
            pass  # A new verdict may be over at once: putting back what never got ready takes no move.
        pause = self._pause_s()
        todo = moves(self.endpoint, self.replicas, may_start=pause <= 0)
        for replica_id in todo.stop:
            self._begin_stop(self.members[replica_id])
        for template in todo.start:
            self._begin_start(template)
        rollout = self.endpoint.rollout
        if rollout.verdict is not Verdict.RUNNING:
            return pause if pause > 0 else None
        left = rollout.deadline_s - (self._site.monotonic() - self._progressed)
        return max(0.01, min(left, pause) if pause > 0 else left)

    def _pause_s(self) -> float:
        """Seconds until the next start is allowed after crashes; 0 or less if it is allowed now."""
        rollout, wanted = self.endpoint.rollout, self.endpoint.wanted
        crashes = self.endpoint.crashes if wanted == self.endpoint.stable else rollout.crashes
        return self._crashed + backoff_s(crashes) - self._site.monotonic()

    def _judge(self) -> bool:
        """Bring the verdict up to date and write down what changed; whether it did."""
        census = Census.of(self.endpoint, self.replicas)
        ahead = progressed(self.endpoint, census)
        if ahead is not self.endpoint:
            self.endpoint = self._stamped(ahead)
            self._progressed = self._site.monotonic()
        verdict, reason = judge(self.endpoint, census, self._site.monotonic() - self._progressed)
        rollout = self.endpoint.rollout
        if verdict is rollout.verdict:
            return False
        done = rollout.model_copy(update={"verdict": verdict, "reason": reason})
        changes: dict[str, object] = {"rollout": done}
        if verdict is Verdict.SUCCEEDED:
            changes |= {"stable": rollout.to, "crashes": 0, "message": ""}
        elif verdict is Verdict.ROLLED_BACK:
            changes |= {"message": f"the rollout to {rollout.to.version} was put back: {reason}"}
        elif verdict in {Verdict.ROLLING_BACK, Verdict.FAILED}:
            changes |= {"message": reason}
        endpoint = self.endpoint.model_copy(update=changes)
        detail = {"goal": rollout.goal, **({"reason": reason} if reason else {})}
        self._site.journal.write(f"rollout_{verdict}", endpoint, self.replicas, detail=detail)
        self.endpoint = endpoint
        self._progressed = self._site.monotonic()
        return True

    def _begin_start(self, template: Template) -> None:
        endpoint = self.endpoint.model_copy(update={"serial": self.endpoint.serial + 1})
        taken = {replica.rank for replica in self.replicas}
        rank = next(number for number in range(len(taken) + 1) if number not in taken)
        identity = f"{endpoint.name}-{endpoint.serial}"
        replica = Replica(
            id=identity,
            endpoint=endpoint.name,
            model=endpoint.model,
            template=template,
            rank=rank,
            token=uuid.uuid4().hex,
            port=self._site.port(),
            started_at=self._site.now(),
            log=f"{endpoint.name}/{identity}.log",
        )
        self._site.journal.write("replica_starting", endpoint, [*self.replicas, replica], replica)
        self.endpoint = endpoint
        member = self.members[identity] = Member(replica)
        member.life = asyncio.create_task(self._live(member), name=f"life of {identity}")

    async def _live(self, member: Member) -> None:
        """A replica's life from its start to its unexpected end; a stop that we asked for ends this task."""
        replica = member.replica
        log = self._site.logs / replica.log
        try:
            version = self._site.version(replica.model, replica.template.version)
            process = member.process = await self._site.processes.start(
                replica, version, self._site.package(version), log
            )
        except (OSError, ValueError) as fault:
            self._died(member, f"it could not be started: {fault}")
            return
        finally:
            member.spawned.set()
        member.replica = replica.model_copy(update={"pid": process.pid, "started": process.started})
        ended = asyncio.create_task(process.wait())
        try:
            await self._until_ready(member, process, ended)
            status = await ended
        finally:
            ended.cancel()
        self._died(member, f"it {_exit_text(status)}{_last_words(log)}")

    async def _until_ready(self, member: Member, process: ReplicaProcess, ended: "asyncio.Task[int]") -> None:
        while not ended.done():
            port = await process.ready_at()
            if port is not None and not ended.done():
                self._became_ready(member, port)
                return
            await asyncio.wait({ended}, timeout=POLL_S)

    def _became_ready(self, member: Member, port: int) -> None:
        if member.stopping is not None:
            return
        replica = member.replica.model_copy(
            update={"state": ReplicaState.READY, "ready_at": self._site.now(), "port": port}
        )
        if port != member.replica.port:
            self._own_ports[replica.template.version] = port
        name = self.endpoint.name
        member.route = self._site.routes.put_in(name, replica.id, replica.template.version, port)
        if replica.template == self.endpoint.stable:
            self.endpoint = self.endpoint.model_copy(update={"crashes": 0, "message": ""})
        self._change(member, replica, "replica_ready")

    def _change(self, member: Member, replica: Replica, kind: str, **detail: object) -> None:
        """Let a replica be in another state, in memory first: what the world did cannot be refused by a full disk."""
        member.replica = replica
        if not replica.alive:
            self.members.pop(replica.id, None)
        try:
            self._site.journal.write(kind, self.endpoint, self.replicas, replica, detail)
        except DataFolderError as fault:
            _LOG.error("%s %s is not written down: %s", kind, replica.id, fault.message)
        self._wake.set()

    def _died(self, member: Member, how: str) -> None:
        if member.stopping is not None:
            return
        replica = member.replica
        if member.route is not None:
            self._site.routes.take_out(self.endpoint.name, member.route)
        if port := self._own_ports.get(replica.template.version):
            how += f" (its entry point ignores PORT and listens on {port}, so only one replica of it can run here)"
        message = f"replica {replica.id} of {replica.template.version}: {how}"
        rollout, changes = self.endpoint.rollout, dict[str, object](message=message)
        if rollout.under_way and replica.template == rollout.to:
            changes["rollout"] = rollout.model_copy(update={"crashes": rollout.crashes + 1})
        if replica.template == self.endpoint.stable:
            changes["crashes"] = self.endpoint.crashes + 1
        self._crashed = self._site.monotonic()
        self.endpoint = self.endpoint.model_copy(update=changes)
        dead = replica.model_copy(update={"state": ReplicaState.FAILED, "message": how})
        self._change(member, dead, "replica_failed", reason=how)

    def _begin_stop(self, member: Member) -> None:
        draining = member.replica.model_copy(update={"state": ReplicaState.DRAINING})
        if member.route is not None:
            self._site.routes.take_out(self.endpoint.name, member.route)
        member.stopping = asyncio.create_task(self._stop(member), name=f"stop of {draining.id}")
        self._change(member, draining, "replica_draining")

    async def _stop(self, member: Member) -> None:
        """Out of rotation, drained, ended: in this order."""
        cut = 0
        if member.route is not None:
            self._site.routes.take_out(self.endpoint.name, member.route)
            cut = await drain(member.route, self._site.drain_s)
            if member.process is not None:
                member.route.tally.reported = await member.process.reported()
        await self._end_life(member)
        stopped = member.replica.model_copy(update={"state": ReplicaState.STOPPED})
        self._change(member, stopped, "replica_stopped", **({"cut": cut} if cut else {}))

    async def _end_life(self, member: Member) -> None:
        # A start is never cancelled half-way, or its process would be lost.
        await member.spawned.wait()
        if member.process is not None:
            await member.process.stop()
        if member.life is not None:
            member.life.cancel()
            with suppress(asyncio.CancelledError):
                await member.life


def _exit_text(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"


def _last_words(log: Path) -> str:
    """The last lines of a replica's output, for the message that says why it died."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _LAST_WORDS))
            lines = stream.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f"; it last said: {lines[-1]}" if lines else "; it said nothing"
