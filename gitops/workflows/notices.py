"""What the history has to tell whoever plans: a deployment without an end, a colleague who is ahead, what was left."""

from collections.abc import Iterator
from dataclasses import replace

from gitops.diagnostics import Code, Diagnostic, Place, warning
from gitops.model.desired import Environment, Project
from gitops.model.record import State
from gitops.model.source import SourceState
from gitops.ports import Past
from gitops.workflows.edges import Edges

_SHOWN = 5


def seen(past: Past) -> Past:
    """The past, with a note where its newest deployment has no end."""
    last = past.last
    if last is None or last.outcome is not None:
        return past
    note = f"deployment {last.number}, by {last.applied_by}, has no end yet: it is at work right now, or was killed"
    return replace(past, notes=(*past.notes, note))


def behind_deployment(edges: Edges, source: SourceState, past: Past) -> Iterator[Diagnostic]:
    """A warning where a colleague applied a commit that is not in what lies here."""
    last = past.last
    if last is None or last.source.commit is None or last.source.repository != source.repository:
        return
    if last.source.commit != source.commit and not edges.repository.contains(last.source.commit):
        yield warning(
            Code.BEHIND_DEPLOYMENT,
            f"deployment {last.number}, by {last.applied_by}, was applied from commit {last.source.commit[:12]}, which "
            "is not in what lies here: this plan may take back what that one changed",
            hint="git pull, then plan again; go on where that is meant",
        )


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
