"""Lines of output -> what people read, with the severity as colour, or one JSON object per line."""

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from gitops.model.log import LogLine, Severity
from gitops.views.encode import as_json_line
from gitops.views.page import Page, Span, Style, pad
from gitops.views.visible import source_line

_TIME: Final = "%Y-%m-%d %H:%M:%S"
_NO_TIME: Final = "-" * 19
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_STYLES: Final = {
    Severity.DEBUG: Style.QUIET,
    Severity.INFO: Style.PLAIN,
    Severity.WARNING: Style.WARNING,
    Severity.ERROR: Style.DANGER,
}


class LogColumns:
    """Pages of lines under each other: columns only get wider, so that what follows stands below what was."""

    def __init__(self) -> None:
        self._source = 0
        self._version = 0

    def page(self, lines: Sequence[LogLine]) -> Page:
        """`2026-11-24 05:46:41 aloha-1 v0  text`, in UTC; a program's own colours give way to ours."""
        page = Page()
        self._source = max([self._source, *(len(line.source) for line in lines)])
        self._version = max([self._version, *(len(line.version or "-") for line in lines)])
        for line in lines:
            page.line(
                Span(line.at.astimezone(UTC).strftime(_TIME) if line.at else _NO_TIME, Style.QUIET),
                " ",
                pad(Span(line.source, Style.HINT), self._source),
                " ",
                pad(Span(line.version or "-", Style.QUIET), self._version),
                "  ",
                Span(source_line(_COLOURS.sub("", line.text)), _STYLES[line.severity or Severity.INFO]),
            )
        return page


def logs_json(lines: Sequence[LogLine]) -> str:
    """One object per line, with a final newline unless there is none."""
    return "".join(as_json_line(line) + "\n" for line in lines)
