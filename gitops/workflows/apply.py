"""`apply`: plan, ask, lock, look again, keep that it begins, carry it out between two snapshots, keep how it ended."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from gitops.engine.executor import Result, execute
from gitops.errors import GitopsError, GuardRefused, HistoryError, HistoryNotPushed
from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.record import Hold, Record, RecordKind
from gitops.model.snapshot import Snapshot
from gitops.monitoring.report import report as compare
from gitops.planning.staleness import refuse_stale
from gitops.ports import Clock, EventSink, Packager, Platform, SnapshotShelf, StopSignal, Tenure
from gitops.workflows.bookkeeping import Ledger, Page, intents, settled
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.observe import observe
from gitops.workflows.plan import Prepared, Wanted, prepare, secret_digests
from gitops.workflows.planfile import refuse_foreign
from gitops.workflows.recording import Scribe
from gitops.workflows.remembering import as_declared, platform_state

Approve = Callable[[Plan], bool]
"""Shown the plan once; whether it shall be carried out."""

Progress = Callable[[], AbstractContextManager[EventSink]]
"""Where the events of an apply go while it lasts."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an apply needs besides the files, the platform and the history.

    Attributes:
        command: as it was typed, for whoever finds the environment locked.
    """

    packager: Packager
    clock: Clock
    stop: StopSignal
    shelf: SnapshotShelf
    parallelism: int
    scribe: Scribe
    command: str


@dataclass(frozen=True, slots=True)
class Mission:
    """What is carried out.

    Attributes:
        wanted: what to apply instead of what the files say.
        holds: number of the record and when it began -> endpoint -> what stays held once its steps succeeded.
        planned: a plan that was made before, and must still be the one.
    """

    kind: RecordKind = RecordKind.APPLY
    wanted: Wanted | None = None
    holds: Callable[[int, datetime], Mapping[str, tuple[Hold, ...]]] = lambda _number, _since: {}
    planned: Plan | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did.

    Attributes:
        result: None where there was nothing to do, or the plan was not approved.
        record: what was kept of it; None like the result.
        lost: why there is no snapshot from after it; None if there is one.
        unkept: why its end is not in the history, or not in the remote; None if it is.
    """

    plan: Plan
    result: Result | None = None
    elapsed_s: float = 0.0
    record: Record | None = None
    lost: GitopsError | None = None
    unkept: HistoryError | None = None


def apply(
    edges: Edges,
    ask: Ask,
    approve: Approve,
    progress: Progress,
    around: Surroundings,
    mission: Mission | None = None,
) -> Applied:
    """Bring live to what the files declare.

    Raises:
        PlanStale: files, platform or history moved between the plan and the first write; nothing was written.
        GuardRefused: the plan does more than was acknowledged; nothing was written.
        Locked: somebody else is at work; nothing was written.
        InputError, UsageError, PlatformError, HistoryError: as `plan`; nothing was written.
    """
    mission = mission or Mission()
    prepared = prepare(edges, ask, wanted=mission.wanted)
    if mission.planned is not None:
        refuse_foreign(mission.planned, prepared.plan)
        refuse_stale(mission.planned, prepared.plan)
    approved = approve(prepared.plan)
    if prepared.plan.refused:
        raise _refused(prepared.plan)
    if not approved or not _does_something(prepared.plan):
        return Applied(prepared.plan)
    with prepared.history.claim(around.command) as tenure:
        # What was approved is looked at again under the lock, on the platform that was shown, not opened anew.
        again = prepare(edges, ask, prepared.platform, tenure.past, mission.wanted)
        refuse_stale(prepared.plan, again.plan)
        if again.plan.refused:
            raise _refused(again.plan)
        return _carry_out(again, tenure, progress, around, mission)


def _does_something(plan: Plan) -> bool:
    return bool(plan.steps) or any(change.adopts for change in plan.changes)


def _refused(plan: Plan) -> GuardRefused:
    refusing = [finding for finding in plan.findings if finding.refuses]
    hints = dict.fromkeys(finding.hint for finding in refusing)
    return GuardRefused(
        "nothing was applied: " + "; ".join(finding.message for finding in refusing), hint="; ".join(hints)
    )


class _Listening:
    """A sink that also remembers, so that the events can be kept."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Take notice of one event."""
        self.events.append(event)
        self._sink.emit(event)


def _carry_out(
    prepared: Prepared, tenure: Tenure, progress: Progress, around: Surroundings, mission: Mission
) -> Applied:
    platform, plan, clock = prepared.platform, prepared.plan, around.clock
    assert platform is not None, "a plan that asked no platform is never applied"
    began = clock.monotonic()
    before = _snapshot(prepared, platform, around)
    around.shelf.put(before.environment, "before", before)
    record = around.scribe.begin(plan, mission.kind, tenure, clock.now())
    page = Page(record.number, record.started_at)
    state = intents(platform_state(tenure.past.state, plan.platform, prepared.known), plan.changes, page)
    whole = tenure.past.state
    tenure.start(record, as_declared(prepared.desired), plan, whole.with_(state))
    with progress() as sink:
        listening = _Listening(sink)
        result = execute(
            plan,
            platform,
            around.packager,
            prepared.desired.content,
            listening,
            clock,
            around.stop,
            around.parallelism,
            tenure.check,
        )
    elapsed = clock.monotonic() - began
    after, lost = _after(prepared, platform, around)
    models = {one.endpoint.model for one in prepared.desired.endpoints.values()}
    ledger = Ledger(
        plan,
        result,
        prepared.goals,
        prepared.environment.protect,
        prepared.gone,
        secret_digests(platform, prepared.desired, models),
        mission.holds(page.number, page.at),
    )
    record = around.scribe.end(record, plan, result, clock.now())
    state = settled(state, ledger, page)
    said = compare(before, after) if after is not None else None
    try:
        tenure.finish(record, whole.with_(state), listening.events, before, after, said)
    except HistoryError as fault:
        # The work is done: why it could not be kept is told beside its result, and is no reason to do it again.
        unkept = HistoryNotPushed(fault.message, hint=fault.hint, code=fault.code)
        return Applied(plan, result, elapsed, record, lost, unkept)
    return Applied(plan, result, elapsed, record, lost)


def _after(prepared: Prepared, platform: Platform, around: Surroundings) -> tuple[Snapshot | None, GitopsError | None]:
    """The snapshot from after it. The work is done, or failed for a reason of its own: a fault must not hide that."""
    try:
        after = _snapshot(prepared, platform, around)
        around.shelf.put(after.environment, "after", after)
    except GitopsError as fault:
        return None, fault
    return after, None


def _snapshot(prepared: Prepared, platform: Platform, around: Surroundings) -> Snapshot:
    desired = prepared.desired
    deleted = {step.endpoint for step in prepared.plan.steps if step.kind == "delete_endpoint"}
    names = sorted(desired.endpoints.keys() | deleted)
    return observe(platform, prepared.traits, desired.project, desired.environment, names, around.clock)
