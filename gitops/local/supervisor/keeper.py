"""The keeper of one endpoint: compares what is wanted with what is there, and moves, one reconciliation at a time.

Level-triggered: every change of a replica or of the wish wakes it, and it decides anew from what it sees. Decisions
are the pure functions of `rollout`, `judgement` and `bereavement`; here they are only carried out, and written down
before.
"""

import asyncio
import logging
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from gitops.errors import DataFolderError
from gitops.local.census import Census
from gitops.local.replicas.process import ReplicaProcess
from gitops.local.state import Endpoint, Replica, Template
from gitops.local.supervisor.bereavement import STEADY_S, End, bereaved, given_up, recovered, rest_s
from gitops.local.supervisor.judgement import judge, progressed
from gitops.local.supervisor.member import Member
from gitops.local.supervisor.rollout import moves
from gitops.local.supervisor.site import Site
from gitops.model.live import ReplicaState, Verdict

_LOG: Final = logging.getLogger(__name__)
_RETRY_S: Final = 1.0

_AT_ONCE_S: Final = 0.05


class Keeper:
    """Keeps one endpoint as it is wanted."""

    def __init__(self, endpoint: Endpoint, site: Site) -> None:
        self.endpoint = endpoint
        self.members: dict[str, Member] = {}
        self._site = site
        self._wake = asyncio.Event()
        self._progressed = site.monotonic()
        self._resting: dict[Template, float] = {}
        self._steady_from = site.monotonic()
        self._own_ports: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def replicas(self) -> list[Replica]:
        """The living replicas."""
        return [member.replica for member in self.members.values()]

    def start(self) -> None:
        """Begin to keep."""
        self._site.routes.know(self.endpoint.name)
        self._task = asyncio.create_task(self._run(), name=f"keeper of {self.endpoint.name}")

    async def end(self) -> None:
        """Stop keeping, because the endpoint goes away: every replica leaves the rotation, drains, and ends."""
        await self._let_go()
        for member in list(self.members.values()):
            if member.replica.state is not ReplicaState.DRAINING:
                self._begin_stop(member)
        await self.close()

    async def close(self) -> None:
        """Stop keeping, and stop every replica."""
        await self._let_go()
        stops = [member.begin_stop() for member in list(self.members.values())]
        for ended in await asyncio.gather(*stops, return_exceptions=True):
            if isinstance(ended, BaseException):
                _LOG.error("%s: a replica was not stopped in order", self.endpoint.name, exc_info=ended)

    async def _let_go(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def inherit(self, left: Iterable[Replica], found: Mapping[str, ReplicaProcess]) -> None:
        """Go on with the replicas of an earlier life of the platform, in the state in which that one left them.

        Args:
            left: those that it had.
            found: the processes of those among them that still run, by the replica's id.
        """
        self._rest_on()
        adopted: list[Member] = []
        gone: list[Replica] = []
        for replica in left:
            if (process := found.get(replica.id)) is None:
                gone.append(replica)
                continue
            member = self.members[replica.id] = Member(replica, self._site, self)
            member.adopt(process)
            adopted.append(member)
        # Written down when all are there, so that every event carries the numbers that are.
        for replica in gone:
            self._bury(replica)
        for member in adopted:
            self._change(member, "replica_adopted")
            if member.replica.state is ReplicaState.DRAINING:
                member.begin_stop()

    def _rest_on(self) -> None:
        """Let the next start wait for as long as it would have without the restart."""
        endpoint = self.endpoint
        for template in (endpoint.stable, endpoint.rollout.to):
            if template is not None and endpoint.trouble and template.version == endpoint.trouble.version:
                self._resting[template] = self._site.monotonic() + rest_s(endpoint.trouble, self._site.now())

    def _bury(self, replica: Replica) -> None:
        """Write down that a replica of an earlier life of the platform is no more."""
        lost = replica.state is not ReplicaState.DRAINING and replica.template == self.endpoint.stable
        if lost:
            self.endpoint = self.endpoint.model_copy(update={"recovering": True})
        gone = replica.model_copy(
            update={"state": ReplicaState.STOPPED, "message": "it was gone when the platform came back"}
        )
        self._note("replica_stopped", gone, {"restart": True})

    def wish(
        self, endpoint: Endpoint, kind: str, detail: Mapping[str, object] | None = None, *, ends: str | None = None
    ) -> None:
        """Want something else from now on; `ends` is the version whose rollout that ends.

        Raises:
            DataFolderError: it could not be kept; then nothing changed.
        """
        endpoint = self._stamped(endpoint)
        self._site.journal.write(kind, endpoint, self.replicas, detail=detail, ends=ends)
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
                wait = _RETRY_S
            except Exception:  # noqa: BLE001 - it is logged, and tried again
                # A bug or an exhausted system must not leave an endpoint without its keeper.
                _LOG.exception("%s: trying again", self.endpoint.name)
                wait = _RETRY_S
            with suppress(TimeoutError):
                # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with the wake-up.
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    def _reconcile(self) -> float | None:
        """Judge, then move; returns the seconds after which to look again though nothing happened."""
        if self.endpoint.deleting:
            return None
        while self._judge():
            pass  # A new verdict may be over at once: putting back what never got ready takes no move.
        now = self._site.monotonic()
        self._resting = {template: until for template, until in self._resting.items() if until > now}
        todo = moves(self.endpoint, self.replicas, self._resting)
        for replica_id in todo.stop:
            self._begin_stop(self.members[replica_id])
        for template in todo.start:
            self._begin_start(template)
        rollout = self.endpoint.rollout
        due = list(self._resting.values())
        if rollout.verdict is Verdict.RUNNING and rollout.to != self.endpoint.stable:
            due.append(self._progressed + rollout.deadline_s)
        if (steady_at := self._settle()) is not None:
            due.append(steady_at)
        return max(0.01, min(due) - now) if due else None

    def _settle(self) -> float | None:
        """Forget losses that are made up for; when to look again at those that are not old enough to be forgotten."""
        endpoint, now = self.endpoint, self._site.monotonic()
        whole = Census.of(endpoint, self.replicas).ready >= endpoint.replicas
        if whole and endpoint.recovering:
            self.endpoint = endpoint = endpoint.model_copy(update={"recovering": False, "message": ""})
        if not whole or endpoint.trouble is None or endpoint.rollout.under_way:
            self._steady_from = now
            return None
        if now < self._steady_from + STEADY_S:
            return self._steady_from + STEADY_S
        healed = recovered(endpoint)
        self._site.journal.write("recovered", healed, self.replicas, detail={"crashes": endpoint.trouble.crashes})
        self.endpoint = healed
        return None

    def _judge(self) -> bool:
        """Bring the verdict up to date and write down what changed; whether it did."""
        census = Census.of(self.endpoint, self.replicas)
        paused = self.endpoint.rollout.verdict is Verdict.PAUSED
        if paused or any(member.preparing for member in self.members.values()):
            self._progressed = self._site.monotonic()
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
            changes |= {"stable": rollout.to, "crashes": 0, "recovering": False, "trouble": None, "message": ""}
        elif verdict is Verdict.ROLLED_BACK:
            message = f"the rollout to {rollout.to.version} was put back: {reason}"
            changes |= {"trouble": None, "message": message}
        elif verdict in {Verdict.ROLLING_BACK, Verdict.FAILED}:
            changes |= {"message": reason, "trouble": given_up(self.endpoint.trouble)}
        endpoint = self.endpoint.model_copy(update=changes)
        detail = {"goal": rollout.goal, **({"reason": reason} if reason else {})}
        self._site.journal.write(f"rollout_{verdict}", endpoint, self.replicas, detail=detail)
        self.endpoint = endpoint
        self._progressed = self._site.monotonic()
        return True

    def _begin_start(self, template: Template) -> None:
        trouble = self.endpoint.trouble
        if trouble is not None and trouble.version == template.version:
            trouble = given_up(trouble)  # What was waited for begins now.
        endpoint = self.endpoint.model_copy(update={"serial": self.endpoint.serial + 1, "trouble": trouble})
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
            started_at=self._site.now(),
            log=f"{endpoint.name}/{identity}.log",
        )
        self._site.journal.write("replica_starting", endpoint, [*self.replicas, replica], replica)
        self.endpoint = endpoint
        member = self.members[identity] = Member(replica, self._site, self)
        member.begin()

    def _begin_stop(self, member: Member) -> None:
        member.begin_stop()
        self._change(member, "replica_draining", state=ReplicaState.DRAINING)

    def launched(self, member: Member, waited_s: float) -> None:
        """A member's process runs: from now on it can be found again after a restart."""
        waited = waited_s > _AT_ONCE_S
        if waited:  # A bootstrap has a time limit of its own: it takes nothing of the rollout's.
            self._progressed = self._site.monotonic()
        self._change(member, "replica_launched", {"waited_for_bootstrap_s": round(waited_s, 3)} if waited else {})

    def became_ready(self, member: Member, port: int) -> None:
        """A member answers requests from now on."""
        template = member.replica.template
        if port != member.replica.port:  # the one that it was given
            self._own_ports[template.version] = port
        ready_at = self._site.now()
        self._change(member, "replica_ready", state=ReplicaState.READY, ready_at=ready_at, port=port)

    def died(self, member: Member, end: End) -> None:
        """A member ended by itself, or could not begin, or had to be ended."""
        template = member.replica.template
        if port := self._own_ports.get(template.version):
            ignores = f" (its entry point ignores PORT and listens on {port}, so only one replica of it can run here)"
            end = end.with_remark(ignores)
        now = self._site.monotonic()
        resting = self._resting.get(template, now) > now
        self.endpoint, pause_s = bereaved(self.endpoint, member.replica, end, self._site.now(), resting=resting)
        if pause_s:
            self._resting[template] = now + pause_s
        detail = {"reason": end.how, "cause": end.cause.name.lower()}
        self._change(member, "replica_failed", detail, state=ReplicaState.FAILED, message=end.how)

    def stopped(self, member: Member, cut: int) -> None:
        """A member was ended as asked."""
        self._change(member, "replica_stopped", {"cut": cut} if cut else {}, state=ReplicaState.STOPPED)

    def _change(self, member: Member, kind: str, detail: Mapping[str, object] | None = None, **changes: object) -> None:
        """Let a replica be in another state, in memory first: what the world did cannot be refused by a full disk."""
        replica = member.replica = member.replica.model_copy(update=changes)
        if not replica.alive:
            self.members.pop(replica.id, None)
        self._note(kind, replica, detail)
        self._wake.set()

    def _note(self, kind: str, replica: Replica, detail: Mapping[str, object] | None = None) -> None:
        try:
            self._site.journal.write(kind, self.endpoint, self.replicas, replica, detail)
        except DataFolderError as fault:
            _LOG.error("%s %s is not written down: %s", kind, replica.id, fault.message)
