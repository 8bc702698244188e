"""When the lines of a log were written: at time T it had reached offset N. A small text file beside the log.

Entries are appended as the log grows. A torn or foreign line is passed over, because a disk may fill up in the middle
of one, and times may go backwards, because a wall clock does.
"""

import os
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST: Final = 4096
"""Entries that are kept of one log; of more, every second of the older half is dropped."""

Entry = tuple[float, int]
"""Seconds since the epoch, to the microsecond, and the offset that the log had reached then."""


@dataclass(frozen=True, slots=True)
class Times:
    """The entries of one log, by offset; each offset once."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Times":
        """Entries as they were written, without those that do not go forward."""
        kept: list[Entry] = []
        for at, end in entries:
            if not kept or end > kept[-1][1]:
                kept.append((at, end))
        return cls(tuple(kept))

    @property
    def end(self) -> int:
        """The offset of the last entry."""
        return self.entries[-1][1] if self.entries else 0

    def at(self, end: int) -> float | None:
        """When a line that ends at this offset was there for sure; None if no entry covers it."""
        place = bisect_left(self.entries, end, key=lambda entry: entry[1])
        return self.entries[place][0] if place < len(self.entries) else None

    def since(self, at: float) -> int:
        """The offset from which on everything was written at that time or later, by the first entry that says so."""
        before = 0
        for time, end in self.entries:
            if time >= at:
                return before
            before = end
        return before

    def thinned(self, start: int, most: int = MOST) -> "Times":
        """Without what only tells of offsets before `start`, and with less detail of long ago."""
        kept = [entry for entry in self.entries if entry[1] > start]
        if len(kept) > most:
            half = len(kept) // 2
            kept = [*kept[1:half:2], *kept[half:]]
        return Times(tuple(kept))


def read_times(path: str) -> Times:
    """The entries in a file; none if there is no file."""
    try:
        text = Path(path).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return Times()
    entries: list[Entry] = []
    for line in text.splitlines():
        at, _, end = line.partition(" ")
        with suppress(ValueError):
            entries.append((float(at), int(end)))
    return Times.of(entries)


def append_time(path: str, entry: Entry) -> None:
    """Add an entry to a file.

    Raises:
        OSError: as the system says.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, _text(entry))
    finally:
        os.close(descriptor)


def write_times(path: str, times: Times) -> None:
    """Put a file in the place of the old one, whole or not at all.

    Raises:
        OSError: as the system says.
    """
    draft = Path(f"{path}.draft")
    draft.write_bytes(b"".join(map(_text, times.entries)))
    draft.replace(path)


def _text(entry: Entry) -> bytes:
    return b"%.6f %d\n" % entry
