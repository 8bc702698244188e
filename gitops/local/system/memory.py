"""How much memory the processes of a group use together, asked of the system."""

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

import psutil


def over(limits: Mapping[int, int]) -> dict[int, int]:
    """The process groups that use more than their limit.

    Resident memory is summed up first, which is cheap and counts shared pages once for each process. Only where that
    is too much is the proportional size asked for, where the system knows one, as a container's limit counts it.

    Args:
        limits: process group -> bytes.

    Returns:
        Process group -> the bytes that it uses.
    """
    members: dict[int, list[psutil.Process]] = defaultdict(list)
    resident: dict[int, int] = defaultdict(int)
    for pid in psutil.pids():
        with suppress(psutil.Error, OSError):
            group = os.getpgid(pid)
            if group in limits:
                process = psutil.Process(pid)
                resident[group] += process.memory_info().rss
                members[group].append(process)
    suspects = {group for group, used in resident.items() if used > limits[group]}
    exact = {group: sum(map(_proportional, members[group])) for group in suspects}
    return {group: used for group, used in exact.items() if used > limits[group]}


def _proportional(process: psutil.Process) -> int:
    with suppress(psutil.Error, OSError):
        told = process.memory_full_info()
        return int(getattr(told, "pss", told.rss))
    return 0
