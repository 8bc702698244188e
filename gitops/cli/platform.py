"""The words about the embedded platform itself: up, down, status."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli import options
from gitops.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitops.cli.wiring import Screen
    from gitops.local.folder import DataFolder, ServerRecord

BEHAVE = "tensoropera"
"""Whose behaviour the embedded platform can have besides its own."""

Data = Annotated[
    Path | None, typer.Option("--data", envvar="GITOPS_DATA", help="The data folder; default: the project's own.")
]


def add_to(app: typer.Typer) -> None:
    """Add `platform up|down|status`."""
    group = typer.Typer(help="The embedded platform on this machine.", no_args_is_help=True, rich_markup_mode=None)
    for command in (up, down, status):
        group.command()(command)
    app.add_typer(group, name="platform")


def _open(
    data: Path | None, project: Path | None, *, json: bool, color: str, quiet: bool
) -> "tuple[DataFolder, Screen]":
    from gitops.cli.wiring import Screen, Shop, open_console, refuse_unsupported_system

    refuse_unsupported_system()
    from gitops.local.folder import DataFolder

    console = open_console(color=color, quiet=quiet, verbose=False)
    if data is None:
        try:
            data = Shop.open(project, (), console).own_folder / "local"
        except UsageError as fault:
            raise UsageError(
                fault.message, hint="name a project or a data folder: --project DIR, --data DIR"
            ) from fault
    return DataFolder(data.resolve()), Screen(console, json=json)


def _show(screen: "Screen", folder: "DataFolder", record: "ServerRecord | None") -> None:
    from gitops.model.status import PlatformStatus

    screen.platform(
        PlatformStatus(
            running=record is not None,
            url=record.url if record else None,
            pid=record.pid if record else None,
            data_folder=str(folder.root),
            behaves_like=folder.behaviour(),
            api_key_file=str(folder.api_key_file) if folder.api_key_file.exists() else None,
        )
    )


def up(
    port: Annotated[
        int, typer.Option("--port", envvar="GITOPS_PORT", min=0, max=65535, help="0 takes a free one.")
    ] = 0,
    data: Data = None,
    behave: Annotated[
        str | None, typer.Option("--behave", metavar="tensoropera", help="Behave like TensorOpera AI from now on.")
    ] = None,
    json: options.Json = False,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Start the platform, unless it runs; what it served before, it serves again."""
    from gitops.local.daemon import up as work

    folder, screen = _open(data, project, json=json, color=color, quiet=quiet)
    if behave not in {None, BEHAVE}:
        raise UsageError(f"--behave is {BEHAVE}, not {behave!r}")
    record, started = work(folder, port, behave)
    if not started and behave and folder.behaviour() != behave:
        screen.console.news("it runs already, and behaves as itself; gitops platform down ends it")
    if not started and port and not record.url.endswith(f":{port}"):
        screen.console.news(f"it runs already, on another port than {port}; gitops platform down ends it")
    _show(screen, folder, record)
    return ExitCode.DONE


def down(
    data: Data = None,
    json: options.Json = False,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """End the platform and all its replicas; what it has to serve is kept for the next start."""
    from gitops.local.daemon import down as work

    folder, screen = _open(data, project, json=json, color=color, quiet=quiet)
    ended = work(folder)
    if ended.platform is not None:
        screen.console.news(f"ended the embedded platform (pid {ended.platform.pid}) and all its replicas")
    if ended.leftovers:
        screen.console.news(f"ended what a killed platform had left behind: {ended.leftovers} replicas")
    _show(screen, folder, None)
    return ExitCode.DONE


def status(
    data: Data = None,
    json: options.Json = False,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Tell whether the platform runs, and where."""
    from gitops.local.daemon import running

    folder, screen = _open(data, project, json=json, color=color, quiet=quiet)
    _show(screen, folder, running(folder))
    return ExitCode.DONE
