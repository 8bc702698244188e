"""`apply`: plan, ask, look again, then carry the plan out between two snapshots."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from gitops.engine.executor import Result, execute
from gitops.errors import GitopsError, PlanStale
from gitops.model.plan import Plan
from gitops.model.snapshot import Snapshot
from gitops.model.step import Step, subject
from gitops.ports import Clock, Connect, EventSink, Packager, SnapshotShelf, Source, StopSignal, TraitsOf
from gitops.workflows.observe import observe
from gitops.workflows.plan import Prepared, prepare

Approve = Callable[[Plan], bool]
"""Shown the plan once; whether it shall be carried out."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an apply needs besides the files and the platform."""

    packager: Packager
    clock: Clock
    stop: StopSignal
    shelf: SnapshotShelf
    parallelism: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did.

    Attributes:
        result: None where there was nothing to do, or the plan was not approved.
        lost: why there is no snapshot from after it; None if there is one.
    """

    plan: Plan
    result: Result | None = None
    elapsed_s: float = 0.0
    lost: GitopsError | None = None


def apply(
    source: Source,
    connect: Connect,
    traits_of: TraitsOf,
    environment: str | None,
    approve: Approve,
    progress: Callable[[], AbstractContextManager[EventSink]],
    around: Surroundings,
) -> Applied:
    """Bring live to what the files declare.

    Raises:
        PlanStale: files or platform moved between the approval and the first write; nothing was written.
        InputError, UsageError, PlatformError: as `plan`; nothing was written.
    """
    prepared = prepare(source, connect, traits_of, environment)
    if not approve(prepared.plan) or not prepared.plan.steps:
        return Applied(prepared.plan)
    # The platform of the approved plan is looked at again, not opened again: what is written goes where it was shown.
    shown = prepared.platform
    prepared = _look_again(prepared, prepare(source, lambda _: shown, traits_of, environment))
    began = around.clock.monotonic()
    before = _snapshot(prepared, around)
    around.shelf.put(before.environment, "before", before)
    with progress() as sink:
        result = execute(
            prepared.plan,
            prepared.platform,
            around.packager,
            prepared.desired.content,
            sink,
            around.clock,
            around.stop,
            around.parallelism,
        )
    elapsed = around.clock.monotonic() - began
    try:
        after = _snapshot(prepared, around)
        around.shelf.put(after.environment, "after", after)
    except GitopsError as fault:
        # The work is done, or failed for a reason of its own: a snapshot that cannot be taken must not hide that.
        return Applied(prepared.plan, result, elapsed, lost=fault)
    return Applied(prepared.plan, result, elapsed)


def _look_again(approved: Prepared, now: Prepared) -> Prepared:
    """The same plan, made a moment before the first write, or an error that says what moved."""
    if now.plan.steps == approved.plan.steps:
        return now
    before, after = _by_subject(approved.plan), _by_subject(now.plan)
    moved = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    raise PlanStale(
        f"the plan is stale: something that it relies on has moved: {', '.join(moved)}",
        hint="nothing was written; run plan again",
    )


def _by_subject(plan: Plan) -> dict[str, list[Step]]:
    """Steps by what they are about. Changes would not do: they also show numbers that no step relies on."""
    steps: dict[str, list[Step]] = {}
    for step in plan.steps:
        steps.setdefault(subject(step), []).append(step)
    return steps


def _snapshot(prepared: Prepared, around: Surroundings) -> Snapshot:
    desired = prepared.desired
    names = sorted(desired.endpoints)
    return observe(prepared.platform, prepared.traits, desired.project, desired.environment, names, around.clock)
