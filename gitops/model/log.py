"""Lines of output: what replicas, a bootstrap and the platform itself have said, and which of it is asked for."""

from datetime import datetime
from enum import StrEnum

from gitops.model.frozen import Tolerant


class Severity(StrEnum):
    """How bad a line says that it is, from harmless to worst."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLine(Tolerant):
    """One line.

    Attributes:
        at: when it was written, as exactly as the platform knows; None where it does not.
        source: the replica that wrote it, `bootstrap` for the bootstrap of `version`, or `platform` for an event.
        text: without its line end and without the values of secrets.
    """

    at: datetime | None = None
    source: str
    version: str | None = None
    text: str


BOOTSTRAP_SOURCE = "bootstrap"
PLATFORM_SOURCE = "platform"


class LogQuery(Tolerant):
    """Which lines of an endpoint are asked for.

    Attributes:
        replica: of one replica only, living or dead; `version` likewise.
        since: written at that time or later.
        events: with the platform's own events between the lines.
    """

    replica: str | None = None
    version: str | None = None
    since: datetime | None = None
    events: bool = False
