"""The word about drift."""

from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import options
from gitops.cli.opening import open_project
from gitops.errors import ExitCode


def add_to(app: typer.Typer) -> None:
    """Add `drift`."""
    app.command()(drift)


def drift(
    env: options.Env = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Known drift; default: drift.yaml beside gitops.yaml.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the live values into the files, comments and order kept.")
    ] = False,
    only: options.Only = None,
    no_fetch: options.NoFetch = False,
    json: options.Json = False,
    detailed_exitcode: options.DetailedExitCode = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Show what the world moved away from what was applied; 2 with --detailed-exitcode if some of it is not known."""
    from gitops.cli.wiring import new_clock
    from gitops.workflows.drift import accept as write
    from gitops.workflows.drift import drift as work
    from gitops.workflows.edges import Ask

    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet)
    ask = Ask(environment=env, only=tuple(only or ()), fetch=not no_fetch)
    with shop.edges() as edges:
        found = work(edges, ask, shop.baselines, baseline, new_clock())
    screen.drift(found)
    if accept:
        for name in write(found, shop.editor):
            screen.console.news(f"wrote {name}")
        return ExitCode.DONE
    return ExitCode.CHANGES if detailed_exitcode and found.alarming else ExitCode.DONE
