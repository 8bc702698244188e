"""What a plan comes to: how many endpoints are touched, and the GPUs that they hold before and after."""

from collections.abc import Collection, Sequence

from gitops.model.change import Action, Change
from gitops.model.live import Live
from gitops.model.plan import Counts, Gpus
from gitops.planning.byhand import by_hand, in_reach
from gitops.planning.draft import Scene
from gitops.planning.numbers import wanted_replicas


def counts(changes: Sequence[Change], declared: int) -> Counts:
    """Endpoints by what happens to them; `declared` is how many of them are planned and declared."""
    of = {action: sum(change.action is action for change in changes) for action in Action}
    return Counts(
        create=of[Action.CREATE],
        update=of[Action.UPDATE],
        delete=of[Action.DELETE],
        adopt=sum(change.adopts for change in changes),
        unchanged=declared - of[Action.CREATE] - of[Action.UPDATE],
    )


def gpus(scene: Scene, deleted: Collection[str]) -> Gpus:
    """GPUs of the declared endpoints and of those that are deleted, before and after."""
    before = after = untold = 0
    fields = scene.traits.fields
    for name, written in scene.desired.endpoints.items():
        there, declared = scene.live[name], in_reach(written, scene.live[name], fields)
        if by_hand("gpus_per_replica", fields) and not (isinstance(there, Live) and there.gpus_told):
            untold += 1
            continue
        if isinstance(there, Live):
            before += there.replicas * there.gpus_per_replica
        after += wanted_replicas(declared.endpoint, there) * declared.endpoint.gpus_per_replica
    for name in deleted:
        there = scene.live[name]
        if isinstance(there, Live):
            before += there.replicas * there.gpus_per_replica
    return Gpus(before=before, after=after, untold=untold)
