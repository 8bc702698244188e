"""The logs of all replicas of an endpoint as one, in the order of their times, page by page.

The lines look as TensorOpera's worker writes them, `job_monitor.py` of fedml 0.9.6.
"""

import heapq
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from gitops.local.logs.file import LogFile
from gitops.local.logs.lines import lines_of
from gitops.local.masking import Secrets
from gitops.local.tensoropera.behaviour import Place
from gitops.local.tensoropera.versions import DAYS, MONTHS

_BLOCK: Final = 1 << 20
_LONGEST: Final = 1 << 14
"""Bytes of a line; what is longer comes in pieces, so that a page stays small."""


@dataclass(frozen=True, slots=True)
class ReplicaLog:
    """One replica's log.

    Attributes:
        place: where it is said to run.
        secrets: what must not be seen.
        alive: whether an unfinished last line may still be finished.
    """

    file: LogFile
    place: Place
    secrets: Secrets
    alive: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the lines, and how many there are."""

    lines: list[str]
    total: int


def page(logs: list[ReplicaLog], number: int, size: int, zone: tzinfo) -> Page:
    """A page of the lines of several logs.

    Args:
        number: from 1.
        size: lines of a page.
        zone: of the times that the lines show.

    Raises:
        OSError: a log cannot be read.
    """
    begin, end, total = (number - 1) * size, number * size, 0
    lines: list[str] = []
    merged = heapq.merge(*(_timed(place, log) for place, log in enumerate(logs)))
    for at, place, _, text in merged:
        if begin <= total < end:
            lines.append(f"{_prefix(logs[place], at, zone)} {text}")
        total += 1
    return Page(lines, total)


def zone_of(name: str) -> tzinfo:
    """A time zone by its name; UTC where nobody knows it."""
    with suppress(ValueError, OSError, KeyError):  # a name that is a path is a ValueError
        return ZoneInfo(name)
    return UTC


def _timed(place: int, log: ReplicaLog) -> Iterator[tuple[float, int, int, str]]:
    """A log's lines with their times, which never go back, and their offsets; memory does not grow with them."""
    times, offset, last = log.file.times(), 0, 0.0
    while True:
        begin, data = log.file.read(offset, _BLOCK)
        more, offset = len(data) == _BLOCK, begin
        for line in lines_of(data, begin, log.secrets, ended=not (more or log.alive), longest=_LONGEST):
            last = max(last, times.at(line.end) or last)
            offset = line.end
            yield last, place, line.end, line.text
        if not more or offset == begin:
            return


def _prefix(log: ReplicaLog, at: float, zone: tzinfo) -> str:
    when = datetime.fromtimestamp(at, zone)
    day = f"{DAYS[when.weekday()]}, {when.day:02} {MONTHS[when.month - 1]} {when.year:04}"
    nanoseconds = f"{when.microsecond:06}000"
    who = f"[FedML-Replica @device-id-{log.place.device} @replica-rank-{log.place.rank}]"
    return f"{who} [{day} {when:%H:%M:%S}.{nanoseconds}] [INFO] [Container Logs]"
