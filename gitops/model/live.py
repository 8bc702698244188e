"""What a platform reports now: endpoints, their replicas and rollouts, and the versions of a model card."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, final

from pydantic import AfterValidator, Field

from gitops.model.autoscale import Autoscale, Bounds, LiveAutoscale
from gitops.model.frozen import Tolerant, as_told
from gitops.model.resource import Resource
from gitops.model.sounding import PlatformTotals
from gitops.model.trouble import LiveBootstrap, LiveTrouble

Digest = Annotated[str, AfterValidator(str.lower)]
"""A digest, or an id, as a platform tells it, which may write its digits in upper case."""


class Phase(StrEnum):
    """What an endpoint is doing, in our words; the platform's own word travels beside it.

    `recovering`: the version that serves lost replicas, and they are being replaced.
    `rolled_back`: the last update was put back and what was there before serves, where the platform tells no more.
    `deleting`: its replicas finish their requests and end, and then it is gone; nothing else can be asked of it.
    """

    CREATING = "creating"
    SERVING = "serving"
    SCALING = "scaling"
    RECOVERING = "recovering"
    ROLLING_OUT = "rolling_out"
    PAUSED = "paused"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    DELETING = "deleting"
    UNKNOWN = "unknown"


_AT_WORK: Final = frozenset({Phase.CREATING, Phase.ROLLING_OUT, Phase.ROLLING_BACK, Phase.DELETING, Phase.UNKNOWN})
"""An unknown state is taken as the worst: it may be any of the others."""


class ReplicaState(StrEnum):
    """The life of a replica, in order; `failed` is a replica that died or never got ready."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"
    FAILED = "failed"


class Verdict(StrEnum):
    """How a rollout stands, or how it ended."""

    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class ModelVersion(Tolerant):
    """A version of a model card on the platform.

    Attributes:
        name: as the platform calls it, `v3` or `v3-<date>`.
        digest: of the card's content; None where the platform was not told one.
        secrets: variable name -> keyed digest of the value it was pushed with.
    """

    name: str
    digest: Digest | None = None
    secrets: dict[str, Digest] = Field(default_factory=dict)

    def carries(self, digest: str, secrets: Mapping[str, str | None]) -> bool:
        """Whether it was pushed with this content and these keyed digests of secrets; None compares equal to any."""
        return self.digest == digest and not self.other_secrets(secrets)

    def other_secrets(self, secrets: Mapping[str, str | None]) -> tuple[str, ...]:
        """The names, sorted, of the secrets that have another value than it was pushed with."""
        return tuple(
            sorted(name for name, value in secrets.items() if value is not None and self.secrets.get(name) != value)
        )


class LiveReplica(Tolerant):
    """One replica as the platform sees it; `log` names its output where the platform keeps one."""

    id: str
    version: str
    state: ReplicaState
    gpus_per_replica: int = 0
    pid: int | None = None
    started_at: datetime | None = None
    ready_at: datetime | None = None
    message: str = ""
    log: str | None = None


UNDER_WAY: Final = frozenset({Verdict.RUNNING, Verdict.PAUSED, Verdict.ROLLING_BACK})
"""Verdicts of a rollout that has not ended."""


class LiveRollout(Tolerant):
    """The last rollout of an endpoint.

    Attributes:
        id: grows with every rollout of this endpoint.
        version: the version it moves to.
        updated_goal: how many replicas it was asked to update so far.
        updated_ready: how many of those serve.
        reason: why it ended as it did, with the last words of the replica that failed.
    """

    id: int
    version: str
    from_version: str | None = None
    gpus_per_replica: int = 0
    updated_goal: int
    updated_ready: int
    verdict: Verdict
    reason: str = ""
    last_progress_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.verdict in UNDER_WAY

    def moves_to(self, version: str, gpus_per_replica: int) -> bool:
        """Whether this is what it moves to."""
        return (self.version, self.gpus_per_replica) == (version, gpus_per_replica)


