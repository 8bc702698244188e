"""Live endpoints and their counters at one moment -> Snapshot. Reads nothing itself and judges nothing."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from gitops.model.live import Absent, Live, PlatformIdentity, ReplicaState
from gitops.model.snapshot import Counters, EndpointSnapshot, Snapshot
from gitops.model.sounding import ProbeResult
from gitops.monitoring.window import version_order


def take(
    project: str,
    environment: str,
    platform: PlatformIdentity,
    taken_at: datetime,
    endpoints: Mapping[str, Live | Absent],
    counters: Mapping[str, Counters],
    probes: Mapping[str, ProbeResult] = MappingProxyType({}),
) -> Snapshot:
    """One snapshot, by endpoint name; an absent endpoint is left out, one without counters has None for them."""
    seen = tuple(
        _endpoint(live, counters.get(name), probes.get(name))
        for name, live in sorted(endpoints.items())
        if isinstance(live, Live)
    )
    return Snapshot(project=project, environment=environment, platform=platform, taken_at=taken_at, endpoints=seen)


def _endpoint(live: Live, counters: Counters | None, probe: ProbeResult | None) -> EndpointSnapshot:
    ready = Counter(member.version for member in live.members if member.state is ReplicaState.READY)
    if live.online is not None:
        # The platform tells only how many answer; which version, as long as it is in no doubt.
        told = {} if live.doubtful or live.version is None else {live.version: live.online}
        ready = Counter(told)
    return EndpointSnapshot(
        name=live.name,
        model=live.model,
        version=None if live.doubtful else live.version,
        phase=live.phase,
        replicas=live.replicas,
        ready=live.ready,
        versions={version: ready[version] for version in sorted(ready, key=version_order)},
        gpus=live.replicas * live.gpus_per_replica if live.gpus_told else None,
        message=live.message,
        bounds=live.policy.bounds if live.policy else live.bounds,
        counters=counters,
        probe=probe,
        totals=live.totals,
    )
