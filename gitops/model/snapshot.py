"""A snapshot: one observation of every endpoint of an environment, with the cumulative counters it was read from."""

from typing import Literal

from pydantic import AwareDatetime, Field

from gitops.model.autoscale import Bounds
from gitops.model.frozen import Strict, Tolerant
from gitops.model.latency import Latency
from gitops.model.live import Phase, PlatformIdentity
from gitops.model.sounding import PlatformTotals, ProbeResult


class ReplicaCounters(Tolerant):
    """What one replica has answered since `generation` began, as the gateway counted it.

    Attributes:
        requests: answered or failed, of every kind.
        errors: answers with a 5xx status, and requests that no replica answered.
        cut: requests that a stop ended because they outlasted the drain time; they count as errors too.
        abandoned: requests whose client left before the answer; no error of the replica.
        reported: requests as the replica itself counts them; None where it does not count.
    """

    replica: str
    version: str
    requests: int = 0
    errors: int = 0
    cut: int = 0
    abandoned: int = 0
    latency: Latency = Latency()
    reported: int | None = None


class Counters(Tolerant):
    """The counters of one endpoint.

    Attributes:
        generation: changes when the counters begin again from zero.
        since: when this generation began.
        unrouted: requests that found no replica ready; errors that belong to no replica.
    """

    endpoint: str
    generation: str
    since: AwareDatetime
    observed_at: AwareDatetime
    unrouted: int = 0
    replicas: tuple[ReplicaCounters, ...] = ()


class EndpointSnapshot(Strict):
    """One endpoint as it was seen. A number that the platform does not give is None, never 0.

    Attributes:
        versions: version -> ready replicas of it.
        replicas: the number that the platform holds; `ready` of them answered requests.
        gpus: held by all replicas.
        bounds: of its autoscale policy, as far as the platform tells; None where the number is fixed, or it does not.
        probe: one request of our own, where the platform counts nothing.
        totals: as the platform itself tells them.
    """

    name: str
    model: str
    version: str | None
    phase: Phase
    replicas: int
    ready: int
    versions: dict[str, int] = Field(default_factory=dict)
    gpus: int | None = None
    message: str = ""
    bounds: Bounds | None = None
    counters: Counters | None = None
    probe: ProbeResult | None = None
    totals: PlatformTotals | None = None


class Snapshot(Strict):
    """One observation of all declared endpoints of an environment."""

    format_version: Literal[1] = 1
    project: str
    environment: str
    platform: PlatformIdentity
    taken_at: AwareDatetime
    endpoints: tuple[EndpointSnapshot, ...] = ()
