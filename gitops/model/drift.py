"""Drift: what an environment has come to be that nobody declared, held against the baseline of what is known of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from gitops.diagnostics import Place
from gitops.model.change import Origin, Value
from gitops.model.frozen import Strict
from gitops.model.live import PlatformIdentity


class DriftState(StrEnum):
    """What the baseline says of a drifted field: nothing, that it is known, or that it was until a day that is over."""

    NEW = "new"
    KNOWN = "known"
    EXPIRED = "expired"


class DriftItem(Strict):
    """One field that is not as it was declared and applied.

    Attributes:
        field: a state field; or `endpoint`, where it is about the whole of it: then values are `present` or `absent`.
        declared: in the files.
        live: on the platform now.
        last_applied: None where that is not remembered, or nothing was applied.
        owner, reason, expires: as the baseline says; empty where it does not know it.
        origin: `drift`; or `declared, over drift`, where the files ask for something new besides.
        place: where the files say what is declared.
    """

    endpoint: str
    field: str
    declared: Value
    live: Value
    last_applied: Value = None
    state: DriftState = DriftState.NEW
    owner: str = ""
    reason: str = ""
    expires: date | None = None
    origin: Origin = Origin.DRIFT
    place: Place | None = None


class UnmatchedLine(Strict):
    """A line of the baseline that matches no drift: what it knew of is gone, or is something else now.

    Attributes:
        live: the value that it is about, as it is written; None for any.
    """

    endpoint: str
    field: str
    live: str | None = None
    owner: str = ""
    reason: str = ""
    expires: date | None = None


class Drift(Strict):
    """All drift of one environment at one moment.

    Attributes:
        at: when it was looked at.
        endpoints: how many were compared.
        items: by endpoint and field.
        unmatched: what the baseline knows and is not there, in its order.
        notes: what the reader must know: endpoints that could not be read, of when the history is.
    """

    format_version: Literal[1] = 1
    project: str
    environment: str
    platform: PlatformIdentity
    at: datetime
    endpoints: int = Field(default=0, ge=0)
    items: tuple[DriftItem, ...] = ()
    unmatched: tuple[UnmatchedLine, ...] = ()
    notes: tuple[str, ...] = ()

    def count(self, state: DriftState) -> int:
        """How many fields are in this state."""
        return sum(item.state is state for item in self.items)

    @property
    def alarming(self) -> bool:
        """Whether there is drift that is not known, or no longer."""
        return any(item.state is not DriftState.KNOWN for item in self.items)
