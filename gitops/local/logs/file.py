"""One log: its files as one stream of bytes with offsets that never change, whatever is rotated or killed.

Offset 0 is the first byte that the replica ever wrote. What is kept lies in at most two files: the older part, and the
log itself, which the replica appends to. Safe to use from several threads.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.local.logs.rotation import MARK, Paths, State, recovery, rotation, write_state
from gitops.local.logs.times import MOST, Times, append_time, read_times, write_times

_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Extent:
    """What is kept of a log.

    Attributes:
        start, end: offsets of its first byte and behind its last one.
        written_at: seconds since the epoch at which it last grew; None if there is no file.
    """

    start: int
    end: int
    written_at: float | None


class LogFile:
    """One log.

    Args:
        path: the file that the replica writes to; it need not be there yet.
    """

    def __init__(self, path: str) -> None:
        self.paths = Paths(path)
        self._lock = threading.RLock()
        self._base: int | None = None
        self._size = 0
        self._noted: int | None = None
        self._notes = 0

    # The methods that write are the sweep's, one after the other.

    def note(self, size: int, written_at: float) -> None:
        """Remember that the file was so large and was last written to at that time.

        Raises:
            OSError: as the system says; every method may raise it, and can be tried again.
        """
        with self._lock:
            base = self._loaded()
            if self._noted is None:
                known = read_times(self.paths.times)
                self._noted, self._notes = known.end, len(known.entries)
            if size < self._size or base + size < self._noted:
                base = self._cut_by_others(max(base + self._size, self._noted))
            self._size = size
            if base + size > self._noted:
                append_time(self.paths.times, (written_at, base + size))
                self._noted = base + size
                self._notes += 1

    def thin(self) -> None:
        """Leave away times that are too many; nothing to do for most logs at most times."""
        if self._notes > MOST:
            self._thin()

    def rotate(self, limit: int) -> None:
        """Move what is there to the older part, at most its newest `limit` bytes, and begin the file anew."""
        assert limit > MARK
        with self._lock:
            for _ in self.turns(limit):
                pass
            self._thin()

    def turns(self, limit: int) -> Iterator[int]:
        """A rotation step by step; one that is not carried to its end is what a kill leaves behind."""
        base, self._base = self._loaded(), None
        for step in rotation(self.paths, base, limit):
            base = step
            yield base
        self._base, self._size = base, 0

    def _thin(self) -> None:
        with self._lock:
            times = read_times(self.paths.times).thinned(self.extent().start)
            write_times(self.paths.times, times)
            self._notes = len(times.entries)

    def _cut_by_others(self, base: int) -> int:
        """Somebody else emptied the file: what was there has been said, so offsets go on behind it."""
        self._base = base
        with suppress(FileNotFoundError):
            Path(self.paths.older).unlink()
        write_state(self.paths.state, State(self._base))
        return self._base

    def _loaded(self) -> int:
        if self._base is None:
            base = 0
            for step in recovery(self.paths):
                base = step
            self._base = base
        return self._base

    # Reading.

    def extent(self) -> Extent:
        """What is kept now."""
        with self._lock:
            base = self._loaded()
            try:
                found = Path(self.paths.log).stat()
            except FileNotFoundError:
                return Extent(base - self._older_size(base), base, None)
            return Extent(base - self._older_size(base), base + found.st_size, round(found.st_mtime, 6))

    def times(self) -> Times:
        """When it was written, up to this moment."""
        with self._lock:
            extent, known = self.extent(), read_times(self.paths.times)
        if extent.written_at is None:
            return known
        return Times.of([*known.entries, (extent.written_at, extent.end)])

    def read(self, after: int, size: int) -> tuple[int, bytes]:
        """At most so many bytes from an offset on, or from the first one that is kept, and where they begin."""
        with self._lock:
            base, extent = self._loaded(), self.extent()
            begin = min(max(after, extent.start), extent.end)
            data = b""
            if begin < base:
                data = _piece(self.paths.older, begin - extent.start, min(size, base - begin))
            if len(data) < size and begin + len(data) == max(begin, base):
                data += _piece(self.paths.log, begin + len(data) - base, size - len(data))
            return begin, data

    def line_at(self, offset: int) -> int:
        """Where the line begins that this offset lies in."""
        return self._newline_before(offset, 1)

    def last(self, lines: int) -> int:
        """Where the last so many lines begin."""
        end = self.extent().end
        if lines <= 0:
            return end
        ended = self.read(end - 1, 1)[1] == b"\n"
        return self._newline_before(end, lines + 1 if ended else lines)

    def _newline_before(self, offset: int, number: int) -> int:
        """The offset behind the `number`th line end before an offset; the start if there are not so many."""
        place, start = offset, self.extent().start
        while place > start:
            begin = max(start, place - _BLOCK)
            data = self.read(begin, place - begin)[1]
            found = len(data)
            while (found := data.rfind(b"\n", 0, found)) >= 0:
                number -= 1
                if number == 0:
                    return begin + found + 1
            place = begin
        return start

    def _older_size(self, base: int) -> int:
        if base == 0:
            return 0
        try:
            return Path(self.paths.older).stat().st_size
        except FileNotFoundError:
            return 0


def _piece(path: str, begin: int, size: int) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            stream.seek(begin)
            return stream.read(size)
    except FileNotFoundError:
        return b""
