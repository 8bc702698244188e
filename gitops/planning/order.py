"""A Change -> the steps that realise it, in order. Says how, and never whether.

Within an endpoint: autoscale removed or its bounds opened -> scale up -> roll out -> scale down -> autoscale set or its
bounds narrowed, so that capacity never falls below what both declarations allow. Where nothing serves yet there is no
capacity to protect, and the number comes first: an endpoint that failed with too many replicas could otherwise never be
repaired by declaring fewer.

An autoscaler may move the number of replicas between this plan and its apply, so no step relies on that number while a
policy is live: a rollout goes over however many there are, a scale starts from anywhere within the bounds.
"""

from collections.abc import Iterator

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.card import CardContent
from gitops.model.change import Action, Change, VersionRef
from gitops.model.checkpoints import checkpoints
from gitops.model.desired import DesiredEndpoint
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live
from gitops.model.plan import CreateEndpoint, PushModelCard, RollOut, Scale, SetAutoscale, Step, Target
from gitops.model.quantity import Quantity
from gitops.planning.diff import abandoned, replicas_during, wanted_replicas
from gitops.planning.versions import Wanted

PUSHES = 0
ENDPOINTS = 1


def push(card: CardContent, wanted: Wanted) -> PushModelCard:
    """The step that gives the platform a card's content."""
    variables = card.spec.environment_variables
    return PushModelCard(
        wave=PUSHES,
        model=card.name,
        digest=card.digest,
        files=len(card.files),
        size_bytes=card.size,
        secrets=tuple(sorted(name for name, secret in variables.items() if secret.reference)),
        reason=wanted.push_reason,
    )


def steps(declared: DesiredEndpoint, live: Live | Absent, wanted: VersionRef, change: Change) -> tuple[Step, ...]:
    """The steps of one endpoint, in order; none for a noop."""
    if change.action is Action.NOOP:
        return ()
    if isinstance(live, Absent):
        return tuple(_create(declared, wanted))
    return tuple(_update(declared, live, wanted, change))


def _create(declared: DesiredEndpoint, wanted: VersionRef) -> Iterator[Step]:
    endpoint = declared.endpoint
    yield CreateEndpoint(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        model=endpoint.model,
        version=wanted,
        replicas=endpoint.first_replicas,
        gpus_per_replica=endpoint.gpus_per_replica,
        progress_deadline_s=endpoint.rollout.progress_deadline,
    )
    if endpoint.autoscale is not None:
        yield _set_autoscale(declared, None)


def _update(declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change) -> Iterator[Step]:
    differing = {field.field for field in change.fields}
    old, new = live.policy, declared.endpoint.autoscale
    scale = _scale(declared, live)
    if old != new and _opens(old, new):
        yield _set_autoscale(declared, old)
    if scale and _comes_first(scale, live):
        yield scale
    if differing & {"version", "gpus_per_replica"}:
        yield _roll_out(declared, live, wanted, change)
    if scale and not _comes_first(scale, live):
        yield scale
    if old != new and not _opens(old, new):
        yield _set_autoscale(declared, old)


def _opens(old: Autoscale | None, new: Autoscale | None) -> bool:
    """Whether another policy comes before the rollout.

    One that allows as many replicas does, since nothing is lost by it; so does one that wants more at least, because
    the room of the rollout was checked for those.
    """
    if old is None or new is None:
        return new is None
    return new.max_replicas >= old.max_replicas or new.min_replicas > old.min_replicas


def _set_autoscale(declared: DesiredEndpoint, old: Autoscale | None) -> SetAutoscale:
    return SetAutoscale(
        wave=ENDPOINTS,
        endpoint=declared.endpoint.name,
        from_policy=old,
        to_policy=declared.endpoint.autoscale,
        progress_deadline_s=declared.endpoint.rollout.progress_deadline,
    )


def _scale(declared: DesiredEndpoint, live: Live) -> Scale | None:
    """The step that brings the number of replicas where the files want it; None where another step does, or none."""
    endpoint, policy = declared.endpoint, live.policy
    start: int | Bounds = live.replicas
    goal: int | Bounds = wanted_replicas(endpoint, live)
    if policy is not None and endpoint.autoscale is None:
        # It is fixed again, from wherever the autoscaler has left it.
        start = Bounds(
            min_replicas=min(policy.min_replicas, live.replicas), max_replicas=max(policy.max_replicas, live.replicas)
        )
    elif policy is not None and endpoint.autoscale is not None:
        # Another policy pulls the number inside by itself. Under the same one, it goes on from there.
        goal = endpoint.autoscale.bounds if policy == endpoint.autoscale and goal != start else start
    if start == goal or (isinstance(start, Bounds) and start.min_replicas == start.max_replicas == goal):
        return None
    return Scale(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        from_replicas=start,
        to_replicas=goal,
        progress_deadline_s=endpoint.rollout.progress_deadline,
    )


def _comes_first(scale: Scale, live: Live) -> bool:
    """Whether the number changes before the rollout: where it may grow, or nothing serves."""
    least = scale.from_replicas.min_replicas if isinstance(scale.from_replicas, Bounds) else scale.from_replicas
    most = scale.to_replicas.max_replicas if isinstance(scale.to_replicas, Bounds) else scale.to_replicas
    return most > least or not keeps_serving(live)


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
    replicas = replicas_during(declared, live) if live.policy is None else None
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
