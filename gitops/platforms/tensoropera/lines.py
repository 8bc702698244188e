"""A line of TensorOpera's logs: who wrote it, when, and what; one without the prefix goes on with the one before.

The prefix is what fedml 0.9.6 writes (`job_monitor.py`): `[FedML-Replica @device-id-102 @replica-rank-0] [Tue, 24 Nov
2026 08:00:00.000000000] [INFO] [Container Logs] `, times in UTC. A rank counts from 0, a replica's id from 1.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from gitops.model.frozen import Tolerant
from gitops.model.log import LogLine, Severity

_PREFIX: Final = re.compile(
    r"\[FedML-\w+ @device-id-(?P<device>[^\]\s]+) @replica-rank-(?P<rank>[0-9]+)\]"
    r" \[(?P<at>[^\]]*)\](?: \[(?P<severity>[A-Z]+)\])?(?: \[Container Logs\])? ?(?P<text>.*)",
    re.DOTALL,
)
_FRACTION: Final = re.compile(r"(\d\d:\d\d:\d\d)[.,](\d+)")
_SEVERITIES: Final = {
    "DEBUG": Severity.DEBUG,
    "WARNING": Severity.WARNING,
    "WARN": Severity.WARNING,
    "ERROR": Severity.ERROR,
    "CRITICAL": Severity.ERROR,
    "FATAL": Severity.ERROR,
}
"""INFO is no word of the line's own: the agent writes it before every line, so nobody has judged those yet."""


UNNAMED: Final = "endpoint"
"""The source of lines before the first that has a prefix."""


class Writer(Tolerant):
    """Who wrote the last line with a prefix, and when: its continuations are theirs."""

    source: str = UNNAMED
    at: datetime | None = None


def read_lines(texts: Iterable[str], before: Writer) -> Iterator[tuple[LogLine, Writer]]:
    """Each line with its writer; a text of several lines is several."""
    writer = before
    for text in texts:
        for piece in text.rstrip("\r\n").split("\n"):
            line = _line(piece.rstrip("\r"), writer)
            writer = Writer(source=line.source, at=line.at)
            yield line, writer


def _line(text: str, before: Writer) -> LogLine:
    found = _PREFIX.fullmatch(text)
    if found is None:
        return LogLine(at=before.at, source=before.source, text=text)
    return LogLine(
        at=_time(found["at"]),
        source=f"{found['device']}_{int(found['rank']) + 1}",
        severity=_SEVERITIES.get(found["severity"] or ""),
        text=found["text"],
    )


def _time(text: str) -> datetime | None:
    """A time as the prefix has it, or in ISO 8601, to the microsecond; UTC where it does not say."""
    fraction = _FRACTION.search(text)
    whole = _FRACTION.sub(r"\1", text.strip())
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(whole)
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, TypeError, OverflowError):
            continue
        return at.replace(microsecond=int(fraction[2][:6].ljust(6, "0"))) if fraction else at
    return None
