"""Ctrl-C and SIGTERM during an apply: the first asks to stop, the second stops at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from gitops.errors import ExitCode


class Stopping:
    """A stop signal that the process's signals set.

    Args:
        news: told what happens, for people, at the first signal.
    """

    def __init__(self, news: Callable[[str], None]) -> None:
        self._event = threading.Event()
        self._news = news
        self._signal = signal.SIGINT

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Let time pass, less of it if a stop is asked for."""
        self._event.wait(seconds)

    @property
    def exit_code(self) -> ExitCode:
        """130 for Ctrl-C, 143 for SIGTERM."""
        return ExitCode.TERMINATED if self._signal == signal.SIGTERM else ExitCode.INTERRUPTED

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals for as long as this lasts."""
        before = {number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            os._exit(ExitCode.TERMINATED if number == signal.SIGTERM else ExitCode.INTERRUPTED)
        self._signal = signal.Signals(number)
        self._event.set()
        self._news("stopping: the request in flight is finished, nothing new is begun; once more stops at once")
