"""Desired, live and what is remembered -> a Plan, or the diagnostics that refuse it. Equal inputs give equal plans."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitops.diagnostics import Code, Diagnostic, in_order, warning
from gitops.model.change import Action
from gitops.model.desired import Desired
from gitops.model.field import Traits
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, Phase, PlatformIdentity
from gitops.model.plan import Plan
from gitops.planning.checks import check
from gitops.planning.declaring import declarations
from gitops.planning.deleting import delete, deletion
from gitops.planning.draft import Draft, Goal, Scene
from gitops.planning.endpoint import plan_endpoint
from gitops.planning.fingerprint import fingerprint, fingerprints
from gitops.planning.guards import Weighed, findings
from gitops.planning.holding import ABSENT_WORD, PRESENT, existence_held, line
from gitops.planning.remembered import Remembered, Terms
from gitops.planning.totals import counts, gpus
from gitops.planning.undo import undo
from gitops.planning.untold import completed
from gitops.planning.waves import edges, in_waves

NOTHING = Remembered()
_PLAIN = Terms()


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning gave.

    Attributes:
        plan: None if an error refuses it.
        diagnostics: errors and warnings, in order, without excerpts; the warnings are the plan's too.
        goals: endpoint -> what it shall be once its steps succeeded, for every declared one that is planned.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...] = ()
    goals: Mapping[str, Goal] = field(default_factory=dict)


def plan(
    desired: Desired,
    live: Mapping[str, Live | Absent],
    versions: Mapping[str, tuple[ModelVersion, ...]],
    secret_digests: Mapping[str, Mapping[str, str | None]],
    traits: Traits,
    platform: PlatformIdentity,
    remembered: Remembered = NOTHING,
    terms: Terms = _PLAIN,
) -> Planned:
    """Plan how to bring live to desired.

    Args:
        desired: what the files declare.
        live: every declared and every owned endpoint by name, as the platform has it now.
        versions: every declared endpoint's model -> its versions, oldest first.
        secret_digests: model, or the digest of a card at another commit -> variable -> keyed digest of its value now;
            None where it cannot be compared.
        traits: what is known of the kind of platform.
        platform: which platform answered.
        remembered: what the history says of it.
        terms: how the plan is meant, and what was acknowledged.

    Returns:
        The plan with only the changes that do something; no plan where a diagnostic is an error. A plan that a guard
        refuses is one: it is shown, and not applied.
    """
    told = {name: _standing(there, traits) for name, there in live.items()}
    whole = {name: completed(there, remembered.entries.get(name), traits) for name, there in told.items()}
    scene = Scene(desired, told, whole, versions, secret_digests, traits, remembered, terms)
    draft = Draft(retries=terms.allowance.retries, diagnostics=list(check(desired, traits)))
    if terms.offline and remembered.last_deployment is None:
        return _declared_only(draft, scene, platform)
    for name in sorted(desired.endpoints):
        if terms.selects(name):
            plan_endpoint(draft, scene, name)
    for name in sorted(remembered.owned - desired.endpoints.keys()):
        if terms.selects(name):
            _undeclared(draft, scene, name, live[name])
    draft.diagnostics += _missed(draft, scene)
    diagnostics = in_order(draft.diagnostics)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return Planned(None, diagnostics)
    return Planned(_whole(draft, scene, platform, diagnostics), diagnostics, draft.goals)


def _declared_only(draft: Draft, scene: Scene, platform: PlatformIdentity) -> Planned:
    """A plan that says what is declared, and claims nothing about what would change."""
    desired, terms, diagnostics = scene.desired, scene.terms, in_order(draft.diagnostics)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return Planned(None, diagnostics)
    said = Plan(
        project=desired.project,
        environment=desired.environment,
        platform=platform,
        base=scene.remembered.base,
        only_declared=terms.only_declared,
        only=tuple(sorted(terms.only or ())),
        offline=True,
        allowed=terms.allowance,
        declarations=tuple(declarations(desired, terms)),
        fingerprint=fingerprint({}),
        warnings=diagnostics,
    )
    return Planned(said, diagnostics)


def _standing(live: Live | Absent, traits: Traits) -> Live | Absent:
    """An endpoint as it can be planned on: one that failed is gone where the platform takes its replicas away.

    One that is being deleted is as good as gone: it is created again, once it is.
    """
    if isinstance(live, Absent):
        return live
    gone = live.phase is Phase.DELETING or (traits.rolls_whole and live.phase is Phase.FAILED)
    return ABSENT if gone else live


def _missed(draft: Draft, scene: Scene) -> Iterator[Diagnostic]:
    """A warning for every endpoint whose steps rely on one that is not there and not planned."""
    for name in (change.endpoint for change in draft.changes if change.endpoint in draft.goals):
        declared = scene.desired.endpoints[name]
        for other in declared.endpoint.depends_on:
            if not scene.terms.selects(other) and isinstance(scene.live[other], Absent):
                yield warning(
                    Code.DEPENDENCY_ABSENT,
                    f"endpoint {name} depends on {other}, which is not on the platform, and --only leaves it out",
                    declared.place("depends_on"),
                    f"select it too: --only {other}",
                )


def _undeclared(draft: Draft, scene: Scene, name: str, live: Live | Absent) -> None:
    """What is ours and no longer declared goes, unless that is held; one that failed is there until it is deleted."""
    entry = scene.remembered.entries[name]
    if isinstance(live, Absent) or live.phase is Phase.DELETING:
        return
    hold = existence_held(entry, ABSENT_WORD)
    if hold is not None and not scene.terms.back_to and not scene.terms.destroys and not draft.retries.take():
        draft.held.append(line(name, hold, ABSENT_WORD, PRESENT, None))
        return
    reason = "everything shall go" if scene.terms.destroys else "no longer declared"
    draft.changes.append(deletion(live, entry, reason))
    draft.steps.append(delete(live))


def _whole(draft: Draft, scene: Scene, platform: PlatformIdentity, warnings: tuple[Diagnostic, ...]) -> Plan:
    desired, remembered, terms = scene.desired, scene.remembered, scene.terms
    declared = {name: endpoint.endpoint.depends_on for name, endpoint in desired.endpoints.items()}
    applied = {name: entry.applied.depends_on for name, entry in remembered.entries.items() if entry.applied}
    deleted = {change.endpoint for change in draft.changes if change.action is Action.DELETE}
    pushes = [draft.pushes[model] for model in sorted(draft.pushes)]
    gone = {name: applied.get(name, ()) for name in deleted}
    steps = in_waves([*pushes, *draft.steps], declared, gone)
    changes = tuple(sorted(draft.changes, key=lambda change: change.endpoint))
    planned_on = {name: goal.declared for name, goal in draft.goals.items()}
    weighed = Weighed(changes, planned_on, scene.live, len(desired.endpoints))
    parts = fingerprints(steps)
    return Plan(
        project=desired.project,
        environment=desired.environment,
        platform=platform,
        base=remembered.base,
        last_deployment=remembered.last_deployment,
        only_declared=terms.only_declared,
        only=tuple(sorted(terms.only or ())),
        offline=terms.offline,
        allowed=terms.allowance,
        back_to=terms.back_to,
        changes=changes,
        steps=steps,
        undo=undo(steps, scene.live, scene.traits, remembered.entries),
        held=tuple(sorted(draft.held, key=lambda one: (one.endpoint, one.field))),
        drift=tuple(draft.drift),
        kept=tuple(draft.kept),
        findings=findings(weighed, remembered, terms, platform),
        depends_on=edges(steps, declared, applied),
        fingerprints=parts,
        fingerprint=fingerprint(parts),
        manual=tuple(draft.manual),
        warnings=warnings,
        counts=counts(changes, sum(map(terms.selects, desired.endpoints))),
        gpus=gpus(scene, draft.goals, deleted),
    )
