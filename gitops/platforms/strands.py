"""Lines from several sources, each in its own order -> one order by time, as far as all of it is known.

A strand is what one source had to say, perhaps only its beginning. Lines that may have to stand behind others that
nobody has read yet are held back; they are read again with the next page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from typing import Final

from gitops.model.log import LogLine

_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Strand:
    """What one source said.

    Attributes:
        id: which source.
        lines: each with the place behind it, where a reader that has it goes on.
        next: the place behind all of them.
        more: whether the source has more to say at once.
    """

    id: str
    lines: Sequence[tuple[LogLine, int]]
    next: int
    more: bool = False

    @property
    def last(self) -> datetime | None:
        """The time up to which everything of this source is known; None if everything is."""
        return _keys(self)[-1] if self.more and self.lines else None


@dataclass(frozen=True, slots=True)
class Woven:
    """Lines in one order, the place where each strand goes on, and whether something was held back."""

    lines: tuple[LogLine, ...]
    places: dict[str, int]
    held: bool


def weave(strands: Iterable[Strand]) -> Woven:
    """One order by time; lines of one source never change places, also where its clock was put back."""
    known = list(strands)
    horizon = min((last for strand in known if (last := strand.last) is not None), default=None)
    places: dict[str, int] = {}
    held = False
    shown = []
    for number, strand in enumerate(known):
        keys = _keys(strand)
        count = sum(horizon is None or key <= horizon for key in keys)
        shown.append([(keys[index], number, index, strand.lines[index][0]) for index in range(count)])
        if count == len(keys):
            places[strand.id] = strand.next
        else:
            held = True
            if count:
                places[strand.id] = strand.lines[count - 1][1]
    return Woven(tuple(line for _, _, _, line in merge(*shown, key=lambda one: one[:3])), places, held)


def _keys(strand: Strand) -> list[datetime]:
    """For each line the latest time so far: by that it is sorted."""
    latest, keys = _LONG_AGO, []
    for line, _ in strand.lines:
        latest = max(latest, line.at or latest)
        keys.append(latest)
    return keys
