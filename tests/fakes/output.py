"""What the replicas of the fake platform have said, as pages; the cursor is a number of lines.

Paged in small portions, so that whoever reads must go on by the cursor.
"""

from collections.abc import Sequence
from datetime import timedelta

from gitops.model.log import PLATFORM_SOURCE, LogLine, LogPage, LogQuery, LogSource
from tests.fakes.clock import BEGINNING
from tests.fakes.replicas import Said

PAGE = 3


def page_of(said: Sequence[Said], query: LogQuery, cursor: str | None) -> LogPage:
    first = int(cursor or 0)
    until = min(first + PAGE, len(said))
    replicas = [one for one in said if one.source != PLATFORM_SOURCE]
    return LogPage(
        lines=tuple(line for one in said[first:until] for line in [_line(one)] if _asked(line, query)),
        cursor=str(until),
        more=until < len(said),
        sources=tuple(dict.fromkeys(LogSource(one.source, one.version) for one in replicas)),
    )


def _line(said: Said) -> LogLine:
    at = BEGINNING + timedelta(seconds=round(said.at, 3))
    return LogLine(at=at, source=said.source, version=said.version, text=said.text)


def _asked(line: LogLine, query: LogQuery) -> bool:
    return (
        (line.source != PLATFORM_SOURCE or query.events)
        and (query.replica is None or query.replica == line.source or query.replica in line.text.split())
        and query.version in {None, line.version}
        and (query.since is None or (line.at is not None and line.at >= query.since))
    )
