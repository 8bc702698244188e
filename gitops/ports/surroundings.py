"""Time, stopping and news: what every use case needs of the process that it runs in."""

from datetime import datetime
from typing import Protocol

from gitops.model.event import Event


class Clock(Protocol):
    """The only way to know the time and to let it pass."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, or fewer if a stop is asked for meanwhile."""


class StopSignal(Protocol):
    """Whether somebody asked to stop: finish the request in flight, begin nothing new."""

    def is_set(self) -> bool:
        """True from the first signal on."""


class EventSink(Protocol):
    """Where the engine's news go. Called from several threads, one call at a time."""

    def emit(self, event: Event) -> None:
        """Take notice of one event; must not raise."""
