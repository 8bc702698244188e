"""Finds and ends the processes of a data folder by two marks in their environment: the folder, and whose they are.

A mark is inherited, so a child that left its replica's group, or outlived it, is found too. A process that cleared its
environment is not.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from gitops.local.system.environ import DATA, OWNER
from gitops.local.system.identity import lives, started_of

_GONE_S: Final = 5.0
_ROUNDS: Final = 10
"""A process that forks while others are ended is met in the next round."""


class Marked(NamedTuple):
    """A living process with its marks."""

    pid: int
    started: float
    token: str


def marked(data: str) -> Iterator[Marked]:
    """Every living process that carries the mark of a data folder."""
    for pid in psutil.pids():
        environment = _environment_of(pid, data)
        if environment.get(DATA) == data and OWNER in environment:
            started = started_of(pid)
            if started is not None:
                yield Marked(pid, started, environment[OWNER])


def end_marked(data: str, chosen: Callable[[str], bool]) -> set[str]:
    """Kill the processes of a data folder whose token is chosen, until there is none; returns the tokens found."""
    found: set[str] = set()
    for _ in range(_ROUNDS):
        ours = [process for process in marked(data) if chosen(process.token)]
        if not ours:
            break
        found |= {process.token for process in ours}
        for process in ours:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)
        _await_end(ours)
    return found


def _environment_of(pid: int, data: str) -> dict[str, str]:
    """A process's variables; nothing where we may not look, or where the data folder is not among them."""
    if sys.platform != "linux":
        with suppress(psutil.Error, OSError):
            return psutil.Process(pid).environ()
        return {}
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return {}
    if os.fsencode(data) not in raw:
        return {}
    pairs = (os.fsdecode(pair).partition("=") for pair in raw.split(b"\0"))
    return {name: value for name, _, value in pairs}


def _await_end(processes: list[Marked]) -> None:
    """Wait until killed processes are gone; one that only its parent has not buried yet (a zombie) is gone for us."""
    deadline = time.monotonic() + _GONE_S
    for process in processes:
        while lives(process.pid, process.started) and time.monotonic() < deadline:
            time.sleep(0.005)


class Remains:
    """Ends what replicas leave behind; those that end at the same time share one walk through the processes.

    Args:
        data: the data folder, as it stands in their environment.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._asked: set[str] = set()
        self._next: asyncio.Task[None] | None = None

    async def end(self, token: str) -> None:
        """End every process with this token; returns when none is left."""
        self._asked.add(token)
        if self._next is None:
            self._next = asyncio.create_task(self._walk(), name="end of what is left")
        await asyncio.shield(self._next)

    async def _walk(self) -> None:
        await asyncio.sleep(0)
        tokens, self._asked, self._next = self._asked, set(), None
        await asyncio.to_thread(end_marked, self._data, tokens.__contains__)
