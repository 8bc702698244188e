"""One endpoint of the fake platform: its replicas come, get ready and go as virtual time passes.

Written apart from the embedded platform on purpose: both pass the same contract.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gitops.model.autoscale import Autoscale, LiveAutoscale
from gitops.model.live import Live, LiveReplica, LiveRollout, Phase, ReplicaState, Verdict
from gitops.model.log import PLATFORM_SOURCE
from gitops.model.quantity import Rounding, share
from gitops.model.trouble import BootstrapState, LiveBootstrap
from tests.fakes.replicas import FORWARD, Behaviour, Member, Moment, Rolling, Said, Template

CRASHES = 3
BACKOFF_S = 0.5


@dataclass
class Fleet:
    name: str
    model: str
    replicas: int
    rollout: Rolling
    behaviour: Callable[[str], Behaviour]
    time: float
    stable: Template | None = None
    policy: Autoscale | None = None
    members: list[Member] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    """Everything that replicas have printed and the platform has noted, in order."""

    message: str = ""
    serial: int = 0
    deleting: bool = False
    resting_until: float = 0.0
    bootstraps: dict[str, float] = field(default_factory=dict)
    """Version -> when its bootstrap began."""

    # What is wanted.

    def wanted(self) -> Template | None:
        return self.rollout.to if self.rollout.verdict in FORWARD else self.stable

    def split(self) -> tuple[int, int]:
        """How many of the wanted template, and how many of the stable one beside it."""
        if self.wanted() is None:
            return 0, 0
        if self.wanted() == self.stable:
            return self.replicas, 0
        updated = min(self.rollout.goal, self.replicas)
        return updated, self.replicas - updated if self.stable else 0

    def room(self) -> tuple[int, int]:
        surge = share(self.rollout.max_surge, self.replicas, Rounding.UP)
        return surge, share(self.rollout.max_unavailable, self.replicas, Rounding.DOWN)

    def hold(self, replicas: int, now: float) -> None:
        """Let the endpoint have so many replicas from now on."""
        if self.replicas == replicas:
            return
        if self.rollout.goal >= self.replicas:
            self.rollout.goal = replicas
        self.replicas, self.rollout.progressed_at = replicas, now

    def delete(self, now: float) -> None:
        """Let every replica drain; nothing is judged or started any more."""
        if self.deleting:
            return
        self.deleting, self.time = True, max(self.time, now)
        for member in self.members:
            if member.state is not ReplicaState.DRAINING:
                member.state = ReplicaState.DRAINING
                member.due = self.time + self.behaviour(member.template.version).drain_s

    @property
    def gone(self) -> bool:
        return self.deleting and not self.members

    # What is there.

    def count(self, *states: ReplicaState, template: Template | None = None) -> int:
        return sum(m.state in states and template in {None, m.template} for m in self.members)

    @property
    def ready(self) -> int:
        return self.count(ReplicaState.READY)

    # Time.

    def advance(self, until: float) -> None:
        """Let everything happen that happens until then, in order."""
        while True:
            while not self.deleting and (self._judge() or self._move()):
                pass
            due = min(self._appointments(), default=None)
            if due is None or due > until:
                self.time = max(self.time, until)
                return
            self.time = max(self.time, due)
            for member in [m for m in self.members if m.due is not None and m.due <= self.time]:
                self._happen(member)

    def _appointments(self) -> Iterator[float]:
        yield from (m.due for m in self.members if m.due is not None)
        if self.deleting:
            return
        if self.resting_until > self.time:
            yield self.resting_until
        yield from (until for version in self.bootstraps if (until := self._prepared_at(version)) > self.time)
        if self.rollout.verdict is Verdict.RUNNING and self.stable != self.rollout.to:
            bootstraps = [self._prepared_at(version) for version in self.bootstraps]
            deadline = max([self.rollout.progressed_at, *bootstraps]) + self.rollout.deadline_s
            if deadline > self.time:
                yield deadline

    def _happen(self, member: Member) -> None:
        behaviour = self.behaviour(member.template.version)
        if member.state is ReplicaState.DRAINING:
            self.members.remove(member)
            self._note("stopped", member)
        elif behaviour.crash_s is not None:
            self.members.remove(member)
            self.resting_until = self.time + BACKOFF_S
            self.message = f"replica {member.id} of {member.template.version}: it exited with status 1"
            if member.template == self.rollout.to and self.rollout.under_way:
                self.rollout.crashes += 1
            self._say(member, "Traceback (most recent call last):")
            self._say(member, "ModuleNotFoundError: No module named 'there_is_no_such_module'")
            self._note("failed", member)
        else:
            member.state, member.due = ReplicaState.READY, None
            if member.template == self.stable:
                self.message = ""
            self._say(member, "aloha")
            self._note("ready", member)

    # Judging.

    def _judge(self) -> bool:
        rollout = self.rollout
        ready_new = self.count(ReplicaState.READY, template=rollout.to)
        if rollout.under_way and ready_new > rollout.best:
            rollout.best, rollout.progressed_at = ready_new, self.time
        verdict = self._verdict(ready_new)
        if verdict is rollout.verdict:
            return False
        rollout.verdict, rollout.progressed_at = verdict, self.time
        if verdict is Verdict.SUCCEEDED:
            self.stable, self.message, rollout.reason = rollout.to, "", ""
        elif verdict is Verdict.ROLLED_BACK:
            self.message = f"the rollout to {rollout.to.version} was put back: {rollout.reason}"
        elif verdict in {Verdict.ROLLING_BACK, Verdict.FAILED}:
            rollout.reason = self._reason(ready_new)
            self.message = rollout.reason
        self._note(f"rollout {verdict}")
        return True

    def _verdict(self, ready_new: int) -> Verdict:
        rollout, (new, old) = self.rollout, self.split()
        if rollout.verdict is Verdict.ROLLING_BACK:
            left = self.count(ReplicaState.STARTING, ReplicaState.READY, template=rollout.to)
            return Verdict.ROLLED_BACK if not left and self.ready >= self.replicas else Verdict.ROLLING_BACK
        if rollout.verdict not in FORWARD:
            return rollout.verdict
        going_back = self.stable == rollout.to
        active = self.count(ReplicaState.STARTING, ReplicaState.READY)
        active_new = self.count(ReplicaState.STARTING, ReplicaState.READY, template=rollout.to)
        if not going_back and (rollout.crashes >= CRASHES):
            return Verdict.ROLLING_BACK if self.stable else Verdict.FAILED
        if ready_new >= new and active - active_new <= old:
            return Verdict.SUCCEEDED if new >= self.replicas else Verdict.PAUSED
        if any(self._prepared_at(version) > self.time for version in self.bootstraps):
            rollout.progressed_at = self.time
        late = self.time >= rollout.progressed_at + rollout.deadline_s
        if late and not going_back and rollout.verdict is Verdict.RUNNING:
            return Verdict.ROLLING_BACK if self.stable else Verdict.FAILED
        return Verdict.RUNNING

    def _reason(self, ready_new: int) -> str:
        rollout = self.rollout
        if rollout.crashes >= CRASHES:
            return self.message
        return (
            f"no progress for {rollout.deadline_s:g}s: {ready_new} of {min(rollout.goal, self.replicas)} replicas of "
            f"{rollout.to.version} got ready"
        )

    # Moving.

    def _move(self) -> bool:
        return self._stop_one() or self._start_one()

    def _stop_one(self) -> bool:
        wanted, (new, old) = self.wanted(), self.split()
        _, unavailable = self.room()
        floor = 0 if wanted is None else self.replicas - unavailable
        for member in self._surplus(wanted, new, old):
            if member.state is ReplicaState.STARTING or self.ready - 1 >= floor:
                member.state = ReplicaState.DRAINING
                member.due = self.time + self.behaviour(member.template.version).drain_s
                self._note("draining", member)
                return True
        return False

    def _surplus(self, wanted: Template | None, new: int, old: int) -> Iterator[Member]:
        active = [m for m in self.members if m.state in {ReplicaState.STARTING, ReplicaState.READY}]
        ours = [m for m in active if m.template == wanted]
        theirs = [m for m in active if m.template != wanted]
        ours.sort(key=lambda m: m.state is ReplicaState.READY)
        theirs.sort(key=lambda m: (m.template == self.stable, m.state is ReplicaState.READY))
        yield from ours[: max(0, len(ours) - new)]
        yield from theirs[: max(0, len(theirs) - old)]

    def _start_one(self) -> bool:
        wanted, (new, old) = self.wanted(), self.split()
        surge, _ = self.room()
        if wanted is None or len(self.members) >= self.replicas + surge or self.time < self.resting_until:
            return False
        active = (ReplicaState.STARTING, ReplicaState.READY)
        others = self.count(*active) - self.count(*active, template=wanted)
        if self.stable is not None and wanted != self.stable and others < old:
            self._start(self.stable)
        elif self.count(*active, template=wanted) < new and self._prepared(wanted.version):
            self._start(wanted)
        else:
            return False
        return True

    def _prepared(self, version: str) -> bool:
        """Whether the version's bootstrap is done; begins it."""
        if self.behaviour(version).bootstrap_s:
            self.bootstraps.setdefault(version, self.time)
            return self.time >= self._prepared_at(version)
        return True

    def _prepared_at(self, version: str) -> float:
        return self.bootstraps[version] + self.behaviour(version).bootstrap_s

    def _start(self, template: Template) -> None:
        self.serial += 1
        behaviour = self.behaviour(template.version)
        takes = behaviour.start_s if behaviour.crash_s is None else behaviour.crash_s
        self.members.append(Member(f"{self.name}-{self.serial}", template, ReplicaState.STARTING, self.time + takes))
        self._note("starting", self.members[-1])

    def _say(self, member: Member, text: str) -> None:
        self.said.append(Said(self.time, member.id, member.template.version, text))

    def _note(self, kind: str, member: Member | None = None) -> None:
        if member is not None:
            self.said.append(Said(self.time, PLATFORM_SOURCE, member.template.version, f"replica {member.id} {kind}"))
        surge, unavailable = self.room()
        self.moments.append(
            Moment(
                at=self.time,
                endpoint=self.name,
                kind=kind,
                ready=self.ready,
                total=len(self.members),
                replicas=self.replicas,
                surge=surge,
                unavailable=unavailable,
                served=self.stable is not None,
            )
        )

    # Telling.

    def phase(self) -> Phase:
        if self.deleting:
            return Phase.DELETING
        match self.rollout.verdict:
            case Verdict.ROLLING_BACK:
                return Phase.ROLLING_BACK
            case Verdict.PAUSED:
                return Phase.PAUSED
            case Verdict.RUNNING:
                return Phase.ROLLING_OUT if self.stable else Phase.CREATING
            case _ if self.stable is None:
                return Phase.FAILED
            case _:
                whole = self.ready == len(self.members) == self.replicas
                return Phase.SERVING if whole else Phase.SCALING

    def live(self, digest: Callable[[str], str | None], at: datetime) -> Live:
        rollout, phase = self.rollout, self.phase()
        return Live(
            name=self.name,
            model=self.model,
            version=self.stable.version if self.stable else None,
            digest=digest(self.stable.version) if self.stable else None,
            replicas=self.replicas,
            gpus_per_replica=(self.stable or rollout.to).gpus_per_replica,
            phase=phase,
            raw_status=phase.value,
            message=self.message,
            url=f"fake://inference/{self.name}",
            members=tuple(
                LiveReplica(
                    id=m.id,
                    version=m.template.version,
                    state=m.state,
                    gpus_per_replica=m.template.gpus_per_replica,
                )
                for m in self.members
            ),
            rollout=None
            if self.deleting
            else LiveRollout(
                id=rollout.id,
                version=rollout.to.version,
                from_version=rollout.origin.version if rollout.origin else None,
                gpus_per_replica=rollout.to.gpus_per_replica,
                updated_goal=min(rollout.goal, self.replicas),
                updated_ready=self.count(ReplicaState.READY, template=rollout.to),
                verdict=rollout.verdict,
                reason=rollout.reason,
                last_progress_at=at,
            ),
            autoscale=self._autoscale(),
            bootstrap=self._bootstrap(),
        )

    def _bootstrap(self) -> LiveBootstrap | None:
        version = self.rollout.to.version
        if version not in self.bootstraps:
            return None
        took = min(self.time - self.bootstraps[version], self.behaviour(version).bootstrap_s)
        state = BootstrapState.DONE if self.time >= self._prepared_at(version) else BootstrapState.RUNNING
        return LiveBootstrap(version=version, state=state, seconds=took)

    def _autoscale(self) -> LiveAutoscale | None:
        if self.policy is None:
            return None
        return LiveAutoscale(policy=self.policy, suspended="a rollout is under way" if self.rollout.under_way else "")
