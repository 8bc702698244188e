"""A platform: the half that reads, the whole that writes, and what some of them can do besides."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.checkup import Check
from gitops.model.desired import Environment
from gitops.model.field import Traits
from gitops.model.live import Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource
from gitops.model.snapshot import Counters
from gitops.model.sounding import ProbeResult


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

    def probe(self, name: str, body: Mapping[str, Any]) -> ProbeResult:
        """Send one request to an endpoint, as its users do; what goes wrong is a result and not raised."""


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
        replicas: int | None,
        gpus_per_replica: int,
        resource: Resource | None,
        progress_deadline_s: float,
    ) -> None:
        """Ask for a new endpoint that serves `version` of `model`; a different one of that name is a Conflict.

        Args:
            replicas: None where the platform chooses the first number by itself.
            resource: None where the platform has no choice.
        """

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
        """Ask for `updated` replicas to serve `version` and the others to stay; a newer request wins.

        A platform that rolls by itself is asked once, for all of them, while it is not busy; it looks at the version
        alone.
        """

    def scale(self, name: str, *, replicas: int) -> None:
        """Ask for so many replicas of what the endpoint serves."""

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        """Let the platform choose the number of replicas by this policy, or by none.

        A number outside the bounds comes inside at once; while a rollout is under way the number is held still.
        """

    def set_resource(self, name: str, *, resource: Resource) -> None:
        """Ask for the endpoint to run there, with the version that it serves."""

    def delete(self, name: str) -> None:
        """Ask for the endpoint to be gone, with all of its replicas; one that is not there is no error."""


class Patient(Protocol):
    """A platform that can be asked how it is, for `gitops doctor`."""

    def examine(self) -> Iterator[Check]:
        """One check after the other, what matters most first; raises nothing, a fault is a finding."""


@dataclass(frozen=True, slots=True)
class PushedCard:
    """A model card as it lies on a platform.

    Attributes:
        config: the whole configuration, secrets in clear: never shown, never written as it is.
        package_url: where its package can be fetched; None where the platform does not say.
        from_environment: names of the environment variables whose values came from the environment of a push.
    """

    model: str
    version: str
    config: Mapping[str, Any]
    package_url: str | None
    from_environment: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"PushedCard({self.model!r}, {self.version!r})"


class CardArchive(Protocol):
    """A platform that hands model cards out again, for `gitops import`."""

    def pushed_card(self, model: str) -> PushedCard | None:
        """The newest version of a card; None if the platform does not have it."""

    def fetch_package(self, card: PushedCard, into: Path) -> None:
        """Unpack a card's package into an empty folder, without the folder that it is wrapped in.

        Raises:
            PlatformError: it cannot be fetched, or is no package.
        """


Connect = Callable[[Environment], Platform]
"""Opens the platform of an environment; starts the embedded one where it is not running."""

TraitsOf = Callable[[Environment], Traits]
"""What is known of an environment's platform without asking it."""
