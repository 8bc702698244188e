"""The files of a project: what they declare, and what becomes of them."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gitops.diagnostics import Diagnostic
from gitops.model.baseline import KnownDrift
from gitops.model.card import CardContent
from gitops.model.desired import Desired, Environment, Project
from gitops.model.edit import Edit
from gitops.model.snapshot import Snapshot


class Packager(Protocol):
    """Turns a card's files into an archive."""

    def pack(self, card: CardContent) -> AbstractContextManager[Path]:
        """A deterministic zip of the card's files, there while the context lasts.

        Raises:
            GitopsError: `lfs-pointer` if a file is only a git-LFS pointer, `workspace-changed` if a file is no longer
                what its digest says.
        """


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading a project's files gave for one environment.

    Attributes:
        desired: None if errors made it meaningless.
        diagnostics: all of them, warnings included, with excerpts, in order.
    """

    project: Project | None
    environment: Environment | None
    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...] = ()
    excerpt: Callable[[Diagnostic], Diagnostic] = field(default=lambda diagnostic: diagnostic)
    """Adds the source lines around a diagnostic's place; for what is found after loading."""


class Source(Protocol):
    """Where desired comes from."""

    def environments(self) -> tuple[tuple[str, ...], str | None]:
        """The names of the environments as far as they can be read, and the default one (or the only one)."""

    def load(self, environment: str) -> Loaded:
        """Everything that the files declare for one environment; never raises for a user's mistake."""


@dataclass(frozen=True, slots=True)
class LoadedBaseline:
    """What reading a baseline of known drift gave.

    Attributes:
        known: its lines; none where there is no baseline, or it has errors.
        name: the file, for people; relative to the project where it is in it.
        diagnostics: with excerpts, in order.
    """

    known: tuple[KnownDrift, ...]
    name: str
    diagnostics: tuple[Diagnostic, ...] = ()


class Baselines(Protocol):
    """Where the baseline of known drift comes from."""

    def load(self, endpoints: Collection[str], path: Path | None = None) -> LoadedBaseline:
        """The baseline; never raises for a user's mistake.

        Args:
            endpoints: the names that its lines may be about: declared, or ours.
            path: None for the usual file, which need not be there.
        """


class Editor(Protocol):
    """Writes live values into the declarations."""

    def accept(self, environment: str, edits: Sequence[Edit]) -> tuple[str, ...]:
        """Let the files say these values for an environment: all of them, or nothing is written.

        Returns:
            The files that were changed, relative to the project, sorted.

        Raises:
            InputError: the files have errors.
            UsageError: a value cannot be written without changing something else; says which and why.
        """


class SnapshotShelf(Protocol):
    """Where an apply leaves its snapshots until history keeps them."""

    def put(self, environment: str, name: str, snapshot: Snapshot) -> str:
        """Keep a snapshot under `before` or `after`; returns the path, for people."""

    def get(self, environment: str, name: str) -> Snapshot | None:
        """The snapshot that the last apply left; None if there was none."""
