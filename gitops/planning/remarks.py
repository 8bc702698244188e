"""A change and what it meets on the platform -> what refuses it, and what its reader should know. Changes nothing."""

from collections.abc import Iterator

from gitops.diagnostics import Code, Diagnostic, error, warning
from gitops.model.change import Action, Change, FieldChange
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Effect, Level, Traits
from gitops.model.live import Absent, Live, Phase
from gitops.planning.byhand import in_reach
from gitops.planning.diff import abandoned
from gitops.planning.numbers import fewest_during
from gitops.planning.rollout import room
from gitops.planning.versions import Wanted
from gitops.planning.whole import windows


def remarks(
    declared: DesiredEndpoint, live: Live | Absent, wanted: Wanted, change: Change, traits: Traits
) -> Iterator[Diagnostic]:
    """What refuses a change, and what the reader should know about it; errors among them refuse the plan.

    Args:
        declared: what the files say.
        live: what the platform has now.
        wanted: the version that the files ask for.
        change: the endpoint's change.
        traits: what is known of the platform.
    """
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
        if traits.needs_resource and declared.endpoint.resource is None:
            yield _no_resource(declared, traits)
        return
    yield from _unread(declared, live, change, traits)
    if any(changed.effect is Effect.DOWNTIME for changed in change.fields):
        yield _downtime_in_place(declared, live, traits) if traits.rolls_whole else _downtime(declared, live)
    if rollout := abandoned(live, wanted.version, declared.endpoint.gpus_per_replica):
        moved = any(changed.field in {"version", "gpus_per_replica"} for changed in change.fields)
        fate = "abandons that" if moved else "leaves that as it is"
        yield warning(
            Code.ROLLOUT_IN_PROGRESS,
            f"endpoint {declared.endpoint.name} is rolling out to {rollout.version} ({rollout.updated_ready} of "
            f"{live.replicas} replicas), which the files do not ask for; an apply {fate}",
            declared.place("version"),
            "if somebody else is at work on this endpoint, wait until they are done",
        )


def _no_resource(declared: DesiredEndpoint, traits: Traits) -> Diagnostic:
    return error(
        Code.RESOURCE_MISSING,
        f"endpoint {declared.endpoint.name} has no resource, and {traits.title} cannot create it without",
        declared.place("resource"),
        "say where its replicas run: resource: {type: on_premise, master: ID, workers: [ID]} with the ids of your "
        "devices, or resource: {type: fedml_cloud}",
    )


def _unread(declared: DesiredEndpoint, live: Live, change: Change, traits: Traits) -> Iterator[Diagnostic]:
    """What the platform tells in words that say nothing, or does not tell."""
    name = declared.endpoint.name
    if live.phase is Phase.UNKNOWN and live.rollout is None:
        waits = "" if change.action is Action.NOOP else "; an apply waits until it calls it something else"
        yield warning(
            Code.UNKNOWN_STATUS,
            f"{traits.title} calls the state of endpoint {name} {live.raw_status or 'nothing'}, which is not known "
            f"here{waits}",
            declared.place(""),
            "look at the endpoint in the platform's console",
        )
    unsupported = traits.fields["resource"].level is Level.UNSUPPORTED
    if declared.endpoint.resource is not None and live.resource is None and not unsupported:
        yield warning(
            Code.RESOURCE_NOT_TOLD,
            f"{traits.title} does not tell where endpoint {name} runs, so its resource is not compared",
            declared.place("resource"),
            "compare it with the endpoint's page in the platform's console",
        )


def _downtime_in_place(written: DesiredEndpoint, live: Live, traits: Traits) -> Diagnostic:
    replicas = windows(in_reach(written, live, traits.fields), live).replicas
    what = "its only replica" if replicas == 1 else f"all {replicas} replicas at once"
    return warning(
        Code.DOWNTIME,
        f"endpoint {written.endpoint.name} answers nobody during the rollout: {traits.title} replaces replicas in "
        f"place and starts none on top, and takes {what}",
        written.place("replicas" if replicas == 1 else "resource"),
        "declare 2 replicas and apply that first: then one of them keeps serving"
        if replicas == 1
        else "spread the replicas over more devices, or declare fewer than 20: then it takes one at a time",
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
