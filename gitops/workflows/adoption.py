"""Endpoints that run and are nobody's -> ours: a record says so, and nothing on the platform changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gitops.errors import GuardRefused
from gitops.model.change import VersionRef
from gitops.model.desired import Desired
from gitops.model.event import Outcome
from gitops.model.live import Live, PlatformIdentity
from gitops.model.record import Applied, Declared, DeclaredEndpoint, Entry, Ownership, RecordKind
from gitops.model.source import SourceState
from gitops.planning.fingerprint import fingerprint
from gitops.ports import Clock, History
from gitops.workflows.recording import Scribe
from gitops.workflows.remembering import platform_state, remembered


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who writes down that something is ours.

    Attributes:
        command: as it was typed.
    """

    scribe: Scribe
    clock: Clock
    command: str


@dataclass(frozen=True, slots=True)
class Where:
    """What the endpoints are adopted into.

    Attributes:
        protect: endpoints that the environment protects.
    """

    project: str
    environment: str
    platform: PlatformIdentity
    source: SourceState
    protect: Collection[str] = ()


def take_over(
    history: History, where: Where, there: Sequence[Live], desired: Desired | None, clerk: Clerk
) -> tuple[tuple[str, ...], int | None]:
    """Keep that these endpoints are ours, as they run.

    Args:
        there: the endpoints.
        desired: what the files declare of them; None where they cannot be read.

    Returns:
        Those that were not ours before, and the number of the record; None where there was none to write.

    Raises:
        GuardRefused: the history is about another platform; nothing was kept.
        Locked, HistoryError: it could not be kept; nothing was.
    """
    with history.claim(clerk.command) as tenure:
        known = remembered(tenure.past, where.platform, None)
        if known.elsewhere is not None:
            raise _another_platform(where, known.elsewhere)
        whole = tenure.past.state
        state = platform_state(whole, where.platform, known)
        new = [live for live in there if _nobodys(state.endpoints.get(live.name))]
        if not new:
            return (), None
        now = clerk.clock.now()
        names = tuple(live.name for live in new)
        record = clerk.scribe.note(
            RecordKind.IMPORT,
            tenure,
            now,
            project=where.project,
            environment=where.environment,
            platform=where.platform,
            source=where.source,
            summary=f"{len(new)} adopted",
            changes={live.name: ("adopted as it runs",) for live in new},
            fingerprint=fingerprint({}),
        )
        entries = dict(state.endpoints)
        for live in new:
            entries[live.name] = Entry(
                owned=Ownership.ADOPTED,
                applied=_as_it_runs(live, desired, protected=live.name in where.protect),
                since=now,
                deployment=record.number,
            )
        after = whole.with_(state.model_copy(update={"endpoints": entries}))
        tenure.start(record, _declared(tenure.past.declared, names, desired), None, after)
        ended = record.model_copy(update={"finished_at": clerk.clock.now(), "outcome": Outcome.SUCCEEDED})
        tenure.finish(ended, after)
    return names, record.number


def _another_platform(where: Where, there: PlatformIdentity) -> GuardRefused:
    return GuardRefused(
        f"the history of environment {where.environment} is about {there.kind} at {there.url}, and the platform is now "
        f"{where.platform.kind} at {where.platform.url}",
        hint="if it is the same platform at a new address, take its state over first: gitops apply --allow platforms=1",
    )


def _nobodys(entry: Entry | None) -> bool:
    return entry is None or entry.owned is None


def _as_it_runs(live: Live, desired: Desired | None, *, protected: bool) -> Applied:
    declared = desired.endpoints.get(live.name) if desired is not None else None
    return Applied(
        model=live.model,
        version=VersionRef(name=live.version, digest=live.digest),
        replicas=live.replicas,
        gpus_per_replica=live.gpus_per_replica if live.gpus_told else None,
        autoscale=live.policy,
        resource=live.resource,
        depends_on=declared.endpoint.depends_on if declared is not None else (),
        deletion=declared.endpoint.deletion if declared is not None else "allow",
        protected=protected,
    )


def _declared(before: Declared | None, names: Sequence[str], desired: Desired | None) -> Declared:
    """What the files said at the deployment before, and what they say of the adopted ones."""
    endpoints = dict(before.endpoints) if before is not None else {}
    for name in names:
        one = desired.endpoints.get(name) if desired is not None else None
        if one is not None:
            endpoints[name] = DeclaredEndpoint(endpoint=one.endpoint, digest=one.digest)
    return Declared(endpoints=endpoints)
