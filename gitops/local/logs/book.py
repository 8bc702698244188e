"""All logs of an installation: looked at about once a second, dated, rotated when they are large, removed when old.

It knows files only. Which replicas live is told to it, and nothing that a disk does to it stops anybody.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from gitops.local.logs.file import LogFile
from gitops.local.logs.rotation import MARK, Paths
from gitops.local.upkeep import again

LIMIT: Final = 8 << 20
"""Bytes of a file from which on it is rotated; so much is kept of what was rotated away, too."""

KEPT: Final = 20
"""Logs of dead replicas that are kept of an endpoint."""

SWEEP_S: Final = 1.0

TIDY_EVERY: Final = 60
"""Sweeps after which the logs of the dead are looked through."""

_LOG: Final = logging.getLogger(__name__)
_SUFFIX: Final = ".log"


class Logbook:
    """The logs below a folder, `<endpoint>/<replica>.log`, and others that are named to it while they grow.

    Args:
        folder: where they lie.
        limit: see `LIMIT`.
        kept: see `KEPT`.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT, kept: int = KEPT) -> None:
        assert limit > MARK
        self._folder = folder
        self._limit = limit
        self.kept = kept
        self._lock = threading.Lock()
        self._files: dict[str, LogFile] = {}
        self._seen: dict[str, tuple[int, float]] = {}
        self._sweeps = 0
        self._told: set[object] = set()
        self._troubles = 0

    def file(self, path: str) -> LogFile:
        """The log of that path, one and the same whoever asks."""
        with self._lock:
            if path not in self._files:
                self._files[path] = LogFile(path)
            return self._files[path]

    def logs_of(self, endpoint: str) -> list[str]:
        """The paths of the logs that are kept of an endpoint."""
        return self._logs(str(self._folder / endpoint))

    async def run(self, living: Callable[[], Collection[str]], interval_s: float = SWEEP_S) -> None:
        """Sweep until cancelled.

        Args:
            living: says which logs grow, by their paths.
            interval_s: seconds between two sweeps.
        """
        await again("the sweep of the logs", interval_s, lambda: self.sweep(living()))

    async def sweep(self, living: Collection[str]) -> None:
        """Look at every living log, and once more at those that lived at the last sweep; never raises for a disk."""
        alive = set(living)
        before, self._troubles = self._troubles, 0
        gone = [path for path in self._seen if path not in alive]
        for path in [path for path in (*alive, *gone) if self._look(path)]:
            await self._try(path, self.file(path).rotate, self._limit)
        for path in gone:
            del self._seen[path]
        if self._sweeps % TIDY_EVERY == 0:
            await self._try(str(self._folder), self._tidy, alive)
        self._sweeps += 1
        if not self._troubles and not before:
            self._told.clear()

    def _look(self, path: str) -> bool:
        """Note how far a log is; whether it is so large that it must be rotated."""
        try:
            found = Path(path).stat()
            now = (found.st_size, round(found.st_mtime, 6))
            if self._seen.get(path) != now:
                file = self.file(path)
                file.note(*now)
                file.thin()
                self._seen[path] = now
        except FileNotFoundError:
            return False
        except OSError as fault:
            self._tell(path, fault)
            return False
        return found.st_size > self._limit

    async def _try(self, path: str, work: Callable[..., None], *arguments: object) -> None:
        try:
            await asyncio.to_thread(work, *arguments)
        except (OSError, RuntimeError) as fault:  # no thread can be had on an exhausted system
            self._tell(path, fault)

    def _tell(self, path: str, fault: Exception) -> None:
        """Say what is wrong; the same thing once, until two sweeps have gone well."""
        self._troubles += 1
        kind = fault.errno if isinstance(fault, OSError) else type(fault)
        if kind not in self._told:
            self._told.add(kind)
            _LOG.error("the log %s cannot be kept in order: %s", path, fault)

    def _tidy(self, living: Collection[str]) -> None:
        """Have a last look at the logs of the dead, which may have come and gone unseen, and remove the oldest."""
        for folder in self._folders():
            dead = sorted((path for path in self._logs(folder) if path not in living), key=_age, reverse=True)
            for path in dead[: self.kept]:
                if self._look(path):
                    self.file(path).rotate(self._limit)
                self._seen.pop(path, None)
            for path in dead[self.kept :]:
                with self._lock:
                    self._files.pop(path, None)
                for one in Paths(path).all():
                    Path(one).unlink(missing_ok=True)

    def _folders(self) -> list[str]:
        with suppress(FileNotFoundError):
            return sorted(entry.path for entry in os.scandir(self._folder) if entry.is_dir())
        return []

    @staticmethod
    def _logs(folder: str) -> list[str]:
        with suppress(FileNotFoundError):
            return [entry.path for entry in os.scandir(folder) if entry.name.endswith(_SUFFIX)]
        return []


def _age(path: str) -> tuple[int, str]:
    """Newer logs come later: replicas are numbered, and no number is used twice."""
    number = Path(path).stem.rpartition("-")[2]
    return (int(number) if number.isdecimal() else -1, path)
