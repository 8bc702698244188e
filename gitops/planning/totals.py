"""What a plan comes to: how many endpoints are touched, and the GPUs that they hold before and after."""

from collections.abc import Collection, Mapping, Sequence

from gitops.model.change import Action, Change
from gitops.model.live import Absent, Live
from gitops.model.plan import Counts, Gpus
from gitops.planning.byhand import by_hand
from gitops.planning.draft import Goal, Scene
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


def gpus(scene: Scene, goals: Mapping[str, Goal], deleted: Collection[str]) -> Gpus:
    """GPUs of the declared endpoints and of those that are deleted, before and after; what is not planned keeps its.

    Args:
        goals: endpoint -> what it shall be, for those that are planned.
        deleted: endpoints that are declared no longer.
    """
    before = after = untold = 0
    fields = scene.traits.fields
    for name in scene.desired.endpoints:
        there = scene.live[name]
        if not there.gpus_told if isinstance(there, Live) else by_hand("gpus_per_replica", fields):
            untold += 1
            continue
        before += _held(there)
        after += _wanted(goals[name], there) if name in goals else _held(there)
    before += sum(_held(scene.live[name]) for name in deleted)
    return Gpus(before=before, after=after, untold=untold)


def _held(live: Live | Absent) -> int:
    return live.replicas * live.gpus_per_replica if isinstance(live, Live) else 0


def _wanted(goal: Goal, live: Live | Absent) -> int:
    endpoint = goal.declared.endpoint
    return wanted_replicas(endpoint, live) * endpoint.gpus_per_replica
