"""Makes what one version runs in: a copy of its files, a virtual environment, and its bootstrap run in both."""

import asyncio
import errno
import shutil
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.errors import DataFolderError, ErrorCode, GitopsError
from gitops.local.bootstrap.bounded import BoundedLog
from gitops.local.bootstrap.command import Command
from gitops.local.bootstrap.unprepared import Unprepared
from gitops.local.bootstrap.venv import Environment, Outcome, Place
from gitops.local.masking import last_lines, secrets_of
from gitops.local.runtime import Runtime
from gitops.local.state import Version
from gitops.local.system.environ import DATA, OWNER, inherited
from gitops.local.system.marks import end_marked
from gitops.model.card import CardSpec
from gitops.model.quantity import duration_text
from gitops.model.trouble import BootstrapState

SCRIPT: Final = "fedml-deploy-bootstrap-entry-auto-gen.sh"
"""The bootstrap's text as a file in the workspace, named as TensorOpera's worker names it."""

_FULL: Final = 1 << 20
"""Free bytes with which nothing can be done."""


class BootstrapFailed(Unprepared):
    """A version's bootstrap did not come to a good end.

    Args:
        reason: why: `the bootstrap exited with status 3`.
        last_lines: the end of its output, without the values of secrets.
        log: its whole output.
    """

    def __init__(self, reason: str, last_lines: Sequence[str], log: Path) -> None:
        said = f"it last said: {last_lines[-1]}" if last_lines else "it said nothing"
        hint = f"the whole output is in {log}"
        super().__init__(f"{reason}; {said}", hint, reason=reason, last_lines=last_lines)
        self.log = log


class _CopyEnded(Exception):
    """A file could not be copied; `copytree` would go on after an OSError."""

    def __init__(self, fault: OSError) -> None:
        super().__init__(str(fault))
        self.fault = fault


def venv_program(folder: Path) -> list[str]:
    """What makes a virtual environment with pip in it; it needs no network."""
    return [sys.executable, "-I", "-m", "venv", str(folder)]


@dataclass(frozen=True, slots=True)
class Making:
    """One try to make what a version runs in.

    Attributes:
        data: the data folder; it stands in every process's environment.
        venv_program: what makes a virtual environment in a folder.
    """

    version: Version
    spec: CardSpec
    place: Place
    data: Path
    monotonic: Callable[[], float]
    venv_program: Callable[[Path], Sequence[str]] = venv_program

    async def make(self, package: Path) -> Environment:
        """Make it, and write down that it is whole; what is not whole does not stay, but for the log.

        When this returns or raises, no process of it is left.

        Raises:
            BootstrapFailed: the bootstrap failed or took too long, or no virtual environment could be made.
            DataFolderError: there is no space, or the folder cannot be written.
        """
        began, whole = self.monotonic(), False
        try:
            await self._lay_out(package)
            await self._run()
            seconds = self.monotonic() - began
            self.place.keep(
                Outcome(
                    state=BootstrapState.DONE,
                    digest=self.version.digest,
                    folder=str(self.place.folder),
                    seconds=seconds,
                )
            )
            whole = True
            return self.place.environment(seconds)
        except OSError as fault:
            raise self._unusable(fault) from fault
        except ValueError as fault:  # a variable that the system does not take
            raise BootstrapFailed(f"the bootstrap cannot be started: {fault}", (), self.place.log) from fault
        finally:
            if not whole:
                with suppress(OSError):
                    await asyncio.to_thread(self.place.remove_parts)

    async def _lay_out(self, package: Path) -> None:
        """Copy the package; a copy that is not wanted any more ends after the file that it is at."""
        unwanted = threading.Event()

        def copy(source: str, target: str) -> None:
            if unwanted.is_set():
                raise _CopyEnded(InterruptedError("the copy is not wanted any more"))
            try:
                shutil.copy2(source, target)
            except OSError as fault:
                raise _CopyEnded(fault) from fault

        def lay_out() -> None:
            self.place.clear()
            try:
                shutil.copytree(package, self.place.workspace, copy_function=copy)
            except _CopyEnded as end:
                raise end.fault from None
            (self.place.workspace / SCRIPT).write_text(f"{self.spec.bootstrap}\n", encoding="utf-8")

        laying = asyncio.ensure_future(asyncio.to_thread(lay_out))
        try:
            await asyncio.shield(laying)
        except asyncio.CancelledError:
            unwanted.set()
            await asyncio.wait({laying})
            laying.exception()
            raise

    async def _run(self) -> None:
        log = BoundedLog(self.place.log, self.monotonic)
        try:
            status = await self._command(log, inherited()).run(self.venv_program(self.place.venv))
            if status != 0:
                raise self._failed(f"no virtual environment could be made: python -m venv {_ended(status)}", log)
            await self._bootstrap(log)
        finally:
            log.close()

    async def _bootstrap(self, log: BoundedLog) -> None:
        timeout_s = Runtime.of(self.spec).deploy_timeout_s
        shell = shutil.which("bash") or shutil.which("sh") or "/bin/sh"
        # As in the original, the text has no -e: what counts is how its last command, or its `exit`, ends.
        program = (shell, str(self.place.workspace / SCRIPT))
        try:
            status = await self._command(log, self._variables()).run(program, timeout_s)
        except TimeoutError:
            limit = duration_text(timeout_s)
            raise self._failed(f"the bootstrap did not end within {limit} (deploy_timeout_sec)", log) from None
        if status != 0:
            raise self._failed(f"the bootstrap {_ended(status)}", log)

    def _command(self, log: BoundedLog, variables: Mapping[str, str]) -> Command:
        token = uuid.uuid4().hex
        marked = {**variables, OWNER: token, DATA: str(self.data)}
        return Command(self.place.workspace, marked, log, lambda: end_marked(str(self.data), token.__eq__))

    def _variables(self) -> dict[str, str]:
        variables = {
            **inherited(),
            "PYTHONUNBUFFERED": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "BOOTSTRAP_DIR": str(self.place.workspace / SCRIPT),
            "FEDML_CURRENT_VERSION": self.version.name,
            "FEDML_ENV_VERSION": "local",
            "MAIN_ENTRY": self.spec.entry_point,
            "DATA_CACHE_FOLDER": str(self.place.workspace),
            **{name: secret.reveal() for name, secret in self.spec.environment_variables.items()},
        }
        return self.place.environment().applied(variables)

    def _failed(self, reason: str, log: BoundedLog) -> GitopsError:
        if self._is_full(log.fault):
            return self._unusable(log.fault, reason)
        return BootstrapFailed(reason, last_lines(log.end(), secrets_of(self.version)), self.place.log)

    def _is_full(self, fault: OSError | None) -> bool:
        """Whether there is no space left, as a fault says or as the disk does."""
        if fault is not None and fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        with suppress(OSError):
            return shutil.disk_usage(self.place.folder).free < _FULL
        return False

    def _unusable(self, fault: OSError | None, reason: str = "") -> DataFolderError:
        what = f"the virtual environment of {self.version.model} {self.version.name}"
        why = reason or (fault and (fault.strerror or str(fault)))
        if self._is_full(fault):
            return DataFolderError(
                f"there is no space left for {what} in {self.place.folder}: {why}",
                hint="free some space, then apply again",
                code=ErrorCode.DATA_FOLDER_FULL,
            )
        return DataFolderError(
            f"{what} cannot be made in {self.place.folder}: {why}",
            hint="choose a folder that can be written: gitops platform up --data DIR",
        )


def _ended(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
