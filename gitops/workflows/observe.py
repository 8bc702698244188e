"""`status`, `snapshot` and `report`: what the platform has and what it answered. Reads only."""

from collections.abc import Sequence

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.health import judge
from gitops.model.live import Absent, Live
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.status import Status, StatusRow
from gitops.monitoring.report import report as compare
from gitops.monitoring.snapshot import take
from gitops.ports import Clock, Connect, Loaded, PlatformReader, SnapshotShelf, Source
from gitops.workflows.choice import choose_environment


def observe(platform: PlatformReader, project: str, environment: str, names: Sequence[str], clock: Clock) -> Snapshot:
    """A snapshot of these endpoints as a platform has them now."""
    return take(project, environment, platform.identity(), clock.now(), platform.read(names), platform.counters(names))


def _opened(source: Source, connect: Connect, environment: str | None) -> tuple[Loaded, PlatformReader]:
    loaded = source.load(choose_environment(source, environment))
    if loaded.desired is None or loaded.environment is None:
        raise InputError(loaded.diagnostics)
    return loaded, connect(loaded.environment)


def status(source: Source, connect: Connect, environment: str | None, clock: Clock) -> Status:
    """Every declared endpoint as the platform has it now, with its health.

    Raises:
        InputError, UsageError, PlatformError: as `plan`.
    """
    loaded, platform = _opened(source, connect, environment)
    assert loaded.desired is not None
    desired = loaded.desired
    found = platform.read(sorted(desired.endpoints))
    rows = tuple(_row(name, desired.endpoints[name].endpoint.model, found[name]) for name in sorted(found))
    return Status(
        at=clock.now(),
        project=desired.project,
        environment=desired.environment,
        platform=platform.identity(),
        endpoints=rows,
    )


def _row(name: str, model: str, live: Live | Absent) -> StatusRow:
    judgement = judge(live)
    if isinstance(live, Absent):
        return StatusRow(name=name, model=model, health=judgement.health, message=judgement.message)
    rollout, updated = live.rollout, ""
    if rollout is not None and rollout.under_way:
        updated = f"{rollout.updated_ready} of {live.replicas} on {rollout.version}"
    return StatusRow(
        name=name,
        model=live.model,
        version=live.version,
        digest=live.digest,
        replicas=live.replicas,
        ready=live.ready,
        updated=updated,
        health=judgement.health,
        message=judgement.message,
        url=live.url,
        input_example=live.input_example,
        members=live.members,
        autoscale=live.autoscale,
        trouble=live.trouble,
        bootstrap=live.bootstrap,
    )


def snapshot(source: Source, connect: Connect, environment: str | None, clock: Clock) -> Snapshot:
    """A snapshot of every declared endpoint.

    Raises:
        InputError, UsageError, PlatformError: as `plan`.
    """
    loaded, platform = _opened(source, connect, environment)
    assert loaded.desired is not None
    desired = loaded.desired
    return observe(platform, desired.project, desired.environment, sorted(desired.endpoints), clock)


def report(
    source: Source, environment: str | None, shelf: SnapshotShelf, before: Snapshot | None, after: Snapshot | None
) -> Report:
    """What two snapshots say: those given, else those that the last apply left.

    Raises:
        UsageError: there is no snapshot to report on, or the two are not of the same thing.
    """
    if before is not None and after is not None:
        return compare(before, after)
    chosen = choose_environment(source, environment)
    first, second = before or shelf.get(chosen, "before"), after or shelf.get(chosen, "after")
    if first is None or second is None:
        raise UsageError(
            f"there is nothing to report on: no apply has left its snapshots for environment {chosen} yet",
            hint="run apply first, or name two snapshots: gitops report --before FILE --after FILE",
        )
    return compare(first, second)
