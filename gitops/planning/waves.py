"""Steps of all endpoints -> waves: cards, endpoints behind those that they depend on, deletions last and backwards."""

from collections.abc import Iterable, Mapping

from gitops.model.step import DeleteEndpoint, PushModelCard, Step
from gitops.planning.order import ENDPOINTS

Graph = Mapping[str, tuple[str, ...]]
"""Endpoint -> the endpoints that it depends on."""


def levels(graph: Graph) -> dict[str, int]:
    """How deep each endpoint stands: 0 where it depends on nothing. What the graph does not name counts as nothing.

    Cycles are refused before; in one, this still ends.
    """
    found: dict[str, int] = {}
    for start in graph:
        path = [] if start in found else [start]
        on_path = set(path)
        while path:
            name = path[-1]
            needs = [other for other in graph[name] if other in graph]
            below = next((other for other in needs if other not in found and other not in on_path), None)
            if below is not None:
                path.append(below)
                on_path.add(below)
                continue
            found[name] = 1 + max((found.get(other, -1) for other in needs), default=-1)
            on_path.remove(path.pop())
    return found


def in_waves(steps: Iterable[Step], declared: Graph, deleted: Graph) -> tuple[Step, ...]:
    """The steps with their waves, in the order of them.

    Args:
        steps: cards first, then endpoint by endpoint, each in order.
        declared: what every declared endpoint depends on.
        deleted: what every endpoint that is deleted depended on.
    """
    up, down = levels(declared), levels(deleted)
    last = ENDPOINTS + max(up.values(), default=-1) + 1
    deepest = max(down.values(), default=0)

    def wave(step: Step) -> int:
        match step:
            case PushModelCard():
                return step.wave
            case DeleteEndpoint():
                return last + deepest - down.get(step.endpoint, 0)
            case _:
                return ENDPOINTS + up.get(step.endpoint, 0)

    placed = [step if wave(step) == step.wave else step.model_copy(update={"wave": wave(step)}) for step in steps]
    return tuple(sorted(placed, key=lambda step: step.wave))


def edges(steps: Iterable[Step], declared: Graph, applied: Graph) -> dict[str, tuple[str, ...]]:
    """Endpoint with steps -> endpoints with steps that must have succeeded before.

    A deletion waits for everything that depended on the endpoint, as it was last applied.
    """
    deletes, changes = set(), set()
    for step in steps:
        if isinstance(step, DeleteEndpoint):
            deletes.add(step.endpoint)
        elif not isinstance(step, PushModelCard):
            changes.add(step.endpoint)
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(changes):
        if before := tuple(sorted(set(declared.get(name, ())) & changes)):
            found[name] = before
    users: dict[str, set[str]] = {}
    for name, needs in applied.items():
        for need in needs:
            users.setdefault(need, set()).add(name)
    for name in sorted(deletes):
        if before := tuple(sorted(users.get(name, set()) & (deletes | changes))):
            found[name] = before
    return found
