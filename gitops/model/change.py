"""How desired and live differ: one change per endpoint, field by field, no-ops included."""

from enum import StrEnum

from gitops.diagnostics import Place
from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.field import Effect, Level
from gitops.model.frozen import Strict
from gitops.model.resource import Resource


class Action(StrEnum):
    """What a change does to its endpoint; `noop` is a fact, not an absence."""

    CREATE = "create"
    UPDATE = "update"
    NOOP = "noop"


class VersionRef(Strict):
    """A version as far as it is known: by the platform's name, by digest, or both; no name means not pushed yet."""

    name: str | None = None
    digest: str | None = None


Value = VersionRef | Autoscale | Bounds | Resource | int | str | None


class FieldChange(Strict):
    """One field that differs: the value on the platform, the value in the files, and what moving it costs.

    Attributes:
        note: a remark for people ("rollout to v2 was interrupted at 1 of 4"); never read by logic.
    """

    field: str
    old: Value
    new: Value
    effect: Effect
    level: Level = Level.NATIVE
    place: Place | None = None
    note: str = ""


class Change(Strict):
    """One endpoint's difference."""

    endpoint: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    place: Place | None = None
