"""A measured number and what was promised about it. Knows no benchmark and prints nothing."""

import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Sense = Literal["<", "<=", ">="]
_COMPARE: Final[Mapping[Sense, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Budget:
    """What a number has to be: `<` 3, `<=` 1.5, `>=` 2000."""

    sense: Sense
    limit: float

    def holds(self, value: float) -> bool:
        """Whether a number keeps it."""
        return _COMPARE[self.sense](value, self.limit)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        what: what was measured, in words.
        value: the number that is judged: the median where there were several rounds; None where nothing could be
            measured, and the note says why.
        budget: None where the number only explains another one.
        lowest, highest: over all rounds.
        note: how the number came to be.
    """

    what: str
    value: float | None
    unit: str
    budget: Budget | None = None
    lowest: float | None = None
    highest: float | None = None
    note: str = ""

    @property
    def is_over(self) -> bool:
        """Whether a budget is missed."""
        return self.budget is not None and self.value is not None and not self.budget.holds(self.value)

    @property
    def verdict(self) -> str:
        """One word: ok, over, missing, or nothing where nothing was promised."""
        if self.value is None:
            return "missing"
        if self.budget is None:
            return ""
        return "over" if self.is_over else "ok"

    def as_json(self) -> dict[str, Any]:
        """The figure for programs."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "lowest": self.lowest,
            "highest": self.highest,
            "budget": f"{self.budget.sense} {self.budget.limit:g}" if self.budget else None,
            "verdict": self.verdict or None,
            "note": self.note,
        }


def of_rounds(what: str, values: Sequence[float], unit: str, budget: Budget | None = None, note: str = "") -> Figure:
    """The median of several rounds, with the lowest and the highest."""
    return Figure(what, statistics.median(values), unit, budget, min(values), max(values), note)


def missing(what: str, unit: str, why: str) -> Figure:
    """A number that could not be measured here; nothing is judged by it."""
    return Figure(what, None, unit, note=why)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value that so many percent of the sorted values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
