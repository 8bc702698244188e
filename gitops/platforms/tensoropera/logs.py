"""The log of an endpoint, page by page: all replicas in one, as their agents uploaded it.

A reader's place is a page and the lines of it that it has: pages only grow at their end.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from gitops.errors import Rejected, ServerFault
from gitops.model.frozen import Tolerant
from gitops.model.log import LogLine, LogPage, LogQuery
from gitops.platforms.tensoropera.calls import Calls
from gitops.platforms.tensoropera.lines import Writer, read_lines
from gitops.wire.tensoropera import LogPageObject

_PAGE_SIZE: Final = 1000
"""Lines; as fedml asks."""

_PAGES_AT_ONCE: Final = 10


class _Cursor(Tolerant):
    """Where a reader goes on, and who wrote the line before."""

    page: int = 1
    taken: int = 0
    writer: Writer = Writer()


def read_logs(calls: Calls, endpoint_id: str, name: str, query: LogQuery, cursor: str | None) -> LogPage:
    """Lines behind the cursor that the query asks for.

    Raises:
        Rejected: lines of one version are asked for; the platform does not tell which version wrote a line.
        PlatformError: as the calls say.
    """
    if query.version is not None:
        raise Rejected(
            f"TensorOpera does not tell which version wrote a line of endpoint {name}",
            hint="ask for a replica instead, or for the time since the version serves",
        )
    reader = _Reader(calls, {"endpoint_id": int(endpoint_id), "endpoint_name": name, "page_size": _PAGE_SIZE})
    start = _Cursor.model_validate_json(cursor) if cursor else reader.first(query)
    lines, place, more = reader.read(start)
    wanted = [line for line in lines if _wanted(line, query)]
    if query.last is not None and cursor is None and not more:
        wanted = _newest(wanted, query.last)
    return LogPage(lines=tuple(wanted), cursor=place.model_dump_json(), more=more)


class _Reader:
    """Reads pages of one endpoint's log."""

    def __init__(self, calls: Calls, arguments: dict[str, int | str]) -> None:
        self._calls = calls
        self._arguments = arguments

    def first(self, query: LogQuery) -> _Cursor:
        """The beginning; close to the end where only the newest lines are asked for."""
        if query.last is None:
            return _Cursor()
        return _Cursor(page=max(1, self._page(1).total_pages - _PAGES_AT_ONCE + 1))

    def read(self, start: _Cursor) -> tuple[list[LogLine], _Cursor, bool]:
        """Lines from there on, the place behind them, and whether there is more at once."""
        lines: list[LogLine] = []
        place = start
        for _ in range(_PAGES_AT_ONCE):
            page = self._page(place.page)
            writer = place.writer
            for line, last in read_lines(page.log_list[place.taken :], writer):
                lines.append(line)
                writer = last
            if page.total_pages <= place.page:
                taken = max(place.taken, len(page.log_list))
                return lines, _Cursor(page=place.page, taken=taken, writer=writer), False
            place = _Cursor(page=place.page + 1, writer=writer)
        return lines, place, True

    def _page(self, number: int) -> LogPageObject:
        data = self._calls.data("logs", {**self._arguments, "page": number})
        try:
            return LogPageObject.model_validate(data)
        except ValidationError:
            raise ServerFault("the platform answered a page of logs with something that is none") from None


def _wanted(line: LogLine, query: LogQuery) -> bool:
    return query.replica in {None, line.source} and (query.since is None or line.at is None or line.at >= query.since)


def _newest(lines: Sequence[LogLine], last: int) -> list[LogLine]:
    """The newest so many lines of each source, in their order."""
    skip = {source: max(0, count - last) for source, count in Counter(line.source for line in lines).items()}
    kept = []
    for line in lines:
        if skip[line.source]:
            skip[line.source] -= 1
        else:
            kept.append(line)
    return kept
