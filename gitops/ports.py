"""What the edges implement and the use cases speak: protocols, and the few values that only cross them."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gitops.diagnostics import Diagnostic
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.desired import Desired, Environment, Project
from gitops.model.event import Event
from gitops.model.field import Traits
from gitops.model.live import Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity
from gitops.model.snapshot import Counters, Snapshot


class Clock(Protocol):
    """The only way to know the time and to let it pass."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, or fewer if a stop is asked for meanwhile."""


class StopSignal(Protocol):
    """Whether somebody asked to stop: finish the request in flight, begin nothing new."""

    def is_set(self) -> bool:
        """True from the first signal on."""


class EventSink(Protocol):
    """Where the engine's news go. Called from several threads, one call at a time."""

    def emit(self, event: Event) -> None:
        """Take notice of one event; must not raise."""


class PlatformReader(Protocol):
    """The half of a platform that planning and observing are handed: it cannot write.

    Every method raises `Unreachable`, `Unauthorized` or `ServerFault` when the platform does not answer as it should.
    """

    def identity(self) -> PlatformIdentity:
        """Which platform this is."""

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        """Each of the names, as the platform has it now; never more and never fewer than was asked for."""

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        """Each model's versions, oldest first; an empty tuple for a model that the platform does not have."""

    def secret_digest(self, name: str, value: str) -> str | None:
        """The keyed digest of a secret's value under this platform's key; None where there is no key."""

    def counters(self, names: Collection[str]) -> Mapping[str, Counters]:
        """Cumulative traffic counters of those endpoints that exist and for which the platform counts."""

    def logs(self, name: str, query: LogQuery, cursor: str | None = None) -> LogPage:
        """Lines of an endpoint's replicas, living and dead: from the oldest on that is kept, or behind a cursor.

        Asked again with the cursor of the page before, it tells what is new, each line once, also of replicas that
        were not there yet. A cursor stays good when the platform is started anew.

        Raises:
            Rejected: there is no such endpoint.
        """


class Platform(PlatformReader, Protocol):
    """A platform that can be changed. An acknowledged write proves nothing: read back until it shows.

    Every write is idempotent: asked twice for the same, the second changes nothing. Besides the reader's errors they
    raise `Rejected` and `Conflict`.
    """

    def push(self, card: CardContent, archive: Path) -> ModelVersion:
        """Push a packaged card; the platform names the version, or answers the one that it has of this content."""

    def create(
        self,
        name: str,
        *,
        model: str,
        version: str,
        replicas: int,
        gpus_per_replica: int,
        progress_deadline_s: float,
    ) -> None:
        """Ask for a new endpoint that serves `version` of `model`; a different one of that name is a Conflict."""

    def roll_out(
        self,
        name: str,
        *,
        version: str,
        gpus_per_replica: int,
        updated: int,
        max_surge: Quantity,
        max_unavailable: Quantity,
        progress_deadline_s: float,
    ) -> None:
        """Ask for `updated` replicas to serve `version` and the others to stay; a newer request wins."""

    def scale(self, name: str, *, replicas: int) -> None:
        """Ask for so many replicas of what the endpoint serves."""

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        """Let the platform choose the number of replicas by this policy, or by none.

        A number outside the bounds comes inside at once; while a rollout is under way the number is held still.
        """


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


class SnapshotShelf(Protocol):
    """Where an apply leaves its snapshots until history keeps them."""

    def put(self, environment: str, name: str, snapshot: Snapshot) -> str:
        """Keep a snapshot under `before` or `after`; returns the path, for people."""

    def get(self, environment: str, name: str) -> Snapshot | None:
        """The snapshot that the last apply left; None if there was none."""


Connect = Callable[[Environment], Platform]
"""Opens the platform of an environment; starts the embedded one where it is not running."""

TraitsOf = Callable[[Environment], Traits]
"""What is known of an environment's platform without asking it."""
