"""Desired and what the platform has -> a Plan, or the diagnostics that refuse it. Equal inputs give equal plans."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops.diagnostics import Diagnostic, in_order
from gitops.model.card import CardSpec
from gitops.model.change import Action, Change
from gitops.model.desired import Desired, DesiredEndpoint
from gitops.model.field import Effect, Traits
from gitops.model.health import keeps_serving
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, Phase, PlatformIdentity
from gitops.model.plan import Counts, Gpus, ManualChange, Plan
from gitops.model.step import PushModelCard, Step
from gitops.planning.byhand import by_hand, in_reach, left_by_hand
from gitops.planning.checks import check
from gitops.planning.diff import diff
from gitops.planning.numbers import wanted_replicas
from gitops.planning.order import push, steps
from gitops.planning.remarks import remarks
from gitops.planning.versions import Wanted, resolve
from gitops.planning.whole import estimate, windows


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
    manual: list[ManualChange] = field(default_factory=list)
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
    live = {name: _standing(there, traits) for name, there in live.items()}
    draft = _Draft(diagnostics=list(check(desired, traits)))
    for name in sorted(desired.endpoints):
        declared = desired.endpoints[name]
        model = declared.endpoint.model
        wanted = resolve(declared, versions[model], secret_digests.get(model, {}), live[name], traits)
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
        manual=tuple(draft.manual),
        warnings=diagnostics,
        counts=_counts(draft.changes, len(desired.endpoints)),
        gpus=_gpus(desired, live, traits),
    )
    return Planned(whole, diagnostics)


def _standing(live: Live | Absent, traits: Traits) -> Live | Absent:
    """An endpoint as it can be planned on: one that failed is gone where the platform takes its replicas away.

    One that is being deleted is as good as gone: it is created again, once it is.
    """
    if isinstance(live, Absent):
        return live
    gone = live.phase is Phase.DELETING or (traits.rolls_whole and live.phase is Phase.FAILED)
    return ABSENT if gone else live


def _endpoint(
    draft: _Draft, desired: Desired, written: DesiredEndpoint, live: Live | Absent, wanted: Wanted, traits: Traits
) -> None:
    model = written.endpoint.model
    declared = in_reach(written, live, traits.fields)
    change = diff(declared, live, wanted.version, traits)
    draft.diagnostics += remarks(written, live, wanted, change, traits)
    draft.manual += left_by_hand(written, live, traits.fields)
    if wanted.push_reason:
        draft.pushes[model] = push(desired.cards[model], wanted)
    if change.action is not Action.NOOP:
        if traits.rolls_whole and isinstance(live, Live) and keeps_serving(live):
            change = _with_estimate(change, estimate(windows(declared, live), _spec(desired, written)))
        draft.changes.append(change)
        draft.steps += steps(declared, live, wanted.version, change, traits)


def _spec(desired: Desired, declared: DesiredEndpoint) -> CardSpec | None:
    """The configuration that will serve, as far as the files tell it."""
    return desired.cards[declared.endpoint.model].spec if declared.digest is not None else None


def _with_estimate(change: Change, words: str) -> Change:
    """How long a rollout that the platform does by itself may take, beside every field that needs one."""
    rolling = {Effect.ROLLING, Effect.DOWNTIME}
    told = (
        field.model_copy(update={"note": "; ".join(filter(None, (words, field.note)))})
        if field.effect in rolling
        else field
        for field in change.fields
    )
    return change.model_copy(update={"fields": tuple(told)})


def _counts(changes: list[Change], declared: int) -> Counts:
    creates = sum(change.action is Action.CREATE for change in changes)
    return Counts(create=creates, update=len(changes) - creates, unchanged=declared - len(changes))


def _gpus(desired: Desired, live: Mapping[str, Live | Absent], traits: Traits) -> Gpus:
    before = after = untold = 0
    for name, written in desired.endpoints.items():
        there, declared = live[name], in_reach(written, live[name], traits.fields)
        if by_hand("gpus_per_replica", traits.fields) and not (isinstance(there, Live) and there.gpus_told):
            untold += 1
            continue
        if isinstance(there, Live):
            before += there.replicas * there.gpus_per_replica
        after += wanted_replicas(declared.endpoint, there) * declared.endpoint.gpus_per_replica
    return Gpus(before=before, after=after, untold=untold)
