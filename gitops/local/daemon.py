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
from typing import Final

import psutil

from gitops.errors import ErrorCode, GitopsError, PlatformStartFailed
from gitops.local.__main__ import ALREADY_RUNNING
from gitops.local.folder import DataFolder, ServerRecord

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.02


def running(folder: DataFolder) -> ServerRecord | None:
    """The platform that runs in a data folder; None if there is none, whatever an old record says."""
    record = folder.record()
    if record is None:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(record.pid)
        if abs(process.create_time() - record.started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
            return record
    return None


def up(folder: DataFolder, port: int = 0) -> tuple[ServerRecord, bool]:
    """The platform of a data folder, started if none runs; twice at once starts one.

    Args:
        folder: where; made if it is not there.
        port: for a platform that has to be started; 0 takes a free one.

    Returns:
        Where it answers, and whether this call started it.

    Raises:
        PlatformStartFailed, DataFolderError: it did not come up, with what it said.
    """
    if record := running(folder):
        return record, False
    folder.prepare()
    with folder.server_log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "gitops.local", "--data", str(folder.root), "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd=folder.root,
        )
    assert child.stdout is not None
    with child.stdout:
        started = _await_start(folder, child)
    # It outlives us on purpose, so it is not ours to wait for; without this, Popen would warn of it.
    child.returncode = child.poll() or 0
    return started


def _await_start(folder: DataFolder, child: "subprocess.Popen[bytes]") -> tuple[ServerRecord, bool]:
    deadline = time.monotonic() + START_TIMEOUT_S
    lost_race = False
    while time.monotonic() < deadline:
        if record := running(folder):
            return record, record.pid == child.pid
        status = child.poll()
        if status == ALREADY_RUNNING:
            # Somebody else is starting it at this moment: wait for that one's record.
            lost_race = True
        elif status is not None and not lost_race:
            raise _start_error(folder, child, status)
        time.sleep(_POLL_S)
    if not lost_race:
        child.kill()
        child.wait()
    raise PlatformStartFailed(
        f"the embedded platform did not answer within {START_TIMEOUT_S:g} s of its start",
        hint=f"see {folder.server_log}",
    )


def _start_error(folder: DataFolder, child: "subprocess.Popen[bytes]", status: int) -> GitopsError:
    assert child.stdout is not None
    said = child.stdout.read().decode(errors="replace").strip().splitlines()
    with suppress(ValueError, IndexError, KeyError, TypeError):
        words = json.loads(said[-1])
        return PlatformStartFailed(words["message"], hint=words["hint"], code=ErrorCode(words["code"]))
    return PlatformStartFailed(
        f"the embedded platform ended at its start with status {status}", hint=f"see {folder.server_log}"
    )


def down(folder: DataFolder) -> ServerRecord | None:
    """End the platform of a data folder with all its replicas; returns which one, None if none ran.

    Raises:
        PlatformStartFailed: it did not end in time; it is left as it is.
    """
    record = running(folder)
    if record is None:
        return None
    with suppress(ProcessLookupError):
        os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while running(folder) is not None:
        if time.monotonic() > deadline:
            raise PlatformStartFailed(
                f"the embedded platform (pid {record.pid}) has not ended within {STOP_TIMEOUT_S:g} s",
                hint=f"see {folder.server_log}; running the command again waits again",
            )
        time.sleep(_POLL_S)
    return record
