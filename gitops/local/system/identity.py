"""Tells a process from another one that was given the same number later: by its pid and the moment of its start."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

_STARTTIME: Final = 19
"""Place of the start time behind the command's name in /proc/PID/stat; proc(5), field 22."""

_ROUNDING_S: Final = 0.01


def started_of(pid: int) -> float | None:
    """When a living process started; None if there is none of that number.

    Raises:
        OSError: it cannot be told, which is no proof of anything.

    On Linux in clock ticks since the machine came up: the wall clock may jump, and this does not move with it, as
    psutil's own number does. Elsewhere in seconds since the epoch, as the kernel noted it at the start.
    """
    if sys.platform != "linux":
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
        return None
    try:
        said = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold anything, parentheses and blanks too.
    state, *fields = said.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else float(fields[_STARTTIME - 1])


def lives(pid: int, started: float) -> bool:
    """Whether the process that had this number and started then is still there; a zombie is not."""
    now = started_of(pid)
    return now is not None and abs(now - started) < _ROUNDING_S
