"""Takes the values of a version's secrets out of what its processes said, before anybody is shown it."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from gitops.local.state import Version
from gitops.model.secret import MASK

LAST_LINES: Final = 20
LONGEST_LINE: Final = 500
_WINDOW: Final = 64 << 10

_SHORTEST_SECRET: Final = 3
"""Shorter values are found everywhere by chance, and are no secrets worth the name."""

_SHORTEST_PART: Final = 4
"""Of a secret of several lines, lines from this length on are masked alone, for that is how they are printed."""


class Secrets:
    """What must not be seen in an output.

    Args:
        values: the secrets, in clear.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        spelled = sorted({one.encode() for value in values for one in _spellings(value)}, key=len, reverse=True)
        self.longest = len(spelled[0]) if spelled else 0
        self._pattern = re.compile(b"|".join(map(re.escape, spelled))) if spelled else None

    def masked(self, said: bytes) -> bytes:
        """The output with every secret as `***`, however it is spelled."""
        return self._pattern.sub(MASK.encode(), said) if self._pattern else said

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


def last_lines(said: bytes, secrets: Secrets, most: int = LAST_LINES) -> tuple[str, ...]:
    """The last lines of an output that say something, each at most 500 characters, without the secrets."""
    window = said[-_WINDOW:]
    if len(said) > _WINDOW:
        # The window may begin in the middle of a secret, which nothing would recognise.
        _, newline, rest = window.partition(b"\n")
        window = rest if newline else window[secrets.longest :]
    lines = [line.rstrip() for line in secrets.masked(window).decode(errors="replace").splitlines() if line.strip()]
    return tuple(line[:LONGEST_LINE] for line in lines[-most:])


def _spellings(value: str) -> Iterator[str]:
    """A secret as programs print it: as it is, in JSON, in Python, in a URL, line by line."""
    parts = [part.strip() for part in value.splitlines()]
    for one in (value, *(part for part in parts[1:] and parts if len(part) >= _SHORTEST_PART)):
        if len(one) >= _SHORTEST_SECRET:
            yield from (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
            yield from (repr(one)[1:-1], quote(one), quote(one, safe=""))
