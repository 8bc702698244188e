"""The baseline of known drift: what may differ from the files for a while, who answers for it, and until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from gitops.model.drift import DriftState
from gitops.model.frozen import Strict
from gitops.model.quantity import Name

Text = Annotated[str, StringConstraints(min_length=1)]

DriftField = Literal["endpoint", "model", "version", "replicas", "gpus_per_replica", "autoscale", "resource"]
"""What can drift: a state field, or `endpoint`, whether it is there at all."""


_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _parse_day(value: object) -> date:
    if type(value) is date:
        return value
    try:
        # Pydantic itself would take a bare number as seconds since 1970.
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError("must be a date like 2026-12-31")
    return day


LiveText = Annotated[
    str,
    BeforeValidator(_as_text),
    StringConstraints(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}),
]
"""A value as a plan shows it; a number may be written as one."""

Day = Annotated[date, BeforeValidator(_parse_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, written `2026-12-31`."""


class KnownDrift(Strict):
    """One line of the baseline.

    Attributes:
        live: the value that is known; None for whatever it is.
        owner: who answers for it.
        reason: why it differs, for people.
        expires: the last day on which it counts, in UTC.
    """

    endpoint: Name
    field: DriftField
    live: LiveText | None = None
    owner: Text
    reason: Text
    expires: Day

    def covers(self, drifted: "Drifted") -> bool:
        """Whether it is about this, expired or not."""
        same = (self.endpoint, self.field) == (drifted.endpoint, drifted.field)
        return same and self.live in (None, drifted.live)


class DriftBaseline(Strict):
    """A document of kind DriftBaseline."""

    kind: Literal["DriftBaseline"] = "DriftBaseline"
    known: tuple[KnownDrift, ...] = ()


@dataclass(frozen=True, slots=True)
class Drifted:
    """One field of an endpoint that is not as it was applied, with what the platform has, as a plan shows it."""

    endpoint: str
    field: str
    live: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One difference, and the line of the baseline that is about it; None where it is new."""

    drifted: Drifted
    state: DriftState
    line: KnownDrift | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a baseline says about what has drifted.

    Attributes:
        judged: every difference, in the order given.
        unmatched: lines that are about none of them, and can be removed.
    """

    judged: tuple[Judged, ...]
    unmatched: tuple[KnownDrift, ...] = ()


def compare(drifted: Sequence[Drifted], known: Sequence[KnownDrift], today: date) -> Comparison:
    """What of that which drifted is known.

    Args:
        known: the lines of the baseline. Where several are about the same, the one that counts longest is told.
        today: in UTC.
    """
    lines: dict[tuple[str, str], list[KnownDrift]] = {}
    for line in known:
        lines.setdefault((line.endpoint, line.field), []).append(line)
    judged, matched = [], set()
    for one in drifted:
        about = [line for line in lines.get((one.endpoint, one.field), ()) if line.covers(one)]
        matched.update(about)
        longest = max(about, key=lambda line: line.expires, default=None)
        if longest is None:
            judged.append(Judged(one, DriftState.NEW))
        else:
            judged.append(Judged(one, DriftState.KNOWN if today <= longest.expires else DriftState.EXPIRED, longest))
    return Comparison(tuple(judged), tuple(line for line in known if line not in matched))
