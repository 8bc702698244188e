"""How desired and live differ, and why: one change per endpoint, field by field, no-ops included."""

from enum import StrEnum
from typing import assert_never

from gitops.diagnostics import Place
from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_text
from gitops.model.field import Effect, Level
from gitops.model.frozen import Strict
from gitops.model.resource import Resource, resource_text


class Action(StrEnum):
    """What a change does to its endpoint; `noop` is a fact, not an absence."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NOOP = "noop"


class Origin(StrEnum):
    """Why a field differs, from the files now and at the base, live, and what was last applied."""

    DECLARED = "declared"
    OVER_DRIFT = "declared, over drift"
    PENDING = "pending"
    DRIFT = "drift"


class VersionRef(Strict):
    """A version as far as it is known: by the platform's name, by digest, or both; no name means not pushed yet."""

    name: str | None = None
    digest: str | None = None


Value = VersionRef | Autoscale | Bounds | Resource | int | str | None


def value_text(value: Value) -> str:
    """A value in a sentence, and in the baseline of known drift: `v3`, `4`, `1..8, 10 requests per replica in 60s`."""
    match value:
        case VersionRef():
            return value.name or (value.digest[:19] if value.digest else "unknown")
        case Autoscale():
            return policy_text(value)
        case Bounds():
            return bounds_text(value)
        case Resource():
            return resource_text(value)
        case None:
            return "nothing"
        case int() | str():
            return str(value)
    assert_never(value)


class FieldChange(Strict):
    """One field that differs: the value on the platform, the value in the files, and what moving it costs.

    Attributes:
        origin: why it differs.
        note: a remark for people ("rollout to v2 was interrupted at 1 of 4"); never read by logic.
    """

    field: str
    old: Value
    new: Value
    effect: Effect
    level: Level = Level.NATIVE
    origin: Origin = Origin.DECLARED
    place: Place | None = None
    note: str = ""


class Change(Strict):
    """One endpoint's difference.

    Attributes:
        adopts: whether the endpoint is there and nobody's; it becomes ours with this change.
        reason: why it is deleted, or created again, for people; empty where the fields say it.
    """

    endpoint: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    adopts: bool = False
    reason: str = ""
    place: Place | None = None
