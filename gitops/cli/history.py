"""The words about the past: history (with prune and push), show, unlock."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import options
from gitops.cli.asking import refuse_mute, says_yes
from gitops.cli.opening import open_project
from gitops.errors import ExitCode

_LONGEST_NUMBER = 9


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False, rich_markup_mode=None)
    group.callback()(history)
    group.command()(prune)
    group.command()(push)
    app.add_typer(group, name="history")
    app.command()(show)
    app.command()(unlock)


def history(
    context: typer.Context,
    env: options.Env = None,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Only what changed this endpoint.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The newest so many.")] = 200,
    no_fetch: options.NoFetch = False,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """List the deployments of an environment: when, who, from which commit, with what outcome, what changed."""
    if context.invoked_subcommand is not None:
        return ExitCode.DONE
    from gitops.workflows.history import deployments, open_history

    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet)
    with shop.edges() as edges:
        opened = open_history(edges, env, fetch=not no_fetch)
        found = [(one.commit, one.record) for one in deployments(opened, limit, endpoint)]
        unended = bool(found) and found[0][1].outcome is None
        running = opened.history.holder() is not None if unended else False
    screen.notes(opened.notes)
    screen.history(found, endpoint, running=running)
    return ExitCode.DONE


def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many deployments stay.")],
    env: options.Env = None,
    yes: options.Yes = False,
    lock_timeout: options.LockTimeout = "0s",
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Forget all but the newest deployments; what is owned and applied stays known."""
    from gitops.workflows.history import open_history
    from gitops.workflows.history import prune as work

    refuse_mute(yes=yes)
    shop, screen = open_project(project, var, json=False, color=color, quiet=quiet, lock_timeout=lock_timeout)
    with shop.edges() as edges:
        opened = open_history(edges, env)
        number = len(opened.history.deployments()) - keep
        if number > 0 and not yes and not says_yes(f"Forget {number} deployments of {opened.environment} for ever"):
            screen.console.news("Nothing was forgotten.")
            return ExitCode.DONE
        forgotten = work(opened, keep, shlex.join(["gitops", *sys.argv[1:]]))
    screen.console.result(f"forgot {forgotten} deployment{'s' if forgotten != 1 else ''}")
    return ExitCode.DONE


def push(
    env: options.Env = None,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Push records that lie in this clone only."""
    from gitops.workflows.history import open_history

    shop, screen = open_project(project, var, json=False, color=color, quiet=quiet)
    with shop.edges() as edges:
        pushed = open_history(edges, env).history.push()
    screen.console.result("pushed" if pushed else "there was nothing to push")
    return ExitCode.DONE


def show(
    what: Annotated[str, typer.Argument(help="The number of a deployment, or a file that plan --out wrote.")],
    env: options.Env = None,
    no_fetch: options.NoFetch = False,
    json: options.Json = False,
    markdown: options.Markdown = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show a deployment, or a plan in a file, as it was made."""
    from gitops.cli.planfile import read_plan
    from gitops.cli.wiring import Screen, open_console
    from gitops.workflows.history import deployment, open_history

    if not (what.isdecimal() and len(what) <= _LONGEST_NUMBER):
        console = open_console(color=color, quiet=quiet, verbose=verbose)
        Screen(console, json=json).plan(read_plan(Path(what)), markdown=markdown)
        return ExitCode.DONE
    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    with shop.edges() as edges:
        opened = open_history(edges, env, fetch=not no_fetch)
        detail = deployment(opened, int(what))
        unended = detail.deployment.record.outcome is None
        running = opened.history.holder() is not None if unended else False
    screen.notes(opened.notes)
    screen.deployment(detail, running=running)
    return ExitCode.DONE


def unlock(
    lock_id: Annotated[str, typer.Argument(metavar="ID", help="As the message about the lock says it.")],
    env: options.Env = None,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Take the lock of an environment away from its holder, who stops before the next write."""
    from gitops.workflows.history import open_history
    from gitops.workflows.history import unlock as work

    shop, screen = open_project(project, var, json=False, color=color, quiet=quiet)
    with shop.edges() as edges:
        lock = work(open_history(edges, env), lock_id)
    screen.console.result(f"took the lock {lock.id} away from {lock.holder} on {lock.host} ({lock.command})")
    return ExitCode.DONE
