"""Live endpoints and their counters at one moment -> Snapshot. Reads nothing itself and judges nothing."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from gitops.model.live import Absent, Live, PlatformIdentity, ReplicaState
from gitops.model.snapshot import Counters, EndpointSnapshot, Snapshot
from gitops.monitoring.window import version_order


def take(
    project: str,
    environment: str,
    platform: PlatformIdentity,
    taken_at: datetime,
    endpoints: Mapping[str, Live | Absent],
    counters: Mapping[str, Counters],
) -> Snapshot:
    """One snapshot, by endpoint name; an absent endpoint is left out, one without counters has None for them."""
    seen = tuple(
        _endpoint(live, counters.get(name)) for name, live in sorted(endpoints.items()) if isinstance(live, Live)
    )
    return Snapshot(project=project, environment=environment, platform=platform, taken_at=taken_at, endpoints=seen)


def _endpoint(live: Live, counters: Counters | None) -> EndpointSnapshot:
    ready = Counter(member.version for member in live.members if member.state is ReplicaState.READY)
    return EndpointSnapshot(
        name=live.name,
        model=live.model,
        version=live.version,
        phase=live.phase,
        replicas=live.replicas,
        ready=live.ready,
        versions={version: ready[version] for version in sorted(ready, key=version_order)},
        gpus=live.replicas * live.gpus_per_replica,
        message=live.message,
        counters=counters,
    )
