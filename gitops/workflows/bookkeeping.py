"""What an apply did -> what is remembered of it. An endpoint's entry moves only when its steps were verified."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gitops.engine.result import GOOD, Result, StepResult
from gitops.errors import Conflict, PlanStale, Rejected
from gitops.model.change import Action, Change, VersionRef
from gitops.model.event import Outcome
from gitops.model.plan import Plan
from gitops.model.record import EXISTENCE, Applied, Entry, Hold, KnownVersion, Ownership, PlatformState
from gitops.model.step import CreateEndpoint, PushModelCard, RollOut
from gitops.planning.draft import Goal

Secrets = Mapping[str, Mapping[str, str | None]]
"""Model, or digest of a card at another commit -> variable -> keyed digest."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where something is written down: the number of the record, and when."""

    number: int
    at: datetime


def intents(state: PlatformState, changes: Iterable[Change], page: Page) -> PlatformState:
    """The state with what is about to be created, or adopted, as ours: were we killed now, it would be."""
    entries = dict(state.endpoints)
    for change in changes:
        before = entries.get(change.endpoint)
        if change.action is Action.CREATE and (before is None or before.owned is None):
            entries[change.endpoint] = _begun(before, Ownership.CREATED, page)
        elif change.adopts:
            entries[change.endpoint] = _begun(before, Ownership.ADOPTED, page)
    return state.model_copy(update={"endpoints": entries})


