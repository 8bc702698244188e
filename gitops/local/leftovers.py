"""Finds the processes that a data folder's platform started, by the token in their environment, and ends them."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import psutil

from gitops.local.environ import DATA, TOKEN

_GRACE_S: Final = 5.0


def end_owned(owners: Mapping[str, str], data: str, *, everything: bool = False) -> dict[psutil.Process, str]:
    """Kill the processes of a data folder that carry one of these tokens, or any; process -> its token's owner.

    Walks through all processes of the machine: call it in a thread.
    """
    ours: dict[psutil.Process, str] = {}
    for process in psutil.process_iter():
        environment = _environment_of(process)
        token = environment.get(TOKEN)
        if token is None or environment.get(DATA) != data or not (everything or token in owners):
            continue
        ours[process] = owners.get(token, "")
        with suppress(psutil.Error):
            process.kill()
    for process in ours:
        _await_end(process)
    return ours


def _environment_of(process: psutil.Process) -> Mapping[str, str]:
    with suppress(psutil.Error, OSError):
        return process.environ()
    return {}


def _await_end(process: psutil.Process) -> None:
    """Wait until a killed process is gone; one that only its parent has not buried yet (a zombie) is gone for us."""
    deadline = time.monotonic() + _GRACE_S
    with suppress(psutil.Error):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
