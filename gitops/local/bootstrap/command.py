"""Runs one program to its end, with everything that it starts; its output goes through us into a bounded file.

Not for replicas, whose output must outlive the platform: what runs here ends with it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.local.bootstrap.bounded import BoundedLog

TERM_GRACE_S: Final = 5.0
"""Between SIGTERM and SIGKILL."""

_CHUNK: Final = 64 << 10
_MOST_AT_THE_END: Final = 256
"""Chunks that are still read when everything has been ended; who escaped may write for ever."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a program is run.

    Attributes:
        folder: the working folder.
        variables: the whole environment.
        end_remains: ends what it started, wherever that went; called in a thread.
    """

    folder: Path
    variables: Mapping[str, str]
    log: BoundedLog
    end_remains: Callable[[], object]

    async def run(self, program: Sequence[str], timeout_s: float | None = None) -> int:
        """Run a program without input, in a session of its own; when this returns or raises, nothing of it is left.

        Returns:
            The exit status; negative for a signal.

        Raises:
            TimeoutError: it did not end in time, and was ended.
            OSError: it could not be started.
        """
        output, theirs = os.pipe()
        try:
            try:
                process = await self._start(program, theirs)
            finally:
                os.close(theirs)
            return await self._carry(process, output, timeout_s)
        finally:
            os.close(output)

    async def _start(self, program: Sequence[str], output: int) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *program,
                cwd=self.folder,
                env=dict(self.variables),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except asyncio.CancelledError:
            # asyncio ends what it had just started, but nothing that this had started in turn.
            await asyncio.to_thread(self.end_remains)
            raise

    async def _carry(self, process: asyncio.subprocess.Process, output: int, timeout_s: float | None) -> int:
        """Take its output until it has ended.

        The pipe is ours and not asyncio's, whose `wait` may wait for whoever else still holds the pipe open.
        """
        loop = asyncio.get_running_loop()
        os.set_blocking(output, False)

        def take() -> None:
            if self._take(output) == b"":
                loop.remove_reader(output)

        loop.add_reader(output, take)
        try:
            async with asyncio.timeout(timeout_s):
                return await process.wait()
        finally:
            try:
                await self._end(process)
            finally:
                loop.remove_reader(output)
                for _ in range(_MOST_AT_THE_END):
                    if not self._take(output):
                        break

    def _take(self, output: int) -> bytes | None:
        """A piece of output into the file: empty at its end, None where there is nothing at the moment."""
        try:
            said = os.read(output, _CHUNK)
        except BlockingIOError:
            return None
        self.log.write(said)
        return said

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        try:
            if process.returncode is None:
                _signal(process.pid, signal.SIGTERM)
                with suppress(TimeoutError):
                    async with asyncio.timeout(TERM_GRACE_S):
                        await process.wait()
        finally:
            _signal(process.pid, signal.SIGKILL)
            await asyncio.to_thread(self.end_remains)
            await process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
