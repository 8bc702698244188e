"""How a command begins: the project that it is about, and the screen that shows what comes out."""

from pathlib import Path
from typing import TYPE_CHECKING

from gitops.errors import UsageError

if TYPE_CHECKING:
    from gitops.cli.wiring import Screen, Shop
    from gitops.model.guard import Allowance


def open_project(
    folder: Path | None, variables: list[str] | None, *, json: bool, color: str, quiet: bool, verbose: bool = False
) -> "tuple[Shop, Screen]":
    """The project in or above a folder, and a screen.

    Raises:
        UsageError: there is no project, or an option cannot be read.
    """
    from gitops.cli.wiring import Screen, Shop, open_console

    console = open_console(color=color, quiet=quiet, verbose=verbose)
    return Shop.open(folder, variables or (), console), Screen(console, json=json)


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
