"""The edges that planning and applying work with, and how a plan is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitops.model.desired import Environment
from gitops.model.guard import Allowance
from gitops.ports import Connect, History, Repository, Source, TraitsOf


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of one project.

    Attributes:
        source_at: the project's files in another folder, as they were at another commit, read with the same variables.
        history_of: project, environment's name and its settings -> its deployment history.
    """

    source: Source
    source_at: Callable[[Path], Source]
    connect: Connect
    traits_of: TraitsOf
    history_of: Callable[[str, str, Environment], History]
    repository: Repository


@dataclass(frozen=True, slots=True)
class Ask:
    """How a plan is asked for.

    Attributes:
        environment: None for the project's default.
        base: a revision that desired is compared with; None for the last deployment.
        only: endpoints; empty for all.
        offline: compare with what was last applied, and ask no platform.
        fetch: ask the history's remote first.
        destroys: everything that is owned shall go.
    """

    environment: str | None = None
    base: str | None = None
    only: tuple[str, ...] = ()
    only_declared: bool = False
    allowance: Allowance = field(default_factory=Allowance)
    offline: bool = False
    fetch: bool = True
    destroys: bool = False

    def selects(self, endpoint: str) -> bool:
        """Whether an endpoint is asked about."""
        return not self.only or endpoint in self.only
