"""Two snapshots of one environment -> Report: each endpoint before and after, and the traffic between. No I/O."""

from datetime import datetime

from gitops.errors import UsageError
from gitops.model.live import PlatformIdentity
from gitops.model.report import EndpointReport, Observation, Report, Traffic
from gitops.model.snapshot import EndpointSnapshot, Snapshot
from gitops.monitoring.window import Window, between, since_start, traffic, version_order


def report(before: Snapshot, after: Snapshot) -> Report:
    """What two snapshots say, by endpoint name.

    Raises:
        UsageError: the snapshots are of different projects, environments or platforms, or in the wrong order.
    """
    _refuse_strangers(before, after)
    if after.taken_at < before.taken_at:
        raise UsageError(
            f"the snapshot given as after ({_time(after.taken_at)}) is older "
            f"than the one given as before ({_time(before.taken_at)})",
            hint="swap the two files",
        )
    was = {endpoint.name: endpoint for endpoint in before.endpoints}
    now = {endpoint.name: endpoint for endpoint in after.endpoints}
    return Report(
        project=after.project,
        environment=after.environment,
        platform=after.platform,
        before_at=before.taken_at,
        after_at=after.taken_at,
        endpoints=tuple(
            _endpoint(name, was.get(name), now.get(name), before.taken_at, after.taken_at)
            for name in sorted(was.keys() | now.keys())
        ),
    )


def _refuse_strangers(before: Snapshot, after: Snapshot) -> None:
    for noun, one, other in (
        ("projects", before.project, after.project),
        ("environments", before.environment, after.environment),
        ("platforms", _identity(before.platform), _identity(after.platform)),
    ):
        if one != other:
            raise UsageError(
                f"the snapshots are of different {noun}: {one} before, {other} after",
                hint="give two snapshots of one project, environment and platform",
            )


def _identity(platform: PlatformIdentity) -> str:
    """An installation is the same wherever it listens: the embedded platform's port may change when it restarts."""
    return f"{platform.kind} {platform.installation or platform.url}"


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _endpoint(
    name: str, was: EndpointSnapshot | None, now: EndpointSnapshot | None, before_at: datetime, after_at: datetime
) -> EndpointReport:
    seen = now or was
    assert seen is not None, "a name comes from one of the two snapshots"
    first = since_start(was.counters) if was and was.counters else None
    second = _between(was, now, before_at) if now else None
    return EndpointReport(
        name=name,
        model=seen.model,
        before=_observation(was, before_at, first) if was else None,
        after=_observation(now, after_at, second) if now else None,
        by_version=_by_version(second, now.versions) if now and second else {},
    )


def _between(was: EndpointSnapshot | None, now: EndpointSnapshot, before_at: datetime) -> Window | None:
    """The traffic between the snapshots; None where it cannot be told from what came before.

    Without an earlier read everything counted came after the first snapshot if the endpoint was not there then, or if
    the counters began later.
    """
    if now.counters is None:
        return None
    if was is None:
        window = since_start(now.counters)
        most = max(0.0, (now.counters.observed_at - before_at).total_seconds())
        return Window(seconds=min(window.seconds, most), by_version=window.by_version, unrouted=window.unrouted)
    if was.counters is not None:
        return between(was.counters, now.counters)
    return since_start(now.counters) if now.counters.since >= before_at else None


def _observation(endpoint: EndpointSnapshot, at: datetime, window: Window | None) -> Observation:
    return Observation(
        at=at,
        version=endpoint.version,
        phase=endpoint.phase,
        replicas=endpoint.replicas,
        ready=endpoint.ready,
        versions=endpoint.versions,
        gpus=endpoint.gpus,
        bounds=endpoint.bounds,
        probe=endpoint.probe,
        totals=endpoint.totals,
        traffic=traffic(window.total, window.seconds) if window else None,
    )


def _by_version(window: Window, serving: dict[str, int]) -> dict[str, Traffic]:
    """Versions that answered in the window or serve at its end, oldest first; long gone ones are left out."""
    return {
        version: traffic(tally, window.seconds)
        for version in sorted(window.by_version, key=version_order)
        if (tally := window.by_version[version]).requests or version in serving
    }
