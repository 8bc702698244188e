"""Environments come and go: what one leaves behind that nothing declares any more is not forgotten."""

from collections.abc import Iterator

from gitops.diagnostics import Code, Diagnostic, Place, warning
from gitops.model.desired import Environment, Project
from gitops.model.record import State
from gitops.ports import Past
from gitops.workflows.edges import Edges

_SHOWN = 5


def left_behind(edges: Edges, project: Project, environment: Environment, past: Past) -> Iterator[Diagnostic]:
    """A warning for every environment that left the files and still owns endpoints.

    Args:
        environment: the one at hand; it tells where histories are kept.
        past: of the one at hand.
    """
    followed = {one.previously for one in project.environments.values()}
    for name in sorted(past.others - project.environments.keys() - followed):
        history = edges.history_of(project.name, name, environment)
        old = history.past(fetch=False)
        state = old.state if old.tip is not None else history.past().state
        owned = _owned(state)
        if owned:
            yield warning(
                Code.ENVIRONMENT_LEFT,
                f"environment {name} is not declared any more, and still owns {_listed(owned)}",
                Place(file="gitops.yaml"),
                f"declare it again and delete what it owns: gitops destroy -e {name}; or let the environment that "
                f"takes its place say previously: {name}",
            )


def _owned(state: State) -> list[str]:
    return sorted(
        name for platform in state.platforms for name, entry in platform.endpoints.items() if entry.owned is not None
    )


def _listed(names: list[str]) -> str:
    some = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} endpoint{'s' if len(names) != 1 else ''}: {some}{more}"
