"""A sink that keeps every event, and notices if two are given to it at once."""

import threading
from typing import TypeVar

from gitops.model.event import Event

Kind = TypeVar("Kind")


class FakeSink:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.overlapped = False
        self._busy = threading.Lock()

    def emit(self, event: Event) -> None:
        if not self._busy.acquire(blocking=False):
            self.overlapped = True
            return
        try:
            self.events.append(event)
        finally:
            self._busy.release()

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]
