"""A Change -> the steps that realise it, in order. Says how, and never whether.

Within an endpoint: scale up -> roll out -> scale down, so that capacity never falls below what both declarations
allow. Where nothing serves yet there is no capacity to protect, and the number comes first: an endpoint that failed
with too many replicas could otherwise never be repaired by declaring fewer.
"""

from collections.abc import Iterator

from gitops.model.card import CardContent
from gitops.model.change import Action, Change, VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live
from gitops.model.plan import CreateEndpoint, PushModelCard, RollOut, Scale, Step, Target
from gitops.planning.diff import abandoned, replicas_during
from gitops.planning.rollout import checkpoints
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
    endpoint = declared.endpoint
    if change.action is Action.NOOP:
        return ()
    if isinstance(live, Absent):
        return (
            CreateEndpoint(
                wave=ENDPOINTS,
                endpoint=endpoint.name,
                model=endpoint.model,
                version=wanted,
                replicas=endpoint.replicas,
                gpus_per_replica=endpoint.gpus_per_replica,
                progress_deadline_s=endpoint.rollout.progress_deadline,
            ),
        )
    return tuple(_update(declared, live, wanted, change))


def _update(declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change) -> Iterator[Step]:
    differing = {field.field for field in change.fields}
    replicas = declared.endpoint.replicas
    first = replicas > live.replicas or not keeps_serving(live)
    if "replicas" in differing and first:
        yield _scale(declared, live, replicas)
    if differing & {"version", "gpus_per_replica"}:
        yield _roll_out(declared, live, wanted, change)
    if "replicas" in differing and not first:
        yield _scale(declared, live, replicas)


def _scale(declared: DesiredEndpoint, live: Live, replicas: int) -> Scale:
    return Scale(
        wave=ENDPOINTS,
        endpoint=declared.endpoint.name,
        from_replicas=live.replicas,
        to_replicas=replicas,
        progress_deadline_s=declared.endpoint.rollout.progress_deadline,
    )


def _roll_out(declared: DesiredEndpoint, live: Live, wanted: VersionRef, change: Change) -> RollOut:
    endpoint, rollout, replicas = declared.endpoint, declared.endpoint.rollout, replicas_during(declared, live)
    old = {field.field: field.old for field in change.fields}
    came_from = old.get("version", wanted)
    gpus = old.get("gpus_per_replica", live.gpus_per_replica)
    assert came_from is None or isinstance(came_from, VersionRef)
    assert isinstance(gpus, int)
    verified = (live.version, live.gpus_per_replica) == (wanted.name, endpoint.gpus_per_replica)
    left = abandoned(live, wanted, endpoint.gpus_per_replica)
    # Back to what is verified, or up from nothing: there is nothing to look at on the way.
    at_once = verified or not keeps_serving(live)
    return RollOut(
        wave=ENDPOINTS,
        endpoint=endpoint.name,
        model=endpoint.model,
        from_version=came_from,
        to_version=wanted,
        from_gpus_per_replica=gpus,
        gpus_per_replica=endpoint.gpus_per_replica,
        replicas=replicas,
        checkpoints=(replicas,) if at_once else checkpoints(rollout.batches, replicas),
        max_surge=rollout.max_surge,
        max_unavailable=rollout.max_unavailable,
        progress_deadline_s=rollout.progress_deadline,
        abandons=Target(version=left.version, gpus_per_replica=left.gpus_per_replica) if left else None,
    )
