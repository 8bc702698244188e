"""A small world for the pure parts of the embedded platform: replicas that start, drain and die when told to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitops.local.census import Census
from gitops.local.state import Endpoint, Replica, Rollout, Template
from gitops.local.supervisor.judgement import judge, progressed
from gitops.local.supervisor.rollout import Room, moves
from gitops.model.live import ReplicaState, Verdict

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
V0, V1, V2 = Template(version="v0"), Template(version="v1"), Template(version="v2")


def make_rollout(to=V1, origin=V0, goal=3, surge=1, unavailable=0, deadline_s=60.0, **changes) -> Rollout:
    return Rollout(
        id=1, to=to, origin=origin, goal=goal, max_surge=surge, max_unavailable=unavailable, deadline_s=deadline_s
    ).model_copy(update=changes)


def make_endpoint(replicas=3, stable=V0, rollout=None, **changes) -> Endpoint:
    rollout = rollout or make_rollout(goal=replicas)
    return Endpoint(name="aloha", model="aloha", stable=stable, replicas=replicas, rollout=rollout).model_copy(
        update=changes
    )


def make_replica(number: int, template=V0, state=ReplicaState.READY) -> Replica:
    return Replica(
        id=f"aloha-{number}",
        endpoint="aloha",
        model="aloha",
        template=template,
        rank=number,
        state=state,
        token=f"token-{number}",
        started_at=EPOCH,
        log=f"aloha/aloha-{number}.log",
    )


@dataclass
class World:
    """An endpoint, its replicas, and a clock; `step` lets the platform move once, the other methods let life happen."""

    endpoint: Endpoint
    replicas: dict[str, Replica] = field(default_factory=dict)
    serial: int = 100
    now: float = 0.0
    progressed_at: float = 0.0
    breaches: list[str] = field(default_factory=list)
    excused: int = 0
    """Ready replicas that died by themselves: nobody's promise."""

    @classmethod
    def serving(cls, endpoint: Endpoint, template=V0) -> "World":
        replicas = [make_replica(number, template) for number in range(endpoint.replicas)]
        return cls(endpoint, {replica.id: replica for replica in replicas})

    def of(self, state: ReplicaState) -> list[Replica]:
        return [replica for replica in self.replicas.values() if replica.state is state]

    def step(self) -> None:
        """Judge and move, as the keeper does, and check both bounds at the end of it."""
        while self._judge():
            pass
        todo = moves(self.endpoint, list(self.replicas.values()))
        for identity in todo.stop:
            self._become(self.replicas[identity], ReplicaState.DRAINING)
        for template in todo.start:
            self.serial += 1
            replica = make_replica(self.serial, template, ReplicaState.STARTING)
            self.replicas[replica.id] = replica
        self.check()

    def _judge(self) -> bool:
        census = Census.of(self.endpoint, list(self.replicas.values()))
        ahead = progressed(self.endpoint, census)
        if ahead is not self.endpoint:
            self.endpoint, self.progressed_at = ahead, self.now
        verdict, reason = judge(self.endpoint, census, self.now - self.progressed_at)
        rollout = self.endpoint.rollout
        if verdict is rollout.verdict:
            return False
        changes = {"rollout": rollout.model_copy(update={"verdict": verdict, "reason": reason})}
        if verdict is Verdict.SUCCEEDED:
            changes["stable"] = rollout.to
        self.endpoint, self.progressed_at = self.endpoint.model_copy(update=changes), self.now
        return True

    def check(self) -> None:
        room, n = Room.of(self.endpoint), self.endpoint.replicas
        ready, total = len(self.of(ReplicaState.READY)), len(self.replicas)
        coming = [one for one in self.of(ReplicaState.STARTING) if one.template == self.endpoint.stable]
        if self.endpoint.stable and ready + len(coming) < n - room.unavailable and total < n + room.surge:
            self.breaches.append(f"ready {ready} and {len(coming)} known to work < {n} - {room.unavailable}")
        if total > n + room.surge:
            self.breaches.append(f"total {total} > {n} + {room.surge}")
        if self.endpoint.stable is not None and ready + self.excused < n - room.unavailable:
            self.breaches.append(f"ready {ready} < {n} - {room.unavailable}")

    def _become(self, replica: Replica, state: ReplicaState) -> None:
        self.replicas[replica.id] = replica.model_copy(update={"state": state})

    def get_ready(self, replica: Replica) -> None:
        self._become(replica, ReplicaState.READY)
        if self.excused and replica.template == self.endpoint.stable:
            self.excused -= 1

    def die(self, replica: Replica) -> None:
        del self.replicas[replica.id]
        rollout = self.endpoint.rollout
        if replica.state is ReplicaState.READY:
            self.excused += 1
        if replica.template == rollout.to and rollout.under_way:
            crashed = rollout.model_copy(update={"crashes": rollout.crashes + 1})
            self.endpoint = self.endpoint.model_copy(update={"rollout": crashed})

    def restart(self) -> None:
        """The platform was killed: every replica ends with it."""
        self.excused += len(self.of(ReplicaState.READY))
        self.replicas.clear()

    def go(self, replica: Replica) -> None:
        del self.replicas[replica.id]

    def ask(self, to: Template, goal: int, surge, unavailable) -> None:
        old = self.endpoint.rollout
        rollout = make_rollout(to, self.endpoint.stable, goal, surge, unavailable, id=old.id + 1)
        if old.to == to and old.verdict in {Verdict.RUNNING, Verdict.PAUSED}:
            rollout = old.model_copy(update={"goal": goal, "verdict": Verdict.RUNNING})
        self.endpoint = self.endpoint.model_copy(update={"rollout": rollout})
        self.progressed_at = self.now

    def settle(self, broken: frozenset[Template] = frozenset()) -> None:
        """Let everything that starts get ready (or die, if its template is broken), until nothing moves."""
        for _ in range(500):
            before = (self.endpoint, dict(self.replicas))
            self.step()
            for replica in self.of(ReplicaState.DRAINING):
                self.go(replica)
            for replica in self.of(ReplicaState.STARTING):
                self.die(replica) if replica.template in broken else self.get_ready(replica)
            if before == (self.endpoint, self.replicas):
                return
        raise AssertionError(f"it never settles: {self.endpoint.rollout}, {list(self.replicas.values())}")
