"""Bytes of a log -> lines as they may be shown: secrets masked, length bounded, each with the offset behind it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from gitops.local.state import Version
from gitops.model.secret import MASK

LONGEST: Final = 1 << 16
"""Bytes of a line; what is longer comes in pieces, each with a mark at its end."""

CUT: Final = " [this line goes on]"

_SHORTEST_SECRET: Final = 3
"""Shorter values are found everywhere by chance, and are no secrets worth the name."""

_SHORTEST_PART: Final = 8
"""Of a secret of several lines, lines from this length on are masked alone, for that is how they are printed."""


class Secrets:
    """What must not be seen in a line.

    Args:
        values: the secrets.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        spelled = sorted({one.encode() for value in values for one in _spellings(value)}, key=len, reverse=True)
        self.longest = len(spelled[0]) if spelled else 0
        self._pattern = re.compile(b"|".join(map(re.escape, spelled))) if spelled else None

    def masked(self, line: bytes) -> bytes:
        """The line without them."""
        return self._pattern.sub(MASK.encode(), line) if self._pattern else line

    def place(self, line: bytes, cut: int) -> int:
        """The place, at most `cut`, at which a line can be cut without cutting a secret in two."""
        for match in self._pattern.finditer(line, 0, cut + self.longest) if self._pattern else ():
            if 0 < match.start() < cut < match.end():
                return match.start()
        return cut


def secrets_of(version: Version) -> Secrets:
    """The values of a version's variables that came from the environment: a model may print them."""
    variables = version.config.get("environment_variables")
    known = variables if isinstance(variables, dict) else {}
    return Secrets(str(known[name]) for name in version.secrets if known.get(name))


def _spellings(value: str) -> Iterator[str]:
    """A secret as programs print it: as it is, in JSON, in Python, in a URL, line by line."""
    parts = [part.strip() for part in value.splitlines()]
    for one in (value, *(part for part in parts[1:] and parts if len(part) >= _SHORTEST_PART)):
        if len(one) >= _SHORTEST_SECRET:
            yield from (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
            yield from (repr(one)[1:-1], quote(one), quote(one, safe=""))


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
