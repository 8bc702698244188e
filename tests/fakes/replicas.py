"""The nouns of the fake platform: what replicas do, one replica, one rollout, and what was true at a moment."""

from dataclasses import dataclass
from typing import NamedTuple

from gitops.model.live import ReplicaState, Verdict
from gitops.model.quantity import Quantity

FORWARD = {Verdict.RUNNING, Verdict.PAUSED}
UNDER_WAY = FORWARD | {Verdict.ROLLING_BACK}


class Behaviour(NamedTuple):
    """What replicas of a version do."""

    start_s: float = 1.0
    drain_s: float = 0.5
    crash_s: float | None = None
    """Seconds after its start at which a replica dies, if it does."""

    bootstrap_s: float = 0.0
    """How long the version's bootstrap takes, before the first replica of it starts."""


class Template(NamedTuple):
    version: str
    gpus_per_replica: int


class Moment(NamedTuple):
    """What was true right after one event."""

    at: float
    endpoint: str
    kind: str
    ready: int
    total: int
    replicas: int
    surge: int
    unavailable: int
    served: bool


class Said(NamedTuple):
    """A line of a replica, or an event of the platform."""

    at: float
    source: str
    version: str
    text: str


@dataclass
class Member:
    id: str
    template: Template
    state: ReplicaState
    due: float | None
    """When its state changes next by itself."""


@dataclass
class Rolling:
    id: int
    to: Template
    origin: Template | None
    goal: int
    max_surge: Quantity
    max_unavailable: Quantity
    deadline_s: float
    verdict: Verdict = Verdict.RUNNING
    reason: str = ""
    crashes: int = 0
    best: int = 0
    progressed_at: float = 0.0

    @property
    def under_way(self) -> bool:
        return self.verdict in UNDER_WAY
