"""Lines of output: what replicas, a bootstrap and the platform itself have said, and which of it is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gitops.model.frozen import Tolerant


class Severity(StrEnum):
    """How bad a line says that it is, from harmless to worst."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Greater is worse."""
        return list(Severity).index(self)


class LogLine(Tolerant):
    """One line.

    Attributes:
        at: when it was written, as exactly as the platform knows; None where it does not.
        source: the replica that wrote it, `bootstrap` for the bootstrap of `version`, or `platform` for an event.
        severity: how bad it is; None where nobody has judged it yet.
        text: without its line end and without the values of secrets.
    """

    at: datetime | None = None
    source: str
    version: str | None = None
    severity: Severity | None = None
    text: str


BOOTSTRAP_SOURCE: Final = "bootstrap"
PLATFORM_SOURCE: Final = "platform"


class LogQuery(Tolerant):
    """Which lines of an endpoint are asked for.

    Attributes:
        replica: of one replica only, living or dead; `version` likewise, with its bootstrap.
        since: written at that time or later.
        last: not more than the newest so many lines of each source are needed; a platform may give more.
        events: with the platform's own events between the lines.
    """

    replica: str | None = None
    version: str | None = None
    since: datetime | None = None
    last: int | None = None
    events: bool = False


@dataclass(frozen=True, slots=True)
class LogSource:
    """Whose output is kept: a replica or a bootstrap, and the version that it ran, where that is known."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some of the lines that were asked for, in the order of their times.

    Attributes:
        cursor: hand it in with the same question to go on behind these lines; it means nothing to anybody else.
        more: whether there is more to be had at once.
        sources: all that the platform keeps output of, whatever was asked for; empty where it cannot tell.
    """

    lines: tuple[LogLine, ...]
    cursor: str
    more: bool = False
    sources: tuple[LogSource, ...] = ()
