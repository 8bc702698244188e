"""Who holds a lock: this process, told so that others can see later whether it still lives."""

import os
import re
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitops.history.plumbing import ask_system
from gitops.model.record import Lock

_STARTTIME: Final = 19
"""Place of the start time behind the command's name in /proc/PID/stat; proc(5), field 22."""

_ROUNDING_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that may hold a lock.

    Attributes:
        who: `Name <mail>`.
        boot: of the machine, and of the pids that this process sees: containers of one machine share the first only.
        started: in ticks since boot, or seconds since 1970 where that is not told; 0 where nothing is.
    """

    who: str
    host: str
    boot: str
    pid: int
    started: float
    run_url: str | None = None


def this_process(who: str, run_url: str | None = None) -> Holder:
    """This process as a holder."""
    pid = os.getpid()
    return Holder(who, socket.gethostname(), _boot(), pid, started_of(pid) or 0.0, run_url)


def is_gone(lock: Lock, me: Holder) -> bool:
    """Whether the process that took a lock is known to have ended; no also where that cannot be told from here."""
    if not me.boot or (lock.host, lock.boot) != (me.host, me.boot):
        return False
    try:
        os.kill(lock.pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another account's, or no number of a process
        pass
    started = started_of(lock.pid)
    return started is not None and lock.started > 0 and abs(started - lock.started) > _ROUNDING_S


def started_of(pid: int) -> float | None:
    """When a process started; None where that is not told, a process that has just ended included."""
    if sys.platform != "linux":
        said = ask_system("ps", "-o", "lstart=", "-p", str(pid))
        with suppress(ValueError):
            return datetime.strptime(said, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC).timestamp()
        return None
    try:
        said = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The command's name stands in parentheses and may hold anything, parentheses and blanks too.
    return float(said.rpartition(")")[2].split()[_STARTTIME])


def _boot() -> str:
    """What is another one after each start of the machine; empty where it is not told."""
    try:
        if sys.platform == "linux":
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
        found = re.search(r"sec = (\d+)", ask_system("sysctl", "-n", "kern.boottime"))
    except OSError:
        return ""
    return found[1] if found else ""
