"""What history says, as far as planning looks at it, and what was asked and acknowledged for one plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops.model.desired import DesiredEndpoint
from gitops.model.guard import Allowance, Limits
from gitops.model.live import ModelVersion, PlatformIdentity
from gitops.model.plan import Base
from gitops.model.record import Entry, KnownVersion


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memory of one platform.

    Attributes:
        entries: endpoint -> what is remembered of it.
        versions: model -> versions that were pushed or seen, oldest first.
        declared: what the files said at the base; None where there is nothing to compare with.
        base: which base that is.
        last_deployment: the number of the newest record.
        elsewhere: the platform that the entries are about, where it is another one than the plan's.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    versions: Mapping[str, tuple[KnownVersion, ...]] = field(default_factory=dict)
    declared: Mapping[str, DesiredEndpoint] | None = None
    base: Base | None = None
    last_deployment: int | None = None
    elsewhere: PlatformIdentity | None = None

    @property
    def owned(self) -> frozenset[str]:
        """The endpoints that are ours."""
        return frozenset(name for name, entry in self.entries.items() if entry.owned is not None)

    def of_model(self, model: str, listed: tuple[ModelVersion, ...]) -> tuple[ModelVersion, ...]:
        """The versions of a model: those that the platform lists, behind those that it does not list any more."""
        names = {version.name for version in listed}
        unlisted = tuple(
            ModelVersion(name=known.name, digest=known.digest, secrets=dict(known.secrets))
            for known in self.versions.get(model, ())
            if known.name not in names
        )
        return (*unlisted, *listed) if unlisted else listed


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan is meant.

    Attributes:
        limits: of the environment.
        protect: endpoints that are never deleted, whatever is acknowledged.
        declared_protected: endpoints that the files that lie here declare with `deletion: protect`.
        allowance: what was acknowledged.
        only_declared: leave drift as it is.
        only: plan these endpoints alone; None for all.
        back_to: what a revert goes back to, for people; then nothing is held, since it is asked for now.
        destroys: everything shall go, so that declaring nothing is no accident.
        offline: live is what was last applied, because no platform was asked.
    """

    limits: Limits = field(default_factory=Limits)
    protect: frozenset[str] = frozenset()
    declared_protected: frozenset[str] = frozenset()
    allowance: Allowance = field(default_factory=Allowance)
    only_declared: bool = False
    only: frozenset[str] | None = None
    back_to: str = ""
    destroys: bool = False
    offline: bool = False

    def selects(self, endpoint: str) -> bool:
        """Whether an endpoint is planned at all."""
        return self.only is None or endpoint in self.only
