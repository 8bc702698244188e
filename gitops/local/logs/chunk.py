"""A part of one log as an answer: from where on, how much, and which lines that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gitops.errors import DataFolderError, Rejected
from gitops.local.logs.file import LogFile
from gitops.local.logs.lines import LONGEST, lines_of
from gitops.local.masking import Secrets
from gitops.wire.messages import ChunkLine, LogChunk

CHUNK: Final = 1 << 20
"""Bytes of a log that one answer tells of at most."""

SMALLEST_CHUNK: Final = 4 * LONGEST
MOST_LINES: Final = 10_000
"""Lines of one answer at most: a megabyte may be nothing but line ends."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Where a chunk begins, and how large it may be."""

    after: int
    since: float | None
    last: int | None
    limit: int

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Ask":
        """The query of a request.

        Raises:
            Rejected: a number or a time is none.
        """
        try:
            since = datetime.fromisoformat(query["since"]) if "since" in query else None
            return cls(
                after=int(query.get("after", "0")),
                since=since.timestamp() if since else None,
                last=int(query["last"]) if "last" in query else None,
                limit=max(SMALLEST_CHUNK, min(int(query.get("limit", CHUNK)), CHUNK)),
            )
        except ValueError as fault:
            raise Rejected("after, last and limit are whole numbers, since is a time in ISO 8601") from fault


def chunk(file: LogFile, ask: Ask, secrets: Secrets, *, alive: bool) -> LogChunk:
    """Whole lines of a log, as many as fit, each with its time.

    Args:
        file: the log.
        ask: from where on.
        secrets: what must not be seen.
        alive: whether an unfinished last line may still be finished.

    Raises:
        DataFolderError: it cannot be read.
    """
    try:
        times = file.times()
        after = ask.after
        if ask.since is not None:
            after = max(after, file.line_at(times.since(ask.since)))
        if ask.last is not None:
            after = max(after, file.last(ask.last))
        begin, data = file.read(after, ask.limit)
        end = file.extent().end
    except OSError as fault:
        raise unreadable(file.paths.log, fault) from fault
    ended = not alive and begin + len(data) >= end
    lines: list[ChunkLine] = []
    for raw in lines_of(data, begin, secrets, ended=ended):
        lines.append(ChunkLine(at=time_of(times.at(raw.end)), end=raw.end, text=raw.text))
        if len(lines) == MOST_LINES:
            break
    place = lines[-1].end if lines else begin
    more = place < begin + len(data) if len(lines) == MOST_LINES else begin + len(data) < end
    return LogChunk(lines=tuple(lines), next=place, more=more and bool(lines))


def time_of(seconds: float | None) -> datetime | None:
    """Seconds since the epoch as a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def unreadable(path: str, fault: OSError) -> DataFolderError:
    """What is said of a log that a disk does not give."""
    return DataFolderError(f"the log {path} cannot be read: {fault.strerror or fault}")
