"""How a command begins: the project that it is about, and the screen that shows what comes out."""

from pathlib import Path
from typing import TYPE_CHECKING

from gitops.errors import UsageError

if TYPE_CHECKING:
    from gitops.cli.wiring import Screen, Shop
    from gitops.model.guard import Allowance


def open_project(
    folder: Path | None,
    variables: list[str] | None,
    *,
    json: bool,
    color: str,
    quiet: bool,
    verbose: bool = False,
    lock_timeout: str = "0s",
) -> "tuple[Shop, Screen]":
    """The project in or above a folder, and a screen.

    Args:
        lock_timeout: how long to wait for a lock that somebody else holds.

    Raises:
        UsageError: there is no project, or an option cannot be read.
    """
    from gitops.cli.wiring import Screen, Shop, open_console

    console = open_console(color=color, quiet=quiet, verbose=verbose)
    shop = Shop.open(folder, variables or (), console, lock_wait_s=_seconds(lock_timeout))
    return shop, Screen(console, json=json)


def _seconds(text: str) -> float:
    from gitops.model.quantity import parse_delay

    try:
        return parse_delay(text)
    except ValueError as fault:
        raise UsageError(f"--lock-timeout {fault}, not {text!r}", hint="for example 30s or 10m") from fault


def allowance(texts: list[str] | None) -> "Allowance":
    """What `--allow` acknowledges.

    Raises:
        UsageError: it is not written as NAME=N.
    """
    from gitops.model.guard import Allowance

    try:
        return Allowance.parse(texts or [])
    except ValueError as fault:
        raise UsageError(f"--allow {fault}") from fault
