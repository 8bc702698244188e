"""Rotation by copy and truncate, such that a kill between any two steps loses no offset and repeats no byte.

The replica holds the file open and goes on writing at its end, so the file cannot be moved away. What must never be
in doubt after a kill is whether the file was truncated: its size does not tell, for it may have grown again. So its
first bytes, copied already, are overwritten with a random mark before it is truncated. While the mark stands there,
it was not.

    copied -> said: about to mark -> marked -> said: about to truncate -> topped up, truncated -> moved -> said: done
"""

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

MARK: Final = 16
"""Bytes of the mark; a file that is rotated is longer."""

_BLOCK: Final = 1 << 20
_STATE_SIZE: Final = 256
"""The state is written over itself in place, always as long: that needs no space on a disk that is full by then."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation under way.

    Attributes:
        mark: what the file begins with from the moment it was marked until it is truncated, in hexadecimal.
        head: what stood there before.
        start: the offset at which the copy begins.
        truncating: whether the mark was set, so that a file without it was truncated.
    """

    mark: str
    head: str
    start: int
    truncating: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where the file begins: `base` is the offset of its first byte."""

    base: int = 0
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one log: itself, its older part, a copy being made, its state, its times."""

    log: str

    @property
    def older(self) -> str:
        """What was rotated away last; it ends where the log begins."""
        return f"{self.log}.1"

    @property
    def draft(self) -> str:
        """The next older part while it is copied."""
        return f"{self.log}.draft"

    @property
    def state(self) -> str:
        """Where the log begins; there only once it was rotated."""
        return f"{self.log}.base"

    @property
    def times(self) -> str:
        """When it was written."""
        return f"{self.log}.times"

    def all(self) -> tuple[str, ...]:
        """Every file that may be there, the log last, so that what is left after a kill is found again."""
        return (f"{self.times}.draft", self.times, self.draft, self.older, self.state, self.log)


def read_state(path: str) -> State:
    """The state in a file; the first one if there is no file or it makes no sense."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        said = json.loads(Path(path).read_bytes())
        return State(int(said["base"]), Turn(**said["turn"]) if said["turn"] else None)
    return State()


def write_state(path: str, state: State) -> None:
    """Keep the state.

    Raises:
        OSError: as the system says; not for want of space if it was kept before.
    """
    text = json.dumps(asdict(state)).encode().ljust(_STATE_SIZE)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, text, 0)
    finally:
        os.close(descriptor)


def rotation(paths: Paths, base: int, limit: int) -> Iterator[int]:
    """Copy the newest `limit` bytes of a log and truncate it; yields the base between two steps, the new one at last.

    What the replica writes between the last look and the truncation, some microseconds, is lost and has no offset.

    Raises:
        OSError: as the system says; then `recovery` finds the way back.
    """
    descriptor = os.open(paths.log, os.O_RDWR | os.O_CLOEXEC)
    with os.fdopen(descriptor, "r+b", buffering=0):
        begin, end = _copy(descriptor, paths, limit)
        yield base
        turn = Turn(secrets.token_hex(MARK), os.pread(descriptor, MARK, 0).hex(), base + begin)
        write_state(paths.state, State(base, turn))
        yield base
        os.pwrite(descriptor, bytes.fromhex(turn.mark), 0)
        yield base
        write_state(paths.state, State(base, Turn(turn.mark, turn.head, turn.start, truncating=True)))
        yield base
        with Path(paths.draft).open("ab", buffering=0) as draft:
            end = _append(descriptor, draft.fileno(), end, end + limit)
        os.ftruncate(descriptor, 0)
        base += end
        yield base
    Path(paths.draft).replace(paths.older)
    yield base
    write_state(paths.state, State(base))
    yield base


def recovery(paths: Paths) -> Iterator[int]:
    """Bring a log to rest after a kill in the middle of a rotation; yields the base as `rotation` does.

    Raises:
        OSError: as the system says; done again, it goes on.
    """
    state = read_state(paths.state)
    turn, base = state.turn, state.base
    if turn is not None:
        marked = _begins_with(paths.log, bytes.fromhex(turn.mark))
        if turn.truncating and not marked:
            copied = Path(paths.draft) if Path(paths.draft).exists() else Path(paths.older)
            base = turn.start + copied.stat().st_size
            yield base
            if copied != Path(paths.older):
                copied.replace(paths.older)
            yield base
        elif marked:
            # The order matters: once the head is back, only this word tells that nothing was truncated.
            write_state(paths.state, State(base, Turn(turn.mark, turn.head, turn.start)))
            yield base
            _write_head(paths.log, bytes.fromhex(turn.head))
            yield base
        write_state(paths.state, State(base))
    Path(paths.draft).unlink(missing_ok=True)
    yield base


def _copy(log: int, paths: Paths, limit: int) -> tuple[int, int]:
    """Copy the newest bytes of a log, whole lines if there are any; from where, and up to where."""
    end = os.fstat(log).st_size
    begin = _next_line(log, end - limit, end) if end > limit else 0
    for attempt in (1, 2):
        try:
            with Path(paths.draft).open("wb", buffering=0) as draft:
                end = _append(log, draft.fileno(), begin, begin + limit)
                return begin, end
        except OSError as fault:
            Path(paths.draft).unlink(missing_ok=True)
            if fault.errno != errno.ENOSPC or attempt == 2:
                raise
            # What is older yet makes room for what is newer.
            Path(paths.older).unlink(missing_ok=True)
    raise AssertionError


def _next_line(log: int, begin: int, end: int) -> int:
    """Where the first line begins that begins at an offset of the file or later; the offset itself if none does."""
    place = begin - 1
    while place < end:
        block = os.pread(log, _BLOCK, place)
        if not block:
            break
        if (found := block.find(b"\n")) >= 0 and place + found + 1 < end:
            return place + found + 1
        place += len(block)
    return begin


def _append(log: int, draft: int, place: int, end: int) -> int:
    """Append a range of the log to a copy, as far as there is something; up to where that was."""
    while place < end and (block := os.pread(log, min(_BLOCK, end - place), place)):
        view = memoryview(block)
        while view:
            view = view[os.write(draft, view) :]
        place += len(block)
    return place


def _begins_with(path: str, mark: bytes) -> bool:
    try:
        with Path(path).open("rb") as log:
            return log.read(len(mark)) == mark
    except FileNotFoundError:
        return False


def _write_head(path: str, head: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, head, 0)
    finally:
        os.close(descriptor)
