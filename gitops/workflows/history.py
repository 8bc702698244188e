"""`history`, `show`, `unlock`: what was deployed, by whom, with what outcome; and what keeps the history in order."""

from dataclasses import dataclass

from gitops.diagnostics import InputError
from gitops.model.record import Lock
from gitops.ports import Deployment, DeploymentDetail, History
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Edges


@dataclass(frozen=True, slots=True)
class Opened:
    """The history of one environment.

    Attributes:
        notes: what the reader must know of it.
    """

    history: History
    project: str
    environment: str
    notes: tuple[str, ...] = ()


def open_history(edges: Edges, environment: str | None, *, fetch: bool = True) -> Opened:
    """The history of an environment, fetched; reads `gitops.yaml` alone.

    Raises:
        InputError: `gitops.yaml` does not say where it is.
        UsageError: it is not clear which environment is meant.
        HistoryError: it cannot be read.
    """
    chosen = choose_environment(edges.source, environment)
    settings = edges.source.outline(chosen)
    if settings.project is None or settings.environment is None:
        raise InputError(settings.diagnostics)
    history = edges.history_of(settings.project.name, chosen, settings.environment)
    past = history.past(fetch=fetch)
    return Opened(history, settings.project.name, chosen, past.notes)


def deployments(opened: Opened, limit: int | None, endpoint: str | None) -> tuple[Deployment, ...]:
    """The newest deployments first; of one endpoint, those that changed it."""
    found = opened.history.deployments(limit if endpoint is None else None)
    if endpoint is None:
        return found
    return tuple(one for one in found if endpoint in one.record.changes)[:limit]


def deployment(opened: Opened, number: int) -> DeploymentDetail:
    """Everything that a deployment left.

    Raises:
        UsageError: there is none of that number.
    """
    return opened.history.deployment(number)


def prune(opened: Opened, keep: int, command: str) -> int:
    """Forget all but the newest deployments; how many were forgotten."""
    return opened.history.prune(keep, command)


def unlock(opened: Opened, lock_id: str) -> Lock:
    """Take the lock away from its holder.

    Raises:
        UsageError: it is not held, or by another id.
    """
    return opened.history.unlock(lock_id)
