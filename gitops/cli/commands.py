"""The words that only look. Each parses, calls its workflow, shows what came out and says the exit code."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import options
from gitops.cli.opening import open_project
from gitops.errors import ExitCode, UsageError


def add_to(app: typer.Typer) -> None:
    """Add the commands that look: at the files, at what runs, at what was seen."""
    for command in (validate, status, snapshot, report, schema):
        app.command()(command)


def validate(
    env: options.Env = None,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Check all files, of all environments or of one; ask no platform."""
    from gitops.workflows.validate import validate as work

    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    diagnostics = work(shop.source, shop.traits_of, env)
    screen.diagnostics(diagnostics)
    return ExitCode.INVALID_INPUT if any(one.is_error for one in diagnostics) else ExitCode.DONE


def status(
    env: options.Env = None,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show what runs; -v shows every replica."""
    from gitops.cli.wiring import new_clock
    from gitops.workflows.observe import status as work

    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    with shop.edges() as edges:
        screen.status(work(edges, env, new_clock()))
    return ExitCode.DONE


def snapshot(
    env: options.Env = None,
    var: options.Var = None,
    project: options.Folder = None,
    quiet: options.Quiet = False,
) -> int:
    """Print one observation of all endpoints as JSON."""
    from gitops.cli.wiring import new_clock
    from gitops.workflows.observe import snapshot as work

    shop, screen = open_project(project, var, json=True, color="never", quiet=quiet, verbose=False)
    screen.snapshot(work(shop.source, shop.connect, shop.traits_of, env, new_clock()))
    return ExitCode.DONE


def report(
    env: options.Env = None,
    before: Annotated[Path | None, typer.Option("--before", help="A snapshot; default: before the last apply.")] = None,
    after: Annotated[Path | None, typer.Option("--after", help="A snapshot; default: after the last apply.")] = None,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    quiet: options.Quiet = False,
) -> int:
    """Print what two snapshots say, as Markdown or JSON."""
    from gitops.cli.shelf import read_snapshot
    from gitops.workflows.observe import report as work

    shop, screen = open_project(project, var, json=json, color="never", quiet=quiet, verbose=False)
    screen.report(
        work(
            shop.source,
            env,
            shop.shelf,
            read_snapshot(before) if before else None,
            read_snapshot(after) if after else None,
        )
    )
    return ExitCode.DONE


def schema(
    name: Annotated[str | None, typer.Argument(help="Which schema; without it, their names.")] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Write all of them below this folder.")] = None,
) -> int:
    """Print the JSON Schema of a kind or an artifact."""
    from gitops.model.schema import SCHEMAS, render

    if folder is not None:
        try:
            for one in SCHEMAS:
                path = folder / one / "v1.json"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(render(one))
        except OSError as fault:
            raise UsageError(f"the schemas cannot be written to {folder}: {fault.strerror}") from fault
    elif name is None:
        sys.stdout.write("\n".join(SCHEMAS) + "\n")
    elif name in SCHEMAS:
        sys.stdout.write(render(name))
    else:
        raise UsageError(f"there is no schema {name!r}", hint=f"there is: {', '.join(SCHEMAS)}")
    return ExitCode.DONE
