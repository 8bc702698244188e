"""Starts, finds and ends an embedded platform from outside: what `gitops platform up|down|status` are made of.

A started platform is a process of its own session; it lives on when the command that started it has ended.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Final, NamedTuple

from gitops.errors import ErrorCode, GitopsError, PlatformStartFailed
from gitops.local.__main__ import ALREADY_RUNNING
from gitops.local.folder import DataFolder, ServerRecord
from gitops.local.system.identity import lives
from gitops.local.system.marks import end_marked

START_TIMEOUT_S: Final = 60.0
"""Enough to wait for one that is going down, too: its replicas may finish their requests."""

STOP_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.02
_LOCK_POLL_S: Final = 0.2


def running(folder: DataFolder) -> ServerRecord | None:
    """The platform that answers for a data folder; None if none does, whatever an old or copied record says."""
    record = folder.record()
    if record is None or not lives(record.pid, record.started):
        return None
    return record if folder.is_taken() else None


def up(folder: DataFolder, port: int = 0, behave: str | None = None) -> tuple[ServerRecord, bool]:
    """The platform of a data folder, started if none runs; twice at once starts one.

    Args:
        folder: where; made if it is not there.
        port: for a platform that has to be started; 0 takes the last one if it is free, else any.
        behave: whose behaviour it shall have from now on; None for the one that it had.

    Returns:
        Where it answers, and whether this call started it.

    Raises:
        PlatformStartFailed, DataFolderError: it did not come up, with what it said.
    """
    if record := running(folder):
        return record, False
    folder.prepare()
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if started := _start(folder, port, behave, deadline):
            return started
        # Somebody has the lock: one that is being started at this moment, or one that is going down.
        time.sleep(_LOCK_POLL_S)
        if record := running(folder):
            return record, False
    raise PlatformStartFailed(
        f"the embedded platform did not answer within {START_TIMEOUT_S:g} s of its start",
        hint=f"see {folder.server_log}",
    )


def _start(folder: DataFolder, port: int, behave: str | None, deadline: float) -> tuple[ServerRecord, bool] | None:
    """Start a platform and wait for it; None if another one has the lock of the folder."""
    how = ["--behave", behave] if behave else []
    with folder.server_log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "gitops.local", "--data", str(folder.root), "--port", str(port), *how],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd=folder.root,
        )
    assert child.stdout is not None
    with child.stdout as said:
        while time.monotonic() < deadline:
            status = child.poll()
            if status == ALREADY_RUNNING:
                return None
            if status is not None:
                raise _start_error(folder, said.read(), status)
            if (record := running(folder)) and record.pid == child.pid:
                # It outlives us on purpose, so it is not ours to wait for; without this, Popen would warn of it.
                child.returncode = 0
                return record, True
            time.sleep(_POLL_S)
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_TIMEOUT_S)
    child.kill()
    child.wait()
    return None


def _start_error(folder: DataFolder, said: bytes, status: int) -> GitopsError:
    with suppress(ValueError, IndexError, KeyError, TypeError):
        words = json.loads(said.decode(errors="replace").strip().splitlines()[-1])
        return PlatformStartFailed(words["message"], hint=words["hint"], code=ErrorCode(words["code"]))
    return PlatformStartFailed(
        f"the embedded platform ended at its start with status {status}", hint=f"see {folder.server_log}"
    )


class Ended(NamedTuple):
    """What `down` has ended.

    Attributes:
        platform: None if none ran.
        leftovers: replicas (and bootstraps) that a killed platform had left behind.
    """

    platform: ServerRecord | None
    leftovers: int


def down(folder: DataFolder) -> Ended:
    """End the platform of a data folder with all its replicas, those too that a killed one has left behind.

    Raises:
        PlatformStartFailed: it did not end in time; it is left as it is.
    """
    record = running(folder)
    if record is None:
        return Ended(None, _end_leftovers(folder))
    with suppress(ProcessLookupError):
        os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while lives(record.pid, record.started):
        if time.monotonic() > deadline:
            raise PlatformStartFailed(
                f"the embedded platform (pid {record.pid}) has not ended within {STOP_TIMEOUT_S:g} s",
                hint=f"see {folder.server_log}; running the command again waits again",
            )
        time.sleep(_POLL_S)
    # It ends everything itself, unless it was killed on its way.
    return Ended(record, _end_leftovers(folder))


def _end_leftovers(folder: DataFolder) -> int:
    """End the replicas of a data folder that no platform looks after; wait for one that is going down.

    Raises:
        PlatformStartFailed: it does not end.
    """
    if not folder.root.is_dir():
        return 0
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while (lock := folder.take()) is None:
        # One that goes down has no record any more, and a killed one lets its lock go when its last thread has ended.
        if running(folder):
            return 0
        if time.monotonic() > deadline:
            raise PlatformStartFailed(
                f"the embedded platform that holds {folder.lock} has not ended within {STOP_TIMEOUT_S:g} s",
                hint=f"see {folder.server_log}; running the command again waits again",
            )
        time.sleep(_POLL_S)
    try:
        return len(end_marked(str(folder.root), lambda _: True))
    finally:
        os.close(lock)
