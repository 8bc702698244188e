"""Desired and what the platform has -> a Plan, or the diagnostics that refuse it. Equal inputs give equal plans."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitops.diagnostics import Code, Diagnostic, error, in_order, warning
from gitops.model.change import Action, Change, FieldChange
from gitops.model.desired import Desired, DesiredEndpoint
from gitops.model.field import Effect, Traits
from gitops.model.live import Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.plan import Counts, Gpus, Plan, PushModelCard, Step
from gitops.planning.checks import check
from gitops.planning.diff import abandoned, diff, fewest_during, wanted_replicas
from gitops.planning.order import push, steps
from gitops.planning.rollout import room
from gitops.planning.versions import Wanted, resolve


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning gave.

    Attributes:
        plan: None if an error refuses it.
        diagnostics: errors and warnings, in order, without excerpts; the warnings are the plan's too.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class _Draft:
    """What has been planned so far."""

    changes: list[Change] = field(default_factory=list)
    pushes: dict[str, PushModelCard] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def plan(
    desired: Desired,
    live: Mapping[str, Live | Absent],
    versions: Mapping[str, tuple[ModelVersion, ...]],
    secret_digests: Mapping[str, Mapping[str, str | None]],
    traits: Traits,
    platform: PlatformIdentity,
) -> Planned:
    """Plan how to bring live to desired.

    Args:
        desired: what the files declare.
        live: every declared endpoint by name, as the platform has it now.
        versions: every declared endpoint's model -> its versions, oldest first.
        secret_digests: model -> variable -> keyed digest of its value now; None where it cannot be compared.
        traits: what is known of the kind of platform.
        platform: which platform answered.

    Returns:
        The plan with only the changes that do something; no plan where a diagnostic is an error.
    """
    draft = _Draft(diagnostics=list(check(desired, traits)))
    for name in sorted(desired.endpoints):
        declared = desired.endpoints[name]
        model = declared.endpoint.model
        wanted = resolve(declared, versions[model], secret_digests.get(model, {}))
        if isinstance(wanted, Diagnostic):
            draft.diagnostics.append(wanted)
        else:
            _endpoint(draft, desired, declared, live[name], wanted, traits)
    diagnostics = in_order(draft.diagnostics)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return Planned(None, diagnostics)
    whole = Plan(
        project=desired.project,
        environment=desired.environment,
        platform=platform,
        changes=tuple(draft.changes),
        steps=(*(draft.pushes[model] for model in sorted(draft.pushes)), *draft.steps),
        warnings=diagnostics,
        counts=_counts(draft.changes, len(desired.endpoints)),
        gpus=_gpus(desired, live),
    )
    return Planned(whole, diagnostics)


def _endpoint(
    draft: _Draft, desired: Desired, declared: DesiredEndpoint, live: Live | Absent, wanted: Wanted, traits: Traits
) -> None:
    model = declared.endpoint.model
    change = diff(declared, live, wanted.version, traits.fields)
    draft.diagnostics += _remarks(declared, live, wanted, change)
    if wanted.push_reason:
        draft.pushes[model] = push(desired.cards[model], wanted)
    if change.action is not Action.NOOP:
        draft.changes.append(change)
        draft.steps += steps(declared, live, wanted.version, change)


def _remarks(declared: DesiredEndpoint, live: Live | Absent, wanted: Wanted, change: Change) -> Iterator[Diagnostic]:
    """What refuses a change, and what the reader should know about it."""
    model = declared.endpoint.model
    for name in wanted.not_compared:
        yield warning(
            Code.SECRET_NOT_COMPARABLE,
            f"whether {name} of model card {model} changed cannot be seen without the platform's API key",
            declared.place("model"),
            "it is taken as unchanged; to be sure, give the environment's platform its api_key",
        )
    for changed in change.fields:
        if changed.effect is Effect.IMMUTABLE:
            yield _immutable(declared, changed)
    if isinstance(live, Absent):
        return
    if any(changed.effect is Effect.DOWNTIME for changed in change.fields):
        yield _downtime(declared, live)
    if rollout := abandoned(live, wanted.version, declared.endpoint.gpus_per_replica):
        yield warning(
            Code.ROLLOUT_IN_PROGRESS,
            f"endpoint {declared.endpoint.name} is rolling out to {rollout.version} ({rollout.updated_ready} of "
            f"{live.replicas} replicas), which the files do not ask for; an apply abandons that",
            declared.place("version"),
            "if somebody else is at work on this endpoint, wait until they are done",
        )


def _immutable(declared: DesiredEndpoint, changed: FieldChange) -> Diagnostic:
    return error(
        Code.IMMUTABLE_FIELD,
        f"the {changed.field} of endpoint {declared.endpoint.name} is {changed.old} and cannot become {changed.new}",
        changed.place,
        f"declare {changed.new} under a new endpoint name, and keep this one as long as it has users",
    )


def _downtime(declared: DesiredEndpoint, live: Live) -> Diagnostic:
    rollout, replicas = declared.endpoint.rollout, fewest_during(declared, live)
    surge = room(rollout.max_surge, rollout.max_unavailable, replicas).surge
    what = "its only replica" if replicas == 1 else f"all {replicas} replicas"
    when = " if the autoscaler holds no more" if live.policy else ""
    return warning(
        Code.DOWNTIME,
        f"endpoint {declared.endpoint.name} may answer nobody during the rollout: max_unavailable "
        f"{rollout.max_unavailable} lets {what} be missing at once{when}",
        declared.place("rollout"),
        "lower max_unavailable" if surge else "set max_unavailable to 0 and max_surge to 1",
    )


def _counts(changes: list[Change], declared: int) -> Counts:
    creates = sum(change.action is Action.CREATE for change in changes)
    return Counts(create=creates, update=len(changes) - creates, unchanged=declared - len(changes))


def _gpus(desired: Desired, live: Mapping[str, Live | Absent]) -> Gpus:
    there = [live[name] for name in desired.endpoints]
    return Gpus(
        before=sum(one.replicas * one.gpus_per_replica for one in there if isinstance(one, Live)),
        after=sum(
            wanted_replicas(declared.endpoint, live[name]) * declared.endpoint.gpus_per_replica
            for name, declared in desired.endpoints.items()
        ),
    )
