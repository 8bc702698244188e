"""The embedded platform's own nouns: what its store keeps of endpoints, rollouts and replicas."""

from datetime import datetime
from typing import Final

from pydantic import Field

from gitops.model.autoscale import Autoscale, ScalingDecision
from gitops.model.frozen import Strict
from gitops.model.live import UNDER_WAY, ReplicaState, Verdict
from gitops.model.quantity import Quantity
from gitops.model.trouble import LiveTrouble

ALIVE: Final = frozenset({ReplicaState.STARTING, ReplicaState.READY, ReplicaState.DRAINING})
"""States in which a replica has, or may have, a process."""


class Template(Strict):
    """What a replica runs; two replicas of one template are interchangeable."""

    version: str
    gpus_per_replica: int = 0


class Rollout(Strict):
    """One movement of an endpoint to a template. The creation of an endpoint is a rollout from nothing.

    Attributes:
        goal: replicas that shall run `to`; at least the endpoint's number means all of them.
        crashes: replicas of `to` that crashed during this rollout.
        best: the most replicas of `to` that were ever ready, by which progress is known.
        spoiled: why it can never succeed, where that is known; empty if it may.
    """

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
    spoiled: str = ""
    progressed_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.verdict in UNDER_WAY


class Endpoint(Strict):
    """One endpoint as it is wanted.

    Attributes:
        stable: what was verified last: all replicas ran it and were ready. None if that never happened.
        serial: the number of the last replica; numbers are never used twice.
        crashes: replicas of `stable` that crashed in a row since they last lasted.
        recovering: replicas of `stable` were lost, and their number is not reached again yet.
        trouble: the last crash, until replicas have lasted since.
        autoscale: the policy that moves `replicas`; None where the number is fixed. `decision` is the last move.
        message: the platform's last word about it.
        deleting: its replicas are being ended, and then it is gone.
    """

    name: str
    model: str
    stable: Template | None = None
    replicas: int
    rollout: Rollout
    serial: int = 0
    crashes: int = 0
    recovering: bool = False
    trouble: LiveTrouble | None = None
    autoscale: Autoscale | None = None
    decision: ScalingDecision | None = None
    message: str = ""
    deleting: bool = False

    @property
    def wanted(self) -> Template | None:
        """The template that new replicas are for: the rollout's while it goes forward, else the stable one."""
        moving = self.rollout.verdict in {Verdict.RUNNING, Verdict.PAUSED}
        return self.rollout.to if moving else self.stable


class Replica(Strict):
    """One replica, living or dead.

    Attributes:
        rank: its place among the living, from 0; a place is used again.
        token: stands in the environment of its process, so that it is recognised after a restart.
        pid, started: its process, as `identity.started_of` tells the start; None until it is started.
        log: path of its output, relative to the folder of logs.
    """

    id: str
    endpoint: str
    model: str
    template: Template
    rank: int
    state: ReplicaState = ReplicaState.STARTING
    token: str
    port: int = 0
    pid: int | None = None
    started: float | None = None
    started_at: datetime
    ready_at: datetime | None = None
    message: str = ""
    log: str

    @property
    def alive(self) -> bool:
        """Whether it has, or may have, a process."""
        return self.state in ALIVE


class Source(Strict):
    """What a version was told with where its files did not come with it, but are to be fetched.

    Attributes:
        url: of its package.
        parameters: the card's configuration as it was given, unknown keys and secrets in clear included; it goes to
            nobody but who lists the cards with the key.
        net_url, github, tags, from_open: kept for who gave them, and not acted upon.
    """

    url: str
    parameters: dict[str, object] = Field(default_factory=dict)
    description: str = ""
    net_url: str = ""
    github: str = ""
    tags: tuple[str, ...] = ()
    from_open: int = 0


class Version(Strict):
    """A pushed version of a model card.

    Attributes:
        digest: of what was pushed; where there is a `source`, it is what its pusher says, and nobody has checked it.
        config: the card's configuration, its secrets in clear; leaves the platform only into a replica's environment.
        secrets: variable name -> keyed digest, which is all that a reader is told.
        source: where its files are to be fetched; None for a version whose files came with it.
    """

    model: str
    name: str
    digest: str
    config: dict[str, object] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    source: Source | None = None
    pushed_at: datetime