def _begun(before: Entry | None, owned: Ownership, page: Page) -> Entry:
    return Entry(owned=owned, since=page.at, deployment=page.number, held=before.held if before else ())


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that tells what an apply came to.

    Attributes:
        goals: what every planned endpoint shall be.
        protect: endpoints that the environment protects.
        gone: endpoints that are remembered, not declared, and not on the platform any more.
        secrets: keyed digests of what was pushed.
        holds: endpoint -> what a revert leaves held, where its steps succeeded.
        was: what was remembered before this apply.
    """

    plan: Plan
    result: Result
    goals: Mapping[str, Goal]
    protect: Collection[str]
    gone: Collection[str]
    secrets: Secrets
    holds: Mapping[str, tuple[Hold, ...]]
    was: Mapping[str, Entry]

    def selects(self, endpoint: str) -> bool:
        """Whether the plan was about it."""
        return not self.plan.only or endpoint in self.plan.only


def settled(state: PlatformState, ledger: Ledger, page: Page) -> PlatformState:
    """The state after an apply.

    Args:
        state: with the intents of this apply.
        ledger: what it came to.
        page: of its record.
    """
    steps = _by_endpoint(ledger.result)
    names = {(step.step.model, step.step.digest): step.result for step in _pushes(ledger.result)}
    entries = {name: entry for name, entry in state.endpoints.items() if name not in ledger.gone}
    for name in _never_made(ledger.result):
        entries.pop(name, None)
        entries |= {name: ledger.was[name]} if name in ledger.was else {}
    for name, goal in ledger.goals.items():
        before = entries.get(name)
        if before is None or before.owned is None:
            continue  # It is nobody's, and stays so.
        entries[name] = _entry(name, before, goal, steps.get(name, ()), names, ledger, page)
    for change in ledger.plan.changes:
        if change.action is Action.DELETE and _good(steps.get(change.endpoint, ())):
            entries.pop(change.endpoint, None)
    for name, holds in ledger.holds.items():
        left = _reached(holds, steps.get(name, ())) if ledger.selects(name) else ()
        if left:
            entries[name] = _holding(entries.get(name), left, page)
    return state.model_copy(update={"endpoints": entries, "versions": _versions(state, ledger, names)})


def _never_made(result: Result) -> Iterator[str]:
    """Endpoints whose creation was not tried, or refused: the intent to create them is taken back."""
    for step in result.steps:
        refused = step.outcome is Outcome.NOT_TRIED or isinstance(step.error, Rejected | Conflict | PlanStale)
        if refused and isinstance(step.step, CreateEndpoint):
            yield step.step.endpoint


def _by_endpoint(result: Result) -> dict[str, list[StepResult]]:
    found: dict[str, list[StepResult]] = {}
    for step in result.steps:
        if not isinstance(step.step, PushModelCard):
            found.setdefault(step.step.endpoint, []).append(step)
    return found


def _pushes(result: Result) -> "list[_Push]":
    return [
        _Push(step.step, step.result)
        for step in result.steps
        if isinstance(step.step, PushModelCard) and step.outcome in GOOD
    ]


@dataclass(frozen=True, slots=True)
class _Push:
    step: PushModelCard
    result: str


def _good(steps: Iterable[StepResult]) -> bool:
    return all(step.outcome in GOOD for step in steps)


def _entry(
    name: str,
    before: Entry,
    goal: Goal,
    steps: Iterable[StepResult],
    names: Mapping[tuple[str, str], str],
    ledger: Ledger,
    page: Page,
) -> Entry:
    steps = list(steps)
    if not _good(steps):
        return before.model_copy(update={"held": _laid_over(before.held, _put_back(steps, goal, names, page))})
    still = {held.field for held in ledger.plan.held if held.endpoint == name}
    held = tuple(hold for hold in before.held if hold.field in still)
    applied = _applied(goal, before.applied, names, protected=name in ledger.protect)
    moved = applied != before.applied
    number = page.number if moved or before.applied is None else before.deployment
    return before.model_copy(update={"applied": applied, "held": held, "deployment": number})


def _put_back(
    steps: Iterable[StepResult], goal: Goal, names: Mapping[tuple[str, str], str], page: Page
) -> Iterable[Hold]:
    """A version that was rolled back is held as long as the files ask for it."""
    for step in steps:
        if step.outcome is Outcome.ROLLED_BACK and isinstance(step.step, RollOut):
            reason = f"rolled back: {step.error.message}" if step.error else "rolled back"
            version = _named(goal.declared.endpoint.model, goal.version, names)
            yield Hold(field="version", value=version, reason=reason, since=page.at, deployment=page.number)


def _applied(goal: Goal, before: Applied | None, names: Mapping[tuple[str, str], str], *, protected: bool) -> Applied:
    endpoint = goal.declared.endpoint
    applied = Applied(
        model=endpoint.model,
        version=_named(endpoint.model, goal.version, names),
        replicas=endpoint.first_replicas,
        gpus_per_replica=endpoint.gpus_per_replica,
        autoscale=endpoint.autoscale,
        resource=endpoint.resource,
        depends_on=endpoint.depends_on,
        deletion=endpoint.deletion,
        protected=protected,
    )
    if before is None or not goal.as_before:
        return applied
    # What is left as it is was not applied: what counts is what was applied before.
    return applied.model_copy(update={field: getattr(before, field) for field in goal.as_before})


def _named(model: str, version: VersionRef, names: Mapping[tuple[str, str], str]) -> VersionRef:
    if version.name is not None or version.digest is None:
        return version
    return VersionRef(name=names.get((model, version.digest)), digest=version.digest)


def _reached(holds: tuple[Hold, ...], steps: Iterable[StepResult]) -> tuple[Hold, ...]:
    """The holds of what was reached: all of them where nothing failed, else of the fields whose own step succeeded."""
    steps = tuple(steps)
    if _good(steps):
        return holds
    fields = {field for step in steps if step.outcome in GOOD for field in _FIELDS.get(step.step.kind, ())}
    return tuple(hold for hold in holds if hold.field in fields)


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "roll_out": ("version", "gpus_per_replica"),
    "scale": ("replicas",),
    "set_autoscale": ("autoscale",),
    "set_resource": ("resource",),
    "create_endpoint": (EXISTENCE,),
    "delete_endpoint": (EXISTENCE,),
}
"""Kind of step -> the fields that it moves."""


def _holding(before: Entry | None, holds: tuple[Hold, ...], page: Page) -> Entry:
    if before is None:
        return Entry(deployment=page.number, held=holds)
    return before.model_copy(update={"held": _laid_over(before.held, holds)})


def _laid_over(before: tuple[Hold, ...], newer: Iterable[Hold]) -> tuple[Hold, ...]:
    """Holds, of which the newer ones take the place of those of the same fields."""
    newer = tuple(newer)
    fields = {hold.field for hold in newer}
    return (*(hold for hold in before if hold.field not in fields), *newer)


def _versions(
    state: PlatformState, ledger: Ledger, names: Mapping[tuple[str, str], str]
) -> Mapping[str, tuple[KnownVersion, ...]]:
    versions = dict(state.versions)
    for (model, digest), name in names.items():
        secrets = ledger.secrets.get(digest) or ledger.secrets.get(model, {})
        told = {variable: value for variable, value in secrets.items() if value is not None}
        others = tuple(one for one in versions.get(model, ()) if one.name != name)
        versions[model] = (*others, KnownVersion(name=name, digest=digest, secrets=told))
    return versions
