"""Looks after the replicas that are ready: whether they still answer, and whether they use too much memory."""

from collections.abc import Callable, Iterable
from typing import Final

from gitops.local.replicas.process import Processes
from gitops.local.supervisor.member import Member

TICK_S: Final = 1.0
_MIB: Final = 1 << 20


class Watch:
    """Watches over all replicas of a platform.

    Args:
        processes: asks the system how much memory replicas use.
        members: all that are alive.
    """

    def __init__(self, processes: Processes, members: Callable[[], Iterable[Member]]) -> None:
        self._processes = processes
        self._members = members

    async def look(self) -> None:
        """Look once at every replica."""
        limited: dict[int, Member] = {}
        for member in self._members():
            member.look_after()
            if member.runtime.memory_bytes is not None and member.process is not None:
                limited[member.process.pid] = member
        if not limited:
            return
        limits = {pid: member.runtime.memory_bytes or 0 for pid, member in limited.items()}
        for pid, used in (await self._processes.over_memory(limits)).items():
            limited[pid].condemn(f"it used {used // _MIB} MiB, more than its memory of {limits[pid] // _MIB} MiB")
