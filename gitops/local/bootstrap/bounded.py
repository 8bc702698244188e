"""Keeps the beginning and the end of an output of any length in one file, and drops what lies between."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

KEPT: Final = 1 << 20
"""Bytes at the beginning, and as many at the end."""

_REFRESH_S: Final = 1.0
"""How often the end is laid into the file while more comes."""


class BoundedLog:
    """An output file, readable by its owner only, of at most twice `kept` and a line.

    A file that cannot be written is no reason to stop whoever writes into it: the first fault is remembered, and what
    comes is still taken.

    Args:
        path: made anew; its folder must exist.
        kept: bytes at the beginning, and at the end.

    Attributes:
        fault: why not all of it could be written; None if it could.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float], kept: int = KEPT) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._monotonic = monotonic
        self._kept = kept
        self._head = bytearray()
        self._tail = bytearray()
        self._behind_head = 0
        self._laid_at = monotonic()
        self.fault: OSError | None = None

    def write(self, said: bytes) -> None:
        """Take some output; never raises."""
        room = self._kept - len(self._head)
        begin, rest = said[:room], said[room:]
        if begin:
            self._put(len(self._head), begin)
            self._head += begin
        if not rest:
            return
        self._behind_head += len(rest)
        self._tail += rest
        if len(self._tail) > 2 * self._kept:
            del self._tail[: -self._kept]
        if self._monotonic() - self._laid_at >= _REFRESH_S:
            self._lay_tail()

    def end(self) -> bytes:
        """The last that was said, at most `kept` bytes."""
        if self._behind_head < self._kept:
            return bytes((self._head + self._tail)[-self._kept :])
        return bytes(self._tail[-self._kept :])

    def close(self) -> None:
        """Write what is still missing; what comes later is lost."""
        self._lay_tail()
        os.close(self._file)

    def _lay_tail(self) -> None:
        """Put the end behind the beginning, with a word on what is left out."""
        if self._behind_head == 0:
            return
        tail = bytes(self._tail[-self._kept :])
        left_out = self._behind_head - len(tail)
        mark = f"\n[{left_out:,} bytes of output are left out here]\n".encode() if left_out else b""
        self._put(len(self._head), mark + tail)
        self._laid_at = self._monotonic()

    def _put(self, at: int, said: bytes) -> None:
        """Let the file end with this; it is written from the same place again while the end moves on."""
        try:
            os.pwrite(self._file, said, at)
            os.ftruncate(self._file, at + len(said))
        except OSError as fault:
            self.fault = self.fault or fault
