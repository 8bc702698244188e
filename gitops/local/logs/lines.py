"""Bytes of a log -> lines as they may be shown: secrets masked, length bounded, each with the offset behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gitops.local.masking import Secrets

LONGEST: Final = 1 << 16
"""Bytes of a line; what is longer comes in pieces, each with a mark at its end."""

CUT: Final = " [this line goes on]"


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line: the offset behind it, and what it says."""

    end: int
    text: str


def lines_of(
    data: bytes, offset: int, secrets: Secrets, *, ended: bool = False, longest: int = LONGEST
) -> Iterator[RawLine]:
    """The whole lines in a range of a log.

    Args:
        data: the range.
        offset: where it begins.
        secrets: what must not be seen.
        ended: whether nothing will ever come behind it, so that its last line needs no line end.
        longest: bytes after which a line is cut.
    """
    place = 0
    while place < len(data):
        found = data.find(b"\n", place)
        line = data[place : found if found >= 0 else len(data)]
        whole = found >= 0 or ended
        while len(line) > longest and (whole or len(line) >= longest + secrets.longest):
            cut = secrets.place(line, _character(line, longest))
            place += cut
            yield RawLine(offset + place, _text(line[:cut], secrets) + CUT)
            line = line[cut:]
        if not whole:
            return
        place += len(line) + (found >= 0)
        yield RawLine(offset + place, _text(line, secrets))


def _character(line: bytes, cut: int) -> int:
    """A cut that is not in the middle of a character."""
    return next((cut - back for back in range(4) if cut > back and line[cut - back] & 0xC0 != 0x80), cut)


def _text(line: bytes, secrets: Secrets) -> str:
    """A line as a terminal would show it in the end: what a progress bar wrote over is gone."""
    text = secrets.masked(line).decode(errors="replace").rstrip("\r")
    return text.rsplit("\r", 1)[-1]
