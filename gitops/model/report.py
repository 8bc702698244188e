"""A report: what two snapshots say, endpoint by endpoint, before and after an apply."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from gitops.model.autoscale import Bounds
from gitops.model.frozen import Strict
from gitops.model.live import Phase, PlatformIdentity
from gitops.model.sounding import PlatformTotals, ProbeResult


class Traffic(Strict):
    """What an endpoint answered in a window. A number that is not known is None and shown as "not available".

    Attributes:
        window_s: how long the window is, wall clock, in seconds.
        requests: answered or failed in it.
        errors: of those, answered with 5xx or not at all.
        throughput_rps: requests per second of wall clock.
        average_ms, p50_ms, p95_ms, p99_ms: latency at the gateway, from the request's arrival to the answer's end.
    """

    window_s: float
    requests: int
    errors: int
    error_rate: float | None
    throughput_rps: float | None
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Observation(Strict):
    """An endpoint at one moment: what ran, and the traffic of the window that ended then."""

    at: datetime
    version: str | None
    phase: Phase
    replicas: int
    ready: int
    versions: dict[str, int] = Field(default_factory=dict)
    gpus: int | None = None
    bounds: Bounds | None = None
    traffic: Traffic | None = None
    probe: ProbeResult | None = None
    totals: PlatformTotals | None = None


class EndpointReport(Strict):
    """One endpoint before and after. Absent on one side means that it was not there then.

    Attributes:
        before: its traffic is everything since the platform's counters began, until the first snapshot.
        after: its traffic is what came between the two snapshots.
        by_version: version -> its share of the traffic between the two snapshots.
    """

    name: str
    model: str
    before: Observation | None = None
    after: Observation | None = None
    by_version: dict[str, Traffic] = Field(default_factory=dict)


class Report(Strict):
    """Everything two snapshots of one environment say."""

    format_version: Literal[1] = 1
    project: str
    environment: str
    platform: PlatformIdentity
    before_at: datetime
    after_at: datetime
    endpoints: tuple[EndpointReport, ...] = ()
