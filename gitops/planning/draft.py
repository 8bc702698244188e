"""A plan in the making: what it is made from, and what has been planned so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gitops.diagnostics import Diagnostic
from gitops.model.change import Change, VersionRef
from gitops.model.desired import Desired, DesiredEndpoint
from gitops.model.field import Traits
from gitops.model.live import Absent, Live, ModelVersion
from gitops.model.plan import HeldChange, KeptField, ManualChange
from gitops.model.step import PushModelCard, Step
from gitops.planning.holding import Retries
from gitops.planning.remembered import Remembered, Terms


class Goal(NamedTuple):
    """What an endpoint shall be once its steps succeeded.

    Attributes:
        declared: as it is in reach, with what is held, or left as it is, as it is now.
        version: the version to serve; without a name if the plan pushes it.
        as_before: fields of which the last applied value stays the last applied one.
    """

    declared: DesiredEndpoint
    version: VersionRef
    as_before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a plan is made from.

    Attributes:
        told: every endpoint as the platform tells it.
        live: the same, with what the platform keeps to itself as it was last applied.
    """

    desired: Desired
    told: Mapping[str, Live | Absent]
    live: Mapping[str, Live | Absent]
    versions: Mapping[str, tuple[ModelVersion, ...]]
    secret_digests: Mapping[str, Mapping[str, str | None]]
    traits: Traits
    remembered: Remembered
    terms: Terms


class Draft:
    """What has been planned so far.

    Args:
        retries: how many held changes may be tried again.
        diagnostics: what is known to be wrong before anything is planned.
    """

    def __init__(self, retries: int, diagnostics: list[Diagnostic]) -> None:
        self.retries = Retries(retries)
        self.diagnostics = diagnostics
        self.changes: list[Change] = []
        self.pushes: dict[tuple[str, str], PushModelCard] = {}
        self.steps: list[Step] = []
        self.manual: list[ManualChange] = []
        self.held: list[HeldChange] = []
        self.drift: list[Change] = []
        self.kept: list[KeptField] = []
        self.goals: dict[str, Goal] = {}
