"""A Change -> the steps that realise it, in order. Says how, and never whether.

Within an endpoint: more devices -> autoscale removed or its bounds opened -> scale up -> roll out -> scale down ->
autoscale set or its bounds narrowed -> fewer devices, so that capacity never falls below what both declarations allow,
and there is room for every number. A version and devices are never one request: what failed could not be told. Where
nothing serves yet there is no capacity to protect, and the number comes first: an endpoint that failed with too many
replicas could otherwise never be repaired by declaring fewer. On a platform that rolls by itself the version comes
before all of it where what is there does not serve, or cannot be read.

An autoscaler may move the number of replicas between this plan and its apply, so no step relies on that number while a
policy is live: a rollout goes over however many there are, a scale starts from anywhere within the bounds. Nor does one
rely on a number, or a version, while the platform is at work on the endpoint without telling what will come of it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.card import CardContent
from gitops.model.change import Action, Change, VersionRef
from gitops.model.checkpoints import checkpoints
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Traits
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live, Phase
from gitops.model.quantity import MAX_REPLICAS, Quantity
from gitops.model.resource import in_order
from gitops.model.step import CreateEndpoint, PushModelCard, RollOut, Scale, SetAutoscale, SetResource, Step, Target
from gitops.planning.byhand import by_hand
from gitops.planning.diff import abandoned
from gitops.planning.numbers import replicas_during, wanted_replicas
from gitops.planning.versions import Wanted
from gitops.planning.whole import devices_first, version_first

PUSHES = 0
ENDPOINTS = 1

WHATEVER: Final = Bounds(min_replicas=1, max_replicas=MAX_REPLICAS)
"""The number that the platform has chosen, or that it will have come to."""

OWN_WINDOW: Final = "10%"
"""How much of an endpoint a platform that rolls by itself replaces at a time (`model.windows`)."""


def push(card: CardContent, wanted: Wanted, digests: Mapping[str, str | None]) -> PushModelCard:
    """The step that gives the platform a card's content.

    Args:
        digests: variable -> keyed digest of its value.
    """
    variables = card.spec.environment_variables
    return PushModelCard(
        wave=PUSHES,
        model=card.name,
        digest=card.digest,
        files=len(card.files),
        size_bytes=card.size,
        secrets={name: digests.get(name) for name in sorted(variables) if variables[name].reference},
        reason=wanted.push_reason,
    )


def steps(
    declared: DesiredEndpoint, live: Live | Absent, wanted: VersionRef, change: Change, traits: Traits
) -> tuple[Step, ...]:
    """The steps of one endpoint, declared as far as it is in reach, in order; none for a noop."""
    if change.action is Action.NOOP:
        return ()
    if isinstance(live, Absent):
        return tuple(_create(declared, wanted, traits))
    return tuple(_update(declared, live, wanted, change, traits))


def _create(declared: DesiredEndpoint, wanted: VersionRef, traits: Traits) -> Iterator[Step]:
    endpoint = declared.endpoint
    replicas, resource = endpoint.first_replicas, endpoint.resource
    yield CreateEndpoint(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        model=endpoint.model,
        version=wanted,
        replicas=replicas if traits.sizes_creation else None,
        gpus_per_replica=None if by_hand("gpus_per_replica", traits.fields) else endpoint.gpus_per_replica,
        resource=resource,
        progress_deadline_s=endpoint.rollout.progress_deadline,
    )
    if not traits.sizes_creation and (replicas != 1 or (resource and len(resource.workers) > 1)):
        yield _scale_from(WHATEVER, replicas, declared)
    if endpoint.autoscale is not None:
        yield _set_autoscale(declared, None)


def _update(
    declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change, traits: Traits
) -> Iterator[Step]:
    differing = {field.field for field in change.fields}
    at_work = _at_work(live)
    scale = _scale(declared, live, differing)
    place = _set_resource(declared, live) if "resource" in differing or at_work else None
    roll = _rollout(declared, live, wanted, change, traits) if differing & {"version", "gpus_per_replica"} else None
    policy = _set_autoscale(declared, live.told_policy) if "autoscale" in differing else None
    opens = _opens(live.told_policy, declared.endpoint.autoscale)
    scale_first, place_first = scale and _comes_first(scale, live), devices_first(declared, live)
    order = [
        (place if place_first else None),
        (policy if opens else None),
        (scale if scale_first else None),
        roll,
        (None if scale_first else scale),
        (None if opens else policy),
        (None if place_first else place),
    ]
    if roll and roll.whole and version_first(live, wanted):
        yield roll
        order.remove(roll)
    yield from filter(None, order)


def _at_work(live: Live) -> bool:
    """Whether the platform is doing something of which nobody knows what will come."""
    return live.busy and live.phase is not Phase.UNKNOWN


def _rollout(declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change, traits: Traits) -> RollOut:
    if traits.rolls_whole:
        return _roll_out_whole(declared, live, wanted)
    return _roll_out(declared, live, wanted, change)


def _opens(old: Bounds | None, new: Autoscale | None) -> bool:
    """Whether another policy comes before the rollout.

    One that allows as many replicas does, since nothing is lost by it; so does one that wants more at least, because
    the room of the rollout was checked for those.
    """
    if old is None or new is None:
        return new is None
    return new.max_replicas >= old.max_replicas or new.min_replicas > old.min_replicas


def _set_autoscale(declared: DesiredEndpoint, old: Autoscale | Bounds | None) -> SetAutoscale:
    return SetAutoscale(
        wave=ENDPOINTS,
        endpoint=declared.endpoint.name,
        from_policy=old,
        to_policy=declared.endpoint.autoscale,
        progress_deadline_s=declared.endpoint.rollout.progress_deadline,
    )


def _set_resource(declared: DesiredEndpoint, live: Live) -> SetResource | None:
    """The step that moves an endpoint to the declared devices; None where none are declared."""
    endpoint = declared.endpoint
    if endpoint.resource is None:
        return None
    first = devices_first(declared, live)
    number = None if _is_unsure(live) else live.replicas if first else wanted_replicas(endpoint, live)
    return SetResource(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        from_resource=None if _at_work(live) or live.resource is None else in_order(live.resource),
        to_resource=endpoint.resource,
        replicas=number,
        progress_deadline_s=endpoint.rollout.progress_deadline,
    )


def _is_unsure(live: Live) -> bool:
    """Whether the number of replicas may be another one when a step begins."""
    return live.told_policy is not None or live.busy


def _scale(declared: DesiredEndpoint, live: Live, differing: set[str]) -> Scale | None:
    """The step that brings the number of replicas where the files want it; None where another step does, or none."""
    endpoint, policy = declared.endpoint, live.told_policy
    if _at_work(live) and policy is None and endpoint.autoscale is None:
        return _scale_from(WHATEVER, endpoint.replicas, declared)
    if not differing & {"replicas", "autoscale"}:
        return None
    start: int | Bounds = live.replicas
    goal: int | Bounds = wanted_replicas(endpoint, live)
    if policy is not None and endpoint.autoscale is None:
        # It is fixed again, from wherever the autoscaler has left it.
        start = Bounds(
            min_replicas=min(policy.min_replicas, live.replicas), max_replicas=max(policy.max_replicas, live.replicas)
        )
    elif policy is not None and endpoint.autoscale is not None:
        # Another policy pulls the number inside by itself. Under the same one, it goes on from there.
        goal = endpoint.autoscale.bounds if live.follows(endpoint.autoscale) and goal != start else start
    if start == goal or (isinstance(start, Bounds) and start.min_replicas == start.max_replicas == goal):
        return None
    return _scale_from(start, goal, declared)


def _scale_from(start: int | Bounds, goal: int | Bounds, declared: DesiredEndpoint) -> Scale:
    return Scale(
        wave=ENDPOINTS,
        endpoint=declared.endpoint.name,
        from_replicas=start,
        to_replicas=goal,
        progress_deadline_s=declared.endpoint.rollout.progress_deadline,
    )


def _comes_first(scale: Scale, live: Live) -> bool:
    """Whether the number changes before the rollout: where it may grow, or nothing serves."""
    least = scale.from_replicas.min_replicas if isinstance(scale.from_replicas, Bounds) else scale.from_replicas
    most = scale.to_replicas.max_replicas if isinstance(scale.to_replicas, Bounds) else scale.to_replicas
    return most > least or not keeps_serving(live)


def _roll_out_whole(declared: DesiredEndpoint, live: Live, wanted: VersionRef) -> RollOut:
    """What a platform that rolls by itself is asked for: the version alone, once."""
    endpoint = declared.endpoint
    serves = live.version is not None and not live.doubtful and keeps_serving(live)
    number = live.replicas if version_first(live, wanted) else replicas_during(declared, live)
    replicas = None if _is_unsure(live) else number
    return RollOut(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        model=endpoint.model,
        from_version=VersionRef(name=live.version, digest=live.digest) if serves else None,
        to_version=wanted,
        from_gpus_per_replica=live.gpus_per_replica,
        gpus_per_replica=endpoint.gpus_per_replica,
        replicas=replicas,
        checkpoints=("100%",) if replicas is None else (replicas,),
        max_surge=0,
        max_unavailable=OWN_WINDOW,
        progress_deadline_s=endpoint.rollout.progress_deadline,
        whole=True,
    )


def _roll_out(declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change) -> RollOut:
    endpoint, rollout = declared.endpoint, declared.endpoint.rollout
    old = {field.field: field.old for field in change.fields}
    came_from = old.get("version", wanted)
    gpus = old.get("gpus_per_replica", live.gpus_per_replica)
    assert came_from is None or isinstance(came_from, VersionRef)
    assert isinstance(gpus, int)
    verified = (live.version, live.gpus_per_replica) == (wanted.name, endpoint.gpus_per_replica)
    left = abandoned(live, wanted, endpoint.gpus_per_replica)
    # Back to what is verified, or up from nothing: there is nothing to look at on the way.
    at_once = verified or not keeps_serving(live)
    batches: tuple[Quantity, ...] = ("100%",) if at_once else rollout.batches
    replicas = replicas_during(declared, live) if live.told_policy is None else None
    return RollOut(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        model=endpoint.model,
        from_version=came_from,
        to_version=wanted,
        from_gpus_per_replica=gpus,
        gpus_per_replica=endpoint.gpus_per_replica,
        replicas=replicas,
        checkpoints=_to_all(batches) if replicas is None else checkpoints(batches, replicas),
        max_surge=rollout.max_surge,
        max_unavailable=rollout.max_unavailable,
        progress_deadline_s=rollout.progress_deadline,
        abandons=Target(version=left.version, gpus_per_replica=left.gpus_per_replica) if left else None,
    )


def _to_all(batches: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """Batches as they are written, with all of the replicas as the last."""
    return batches if batches[-1] == "100%" else (*batches, "100%")
