"""Lines as a platform gave them -> the lines that were asked for, each with its severity.

Lines that belong together, a message and what is indented below it, or a traceback, pass together: whoever looks for
an exception wants to see where it came from.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gitops.model.log import LogLine, Severity
from gitops.monitoring.severity import begins_with_level, plain, severity_of

LONGEST: Final = 1000
"""Lines of one group; what is longer is taken for several."""

_TRACEBACK: Final = re.compile(r"\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):")
_CHAIN: Final = re.compile(r"During handling of the above exception|The above exception was the direct cause")
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(?::\s|$)")


@dataclass(slots=True)
class _Group:
    """Lines of one source that belong together.

    Attributes:
        severity: of all of them.
        traceback: whether its last lines are those of a traceback that has not come to its exception.
        raised: whether it was a traceback, so that another one may be chained to it.
        shown: whether it has passed; if not, `held` are its lines so far.
    """

    severity: Severity
    traceback: bool = False
    raised: bool = False
    shown: bool = False
    size: int = 0
    held: list[LogLine] = field(default_factory=list)


class Sieve:
    """Judges and filters lines as they come; the same lines in other portions give the same result.

    Args:
        grep: a group passes if one of its lines has this in it; without it every group does.
        least: groups below this severity do not pass.
    """

    def __init__(self, grep: re.Pattern[str] | None = None, least: Severity = Severity.DEBUG) -> None:
        self._grep = grep
        self._least = least
        self._groups: dict[tuple[str, str | None], _Group] = {}

    def sift(self, lines: Iterable[LogLine]) -> Iterator[LogLine]:
        """Those of the lines that pass, with their severity, and lines held back before that pass with them."""
        for line in lines:
            key = line.source, line.version
            group = self._groups[key] = self._group(self._groups.get(key), line)
            judged = line.model_copy(update={"severity": line.severity or group.severity})
            group.size += 1
            if group.shown:
                yield judged
                continue
            group.held.append(judged)
            if group.severity.rank >= self._least.rank and self._matches(line):
                group.shown = True
                yield from group.held
                group.held.clear()

    def _matches(self, line: LogLine) -> bool:
        return self._grep is None or self._grep.search(plain(line.text)) is not None

    def _group(self, group: _Group | None, line: LogLine) -> _Group:
        """The group that a line belongs to: the one before it, or a new one."""
        text = plain(line.text)
        if line.severity is not None:
            return _Group(line.severity)
        if _TRACEBACK.match(text):
            if group is None or group.severity is not Severity.ERROR or group.size >= LONGEST:
                group = _Group(Severity.ERROR)
            group.traceback = group.raised = True
            return group
        if group is not None and group.size < LONGEST and self._continues(group, text):
            return group
        return _Group(severity_of(text) or Severity.INFO)

    @staticmethod
    def _continues(group: _Group, text: str) -> bool:
        if not text.strip() or text[0] in " \t":
            return group.traceback or not begins_with_level(text)
        if group.traceback and _EXCEPTION.match(text):
            group.traceback = False
            # A level in front is a message of its own; a name of an exception that sounds like one is rare.
            return severity_of(text) in {None, Severity.ERROR}
        return group.raised and _CHAIN.match(text) is not None
