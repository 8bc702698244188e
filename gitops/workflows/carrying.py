"""A plan that may be carried out -> a deployment: that it begins is kept, what is done, and how it ended."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from gitops.engine.executor import Result, execute
from gitops.errors import GitopsError, HistoryError, HistoryNotPushed
from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.record import Hold, PlatformState, Record, RecordKind
from gitops.model.snapshot import Snapshot
from gitops.monitoring.report import report as compare
from gitops.ports import Clock, EventSink, Packager, Platform, SnapshotShelf, StopSignal, Tenure
from gitops.workflows.bookkeeping import Ledger, Page, Secrets, intents, settled
from gitops.workflows.observe import observe
from gitops.workflows.plan import Prepared, Wanted, secret_digests
from gitops.workflows.recording import Scribe
from gitops.workflows.remembering import declared_now, platform_state

Progress = Callable[[], AbstractContextManager[EventSink]]
"""Where the events of an apply go while it lasts; Ctrl-C is heard so long, and keeps nothing from being recorded."""

NOTHING_DONE = Result.of((), written=False)


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


def is_remembered(prepared: Prepared, mission: Mission, now: datetime) -> bool:
    """Whether a plan without a step would leave what is remembered as it is.

    Protection and dependencies that were declared, a hold that the files have ended, an endpoint that is gone: nothing
    of that is a step, and all of it must be known later.
    """
    last = prepared.past.last
    page = Page(last.number + 1 if last is not None else 1, now)
    state = platform_state(prepared.past.state, prepared.plan.platform, prepared.known)
    return settled(state, _ledger(prepared, state, NOTHING_DONE, {}, mission, page), page) == state


def carry_out(
    prepared: Prepared, tenure: Tenure, progress: Progress, around: Surroundings, mission: Mission
) -> Applied:
    """Carry a plan out under the lock, and keep what became of it.

    Raises:
        HistoryError: that it begins could not be kept; nothing was written on the platform.
        PlatformError: the platform cannot be observed before; nothing was written.
    """
    platform, plan, clock = prepared.platform, prepared.plan, around.clock
    assert platform is not None, "a plan that asked no platform is never applied"
    began = clock.monotonic()
    before = _snapshot(prepared, platform, around)
    around.shelf.put(before.environment, "before", before)
    record = around.scribe.begin(plan, mission.kind, tenure, clock.now())
    page = Page(record.number, record.started_at)
    was = platform_state(tenure.past.state, plan.platform, prepared.known)
    begun, whole = intents(was, plan.changes, page), tenure.past.state
    declares = declared_now(prepared.desired, plan.only, tenure.past.declared)
    tenure.start(record, declares, plan, whole.with_(begun))
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
        record = around.scribe.end(record, plan, result, clock.now())
        models = {one.endpoint.model for one in prepared.desired.endpoints.values()}
        digests = secret_digests(platform, prepared.desired, models)
        state = settled(begun, _ledger(prepared, was, result, digests, mission, page), page)
        said = compare(before, after) if after is not None else None
        try:
            tenure.finish(record, whole.with_(state), listening.events, before, after, said)
        except HistoryError as fault:
            # The work is done: why it could not be kept is told beside its result, and is no reason to do it again.
            unkept = HistoryNotPushed(fault.message, hint=fault.hint, code=fault.code)
            return Applied(plan, result, elapsed, record, lost, unkept)
    return Applied(plan, result, elapsed, record, lost)


class _Listening:
    """A sink that also remembers, so that the events can be kept."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Take notice of one event."""
        self.events.append(event)
        self._sink.emit(event)


def _ledger(
    prepared: Prepared, was: PlatformState, result: Result, digests: Secrets, mission: Mission, page: Page
) -> Ledger:
    return Ledger(
        prepared.plan,
        result,
        prepared.goals,
        prepared.environment.protect,
        prepared.gone,
        digests,
        mission.holds(page.number, page.at),
        was.endpoints,
    )


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
