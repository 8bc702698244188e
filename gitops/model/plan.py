"""The plan: changes for people to review, and the ordered steps that realise them. What is shown is what is applied."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from gitops.diagnostics import Diagnostic, Place
from gitops.model.autoscale import Autoscale
from gitops.model.change import Change, Value
from gitops.model.frozen import Strict
from gitops.model.guard import Allowance, Finding
from gitops.model.live import PlatformIdentity
from gitops.model.source import SourceState
from gitops.model.step import Step


class ManualChange(Strict):
    """What the platform can do and its API cannot: a line for people, and no step.

    Attributes:
        old: as the platform shows it now; None where it cannot be read back.
        where: the place in the platform's console.
    """

    endpoint: str
    field: str
    old: Value
    new: Value
    where: str
    place: Place | None = None


class HeldChange(Strict):
    """What the files ask for and is not tried again: shown with its reason, and no step.

    Attributes:
        field: a state field; or `endpoint`, where it is about the whole of it.
        asked: what the files ask for.
        kept: what is there, and stays.
    """

    endpoint: str
    field: str
    asked: Value
    kept: Value
    reason: str
    since: datetime
    deployment: int
    place: Place | None = None


class Keeper(StrEnum):
    """Whose a field is that the files name and that is not planned."""

    AUTOSCALER = "autoscaler-owned"
    WRITE_ONLY = "write-only"
    SERVER_DEFAULT = "server-default"
    UNORDERED = "unordered"


class KeptField(Strict):
    """A field that differs as it is written and is no change, with the reason as a code.

    Attributes:
        note: for people: "declared 3, running 7, the autoscaler owns it (2..10)".
    """

    endpoint: str
    field: str
    declared: Value
    live: Value
    keeper: Keeper
    note: str


class Declaration(Strict):
    """An endpoint as the files declare it, where there is nothing to compare it with.

    Attributes:
        version: as it is written.
        digest: of the card that it means, where the files tell it.
        replicas: that it is created with.
    """

    endpoint: str
    model: str
    version: str
    digest: str | None = None
    replicas: int
    autoscale: Autoscale | None = None
    gpus_per_replica: int = 0
    place: Place | None = None


class Undo(Strict):
    """What takes a step back.

    Attributes:
        number: the step's place in the plan, from 1.
        steps: what to do, in order; empty where nothing has to be done, or nothing can.
        because: why there is nothing to do, or why it cannot be undone; for people.
        possible: whether the values from before come back.
    """

    number: int
    steps: tuple[Step, ...] = ()
    because: str = ""
    possible: bool = True


class Base(Strict):
    """What desired was compared with, to tell what this change asks for.

    Attributes:
        commit: where `--base` named one.
        deployment: the last record's number, where that is the base.
    """

    commit: str | None = None
    deployment: int | None = None


class Counts(Strict):
    """How many endpoints are created, updated, deleted and left as they are; `adopt` counts among the others too."""

    create: int = 0
    update: int = 0
    delete: int = 0
    adopt: int = 0
    unchanged: int = 0


class Gpus(Strict):
    """GPUs held by the declared endpoints, before and after.

    Attributes:
        untold: how many endpoints are in neither, because nobody tells their GPUs per replica.
    """

    before: int = 0
    after: int = 0
    untold: int = 0


class Plan(Strict):
    """An immutable plan. Equal inputs give equal plans, whatever the order of files and keys.

    Attributes:
        source: the files that it was made from.
        base: what desired was compared with; None where there was nothing.
        last_deployment: the number of the last record; None where there is none.
        only_declared: whether drift is left as it is.
        only: the endpoints that were planned; empty for all.
        offline: whether it was compared with what was last applied, and no platform was asked.
        notes: what the reader must know of the history that it relies on.
        allowed: what was acknowledged.
        back_to: what a revert goes back to, for people; empty otherwise.
        changes: those that do something, by endpoint name; unchanged endpoints are only counted.
        steps: in the order of waves; steps of one wave run in parallel, those of one endpoint in order.
        undo: for each step, what takes it back.
        held: what the files ask for and is not tried again.
        drift: what `only_declared` leaves as it is.
        kept: fields that differ as they are written and are no change.
        declarations: what the files declare; instead of changes, where no platform was asked and nothing is remembered.
        findings: what guards have to say; one that refuses keeps the plan from being applied.
        depends_on: endpoint with steps -> endpoints with steps that must have succeeded before.
        fingerprints: what a step is about -> digest over all of its steps.
        fingerprint: over the sorted ones.
        manual: what is left to do by hand, by endpoint and field; it goes away once reading back shows it.
        warnings: what the reader should know and nothing will stop for.
    """

    format_version: Literal[1] = 1
    project: str
    environment: str
    platform: PlatformIdentity
    source: SourceState = SourceState()
    base: Base | None = None
    last_deployment: int | None = None
    only_declared: bool = False
    only: tuple[str, ...] = ()
    offline: bool = False
    notes: tuple[str, ...] = ()
    allowed: Allowance = Allowance()
    back_to: str = ""
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    undo: tuple[Undo, ...] = ()
    held: tuple[HeldChange, ...] = ()
    drift: tuple[Change, ...] = ()
    kept: tuple[KeptField, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    findings: tuple[Finding, ...] = ()
    depends_on: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    fingerprints: Mapping[str, str] = Field(default_factory=dict)
    fingerprint: str = ""
    manual: tuple[ManualChange, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    counts: Counts = Counts()
    gpus: Gpus = Gpus()

    def change(self, endpoint: str) -> Change | None:
        """The change of one endpoint, if it has one."""
        return next((change for change in self.changes if change.endpoint == endpoint), None)

    @property
    def compares(self) -> bool:
        """Whether the files were compared with anything: a platform, or what is remembered of it."""
        return not self.offline or self.last_deployment is not None

    @property
    def refused(self) -> bool:
        """Whether a guard keeps it from being applied."""
        return any(finding.refuses for finding in self.findings)

    @property
    def adopted(self) -> frozenset[str]:
        """Endpoints that would be adopted."""
        return frozenset(change.endpoint for change in self.changes if change.adopts)

    @property
    def does_something(self) -> bool:
        """Whether an apply of it has something to do: a step, or an endpoint to adopt."""
        return bool(self.steps) or bool(self.adopted)
