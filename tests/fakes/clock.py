"""A clock whose time passes only when somebody sleeps on it; threads may share it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class FakeClock:
    """Virtual time from a fixed beginning. A sleep takes no real time: it moves the clock and returns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._elapsed = 0.0
        self._appointments: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=round(self.monotonic(), 3))

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._elapsed += seconds
            due = [action for at, action in self._appointments if at <= self._elapsed]
            self._appointments = [one for one in self._appointments if one[0] > self._elapsed]
        for action in due:
            action()

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen once so many seconds of this clock have passed in all."""
        with self._lock:
            self._appointments.append((seconds, action))