class Live(Tolerant):
    """One endpoint on the platform.

    Attributes:
        version: the verified version that serves; None where none ever did.
        digest: that version's digest, where the platform knows it.
        replicas: the number that the platform holds, not the number that is ready.
        raw_status: the platform's own word for its state.
        message: the platform's last word: why it waits, or why it failed.
        rollout: the last one; None where the platform tells of none, and while the endpoint is being deleted.
        url: where requests go.
        input_example: a request that the served version understands, as its card says.
        autoscale: its policy; None where the number of replicas is fixed.
        gpus_told: whether `gpus_per_replica` is the platform's word; else nobody knows the number.
        online: replicas that answer, where the platform tells their number and no more; None where `members` tells.
        resource: where its replicas run; None where the platform does not tell.
        bounds: the bounds of its autoscale policy, where the platform tells no more of it than that.
        totals: of its traffic, where the environment names keys for them.
        changed_at: when the platform last changed it, in the platform's own words; two of them are only compared.
        trouble: None where no replica died lately.
        bootstrap: None where the version has none, or the platform does not tell.
    """

    name: str
    model: str
    version: str | None = None
    digest: Digest | None = None
    replicas: int
    gpus_per_replica: int = 0
    gpus_told: bool = True
    phase: Phase
    raw_status: str = ""
    message: str = ""
    url: str | None = None
    input_example: dict[str, Any] | None = None
    members: tuple[LiveReplica, ...] = ()
    online: int | None = None
    rollout: LiveRollout | None = None
    autoscale: LiveAutoscale | None = None
    bounds: Annotated[Bounds, as_told(Bounds)] | None = None
    resource: Annotated[Resource, as_told(Resource)] | None = None
    totals: PlatformTotals | None = None
    changed_at: str | None = None
    trouble: LiveTrouble | None = None
    bootstrap: LiveBootstrap | None = None

    @property
    def policy(self) -> Autoscale | None:
        """The autoscale policy that it follows; None where the number of replicas is fixed."""
        return self.autoscale.policy if self.autoscale else None

    @property
    def told_policy(self) -> Autoscale | Bounds | None:
        """What the platform tells of its autoscale policy: all of it, its bounds, or that it has none."""
        return self.policy or self.bounds

    def follows(self, policy: Autoscale | Bounds | None) -> bool:
        """Whether its autoscale policy is this one, as far as the platform tells."""
        told = self.told_policy
        if told is None or policy is None or (isinstance(told, Autoscale) and isinstance(policy, Autoscale)):
            return told == policy
        return (told.min_replicas, told.max_replicas) == (policy.min_replicas, policy.max_replicas)

    @property
    def ready(self) -> int:
        """Replicas that answer requests."""
        if self.online is not None:
            return self.online
        return sum(member.state is ReplicaState.READY for member in self.members)

    def ready_on(self, version: str) -> int:
        """Replicas of one version that answer requests, as far as the platform tells."""
        if self.online is not None:
            return self.online if self.version == version and not self.doubtful else 0
        return sum(member.state is ReplicaState.READY and member.version == version for member in self.members)

    @property
    def busy(self) -> bool:
        """Whether the platform is at work on the whole of it, and must not be asked for anything else meanwhile.

        Never where it tells of a rollout: then a newer request wins.
        """
        return self.rollout is None and self.phase in _AT_WORK

    @property
    def doubtful(self) -> bool:
        """Whether `version` may be something else than what serves: it is changing, or an update was put back."""
        return self.busy or (self.rollout is None and self.phase is Phase.ROLLED_BACK)


@final
class Absent:
    """The answer of a read for a name that the platform does not have; a fact, not a missing value."""

    def __repr__(self) -> str:
        return "Absent"


ABSENT: Final = Absent()


class PlatformIdentity(Tolerant):
    """Which platform a plan is about: its kind, its address, and for kind `local` its installation."""

    kind: str
    url: str
    installation: Digest = ""

    def same(self, other: "PlatformIdentity") -> bool:
        """Whether it is the same platform: an embedded one is its data folder, wherever it listens now."""
        if self.kind == other.kind == "local" and self.installation and other.installation:
            return self.installation == other.installation
        return (self.kind, _address(self.url)) == (other.kind, _address(other.url))


def _address(url: str) -> str:
    """A scheme and a host, in one way of writing them."""
    return url.lower().rstrip("/")
