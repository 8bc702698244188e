"""Why a live endpoint may not get on: replicas that did not last, and the bootstrap that comes before them."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from gitops.model.frozen import Tolerant

CRASH_LOOP: Final = 2
"""From so many replicas in a row on that did not last, it is a crash loop."""


class LiveTrouble(Tolerant):
    """Replicas that ended by themselves or had to be ended, since one of them last lasted.

    Attributes:
        crashes: how many in a row; from 2 on it is a crash loop.
        replica, version: the last one.
        reason: why it ended, for people.
        last_lines: the end of its output, without the values of secrets.
        next_start_at: when the next one is started; None if nothing waits for a time.
    """

    crashes: int
    replica: str
    version: str
    reason: str
    last_lines: tuple[str, ...] = ()
    next_start_at: datetime | None = None

    @property
    def loops(self) -> bool:
        """Whether it is a crash loop: not one accident, but the same again."""
        return self.crashes >= CRASH_LOOP


class BootstrapState(StrEnum):
    """How the bootstrap of a version stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class LiveBootstrap(Tolerant):
    """The bootstrap of the version that an endpoint moves to, or serves.

    Attributes:
        seconds: that it took, or has taken so far.
        log: names its output where the platform keeps one.
        last_lines: the end of its output where it failed, without the values of secrets.
    """

    version: str
    state: BootstrapState
    seconds: float
    log: str | None = None
    reason: str = ""
    last_lines: tuple[str, ...] = ()
