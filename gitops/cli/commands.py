"""The words: parse, call the workflow, show what came out, say the exit code. Each at most a few lines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli import options
from gitops.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitops.cli.wiring import Screen, Shop
    from gitops.model.plan import Plan
    from gitops.ports import EventSink


def add_to(app: typer.Typer) -> None:
    """Add every command about a project."""
    for command in (validate, plan, apply, status, snapshot, report, schema):
        app.command()(command)


def _open(
    folder: Path | None, variables: list[str] | None, *, json: bool, color: str, quiet: bool, verbose: bool
) -> "tuple[Shop, Screen]":
    from gitops.cli.wiring import Screen, Shop, open_console

    console = open_console(color=color, quiet=quiet, verbose=verbose)
    return Shop.open(folder, variables or (), console), Screen(console, json=json)


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

    shop, screen = _open(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    diagnostics = work(shop.source, shop.traits_of, env)
    screen.diagnostics(diagnostics)
    return ExitCode.INVALID_INPUT if any(one.is_error for one in diagnostics) else ExitCode.DONE


def plan(
    env: options.Env = None,
    json: options.Json = False,
    detailed_exitcode: options.DetailedExitCode = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show what apply would do; write nothing."""
    from gitops.workflows.plan import prepare

    shop, screen = _open(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    prepared = prepare(shop.source, shop.connect, shop.traits_of, env)
    screen.plan(prepared.plan)
    return ExitCode.CHANGES if prepared.plan.steps and detailed_exitcode else ExitCode.DONE


def apply(
    env: options.Env = None,
    yes: options.Yes = False,
    json: options.Json = False,
    parallelism: options.Parallelism = 8,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Bring the platform to what the files declare."""
    from gitops.cli.stopping import Stopping
    from gitops.cli.wiring import new_clock
    from gitops.workflows.apply import Surroundings
    from gitops.workflows.apply import apply as work

    if not yes and (json or not sys.stdin.isatty()):
        raise UsageError(
            "apply asks before it writes, and there is no terminal to ask on", hint="apply without asking: --yes"
        )
    shop, screen = _open(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    stopping = Stopping(screen.console.news)
    clock = new_clock(stopping)

    @contextmanager
    def progress() -> "Iterator[EventSink]":
        with stopping.listening(), screen.progress() as sink:
            yield sink

    around = Surroundings(shop.packager, clock, stopping, shop.shelf, parallelism)
    applied = work(
        shop.source, shop.connect, shop.traits_of, env, lambda plan: _approved(screen, plan, yes=yes), progress, around
    )
    if applied.result is None:
        screen.unchanged(clock.now())
        return ExitCode.DONE
    screen.applied(applied.result, applied.elapsed_s)
    if applied.lost is not None:
        screen.console.news(f"There is no snapshot from after this apply: {applied.lost.message}")
    if applied.result.exit_code is ExitCode.INTERRUPTED:
        return stopping.exit_code
    return applied.result.exit_code


def _approved(screen: "Screen", plan: "Plan", *, yes: bool) -> bool:
    if not screen.json:
        screen.plan(plan)
    if yes or not plan.steps:
        return True
    question = f"Apply these {len(plan.steps)} steps? Only yes is taken as yes: "
    sys.stderr.write(question.replace("these 1 steps", "this step"))
    sys.stderr.flush()
    if sys.stdin.readline().strip() == "yes":
        return True
    screen.console.news("Nothing was applied.")
    return False


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

    shop, screen = _open(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    screen.status(work(shop.source, shop.connect, shop.traits_of, env, new_clock()))
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

    shop, screen = _open(project, var, json=True, color="never", quiet=quiet, verbose=False)
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

    shop, screen = _open(project, var, json=json, color="never", quiet=quiet, verbose=False)
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
