"""`status`, `snapshot` and `report`: what the platform has and what it answered. Reads only."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gitops.diagnostics import InputError
from gitops.errors import GitopsError, UsageError
from gitops.model.desired import Desired, Environment
from gitops.model.field import Traits
from gitops.model.health import judge
from gitops.model.live import Absent, Live, PlatformIdentity
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.sounding import ProbeResult
from gitops.model.status import Status, StatusRow
from gitops.monitoring.report import report as compare
from gitops.monitoring.snapshot import take
from gitops.ports import Clock, Connect, Loaded, PlatformReader, SnapshotShelf, Source, TraitsOf
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Edges
from gitops.workflows.remembering import remembered

_PROBES_AT_ONCE: Final = 16
_NO_EXAMPLE: Final = "none was sent: its model card has no request_input_example"


def observe(
    platform: PlatformReader, traits: Traits, project: str, environment: str, names: Sequence[str], clock: Clock
) -> Snapshot:
    """A snapshot of these endpoints as a platform has them now; where it counts nothing, each is asked once."""
    found = platform.read(names)
    probes = {} if traits.counts else probe_all(platform, found, clock)
    counters = platform.counters(names) if traits.counts else {}
    return take(project, environment, platform.identity(), clock.now(), found, counters, probes)


def probe_all(platform: PlatformReader, found: Mapping[str, Live | Absent], clock: Clock) -> Mapping[str, ProbeResult]:
    """One request to each endpoint that answers, with the example of its card, several at once."""
    ready = {name: live for name, live in found.items() if isinstance(live, Live) and live.ready}

    def ask(name: str) -> ProbeResult:
        example = ready[name].input_example
        if example is None:
            return ProbeResult(at=clock.now(), ok=False, message=_NO_EXAMPLE)
        return platform.probe(name, example)

    with ThreadPoolExecutor(_PROBES_AT_ONCE, "probe") as pool:
        return dict(zip(ready, pool.map(ask, ready), strict=True))


def _opened(source: Source, connect: Connect, environment: str | None) -> tuple[Loaded, PlatformReader]:
    loaded = source.load(choose_environment(source, environment))
    if loaded.desired is None or loaded.environment is None:
        raise InputError(loaded.diagnostics)
    return loaded, connect(loaded.environment)


def status(edges: Edges, environment: str | None, clock: Clock) -> Status:
    """Every endpoint that is declared, or ours, as the platform has it now, with its health.

    Raises:
        InputError, UsageError, PlatformError: as `plan`.
    """
    loaded, platform = _opened(edges.source, edges.connect, environment)
    assert loaded.desired is not None
    assert loaded.environment is not None
    desired = loaded.desired
    left = _ours(edges, desired, loaded.environment, platform.identity()) - desired.endpoints.keys()
    read = platform.read(sorted(desired.endpoints.keys() | left))
    found = {name: live for name, live in read.items() if name not in left or isinstance(live, Live)}
    probes = {} if edges.traits_of(loaded.environment).counts else probe_all(platform, found, clock)
    models = {name: one.endpoint.model for name, one in desired.endpoints.items()}
    rows = tuple(
        _row(name, models.get(name, ""), found[name], probes.get(name)).model_copy(
            update={"declared": name not in left}
        )
        for name in sorted(found)
    )
    return Status(
        at=clock.now(),
        project=desired.project,
        environment=desired.environment,
        platform=platform.identity(),
        endpoints=rows,
    )


def _ours(edges: Edges, desired: Desired, environment: Environment, platform: PlatformIdentity) -> frozenset[str]:
    """What is ours as far as this clone knows; how things are must be seen also where the history cannot be read."""
    try:
        past = edges.history_of(desired.project, desired.environment, environment).past(fetch=False)
    except GitopsError:
        return frozenset()
    return remembered(past, platform, None).owned


def _row(name: str, model: str, live: Live | Absent, probe: ProbeResult | None) -> StatusRow:
    judgement = judge(live)
    if isinstance(live, Absent):
        return StatusRow(name=name, model=model, health=judgement.health, message=judgement.message)
    rollout, updated = live.rollout, ""
    if rollout is not None and rollout.under_way:
        updated = f"{rollout.updated_ready} of {live.replicas} on {rollout.version}"
    return StatusRow(
        name=name,
        model=live.model,
        version=None if live.doubtful else live.version,
        digest=None if live.doubtful else live.digest,
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
        raw_status=live.raw_status,
        resource=live.resource,
        bounds=None if live.policy else live.bounds,
        probe=probe,
        totals=live.totals,
    )


def snapshot(source: Source, connect: Connect, traits_of: TraitsOf, environment: str | None, clock: Clock) -> Snapshot:
    """A snapshot of every declared endpoint.

    Raises:
        InputError, UsageError, PlatformError: as `plan`.
    """
    loaded, platform = _opened(source, connect, environment)
    assert loaded.desired is not None
    assert loaded.environment is not None
    desired, traits = loaded.desired, traits_of(loaded.environment)
    return observe(platform, traits, desired.project, desired.environment, sorted(desired.endpoints), clock)


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
