"""The words that plan and change: plan, apply, revert, destroy."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli import options
from gitops.cli.asking import refuse_mute, says_yes
from gitops.cli.opening import allowance, open_project
from gitops.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitops.cli.wiring import Screen, Shop
    from gitops.model.plan import Plan
    from gitops.ports import EventSink
    from gitops.workflows.apply import Approve
    from gitops.workflows.carrying import Applied, Progress, Surroundings


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (plan, apply, revert, destroy):
        app.command()(command)


def plan(
    env: options.Env = None,
    base: options.Base = None,
    only: options.Only = None,
    only_declared: options.OnlyDeclared = False,
    allow: options.Allow = None,
    out: options.Out = None,
    offline: options.Offline = False,
    no_fetch: options.NoFetch = False,
    json: options.Json = False,
    markdown: options.Markdown = False,
    detailed_exitcode: options.DetailedExitCode = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show what apply would do, and why; write nothing."""
    from gitops.workflows.edges import Ask
    from gitops.workflows.plan import prepare

    if json and markdown:
        raise UsageError("--json and --markdown are two ways to show one plan", hint="choose one")
    shop, screen = open_project(project, var, json=json, color=color, quiet=quiet, verbose=verbose)
    ask = Ask(
        environment=env,
        base=base,
        only=tuple(only or ()),
        only_declared=only_declared,
        allowance=allowance(allow),
        offline=offline,
        fetch=not no_fetch,
    )
    with shop.edges() as edges:
        prepared = prepare(edges, ask)
    screen.plan(prepared.plan, markdown=markdown)
    if out is not None:
        from gitops.cli.planfile import write_plan

        write_plan(prepared.plan, out)
        screen.console.news(f"wrote the plan to {out}; gitops apply {shlex.quote(str(out))} applies exactly this")
    if prepared.plan.refused:
        return ExitCode.GUARD_REFUSED
    return ExitCode.CHANGES if prepared.plan.does_something and detailed_exitcode else ExitCode.DONE


def apply(
    file: Annotated[Path | None, typer.Argument(help="What plan --out wrote; applied exactly.")] = None,
    env: options.Env = None,
    base: options.Base = None,
    only: options.Only = None,
    only_declared: options.OnlyDeclared = False,
    allow: options.Allow = None,
    yes: options.Yes = False,
    json: options.Json = False,
    parallelism: options.Parallelism = 8,
    lock_timeout: options.LockTimeout = "0s",
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Bring the platform to what the files declare, and keep in git what was done."""
    from gitops.cli.planfile import read_plan
    from gitops.workflows.apply import apply as work
    from gitops.workflows.carrying import Mission
    from gitops.workflows.edges import Ask
    from gitops.workflows.planfile import ask_of

    # A plan in a file was reviewed: the file is the approval.
    refuse_mute(yes=yes or file is not None, json=json)
    shop, screen = open_project(
        project, var, json=json, color=color, quiet=quiet, verbose=verbose, lock_timeout=lock_timeout
    )
    ask = Ask(
        environment=env,
        base=base,
        only=tuple(only or ()),
        only_declared=only_declared,
        allowance=allowance(allow),
    )
    mission = Mission()
    with shop.edges() as edges:
        if file is not None:
            if base or only or only_declared:
                raise UsageError(
                    "a plan in a file says itself what it is about",
                    hint="leave --base, --only and --only-declared out; what it does is acknowledged here: --allow",
                )
            mission = Mission(planned=read_plan(file))
            assert mission.planned is not None
            ask = ask_of(mission.planned, env, allowance(allow), edges.repository)
        return _run(
            shop,
            screen,
            parallelism,
            yes=yes or file is not None,
            work=lambda approve, progress, around: work(edges, ask, approve, progress, around, mission),
        )


def revert(
    to: Annotated[str, typer.Option("--to", help="The number of a deployment, or a commit.")],
    env: options.Env = None,
    branch: Annotated[
        str | None,
        typer.Option(
            "--branch",
            help="Only make this branch, with the commit that a pull request needs.",
        ),
    ] = None,
    only: options.Only = None,
    allow: options.Allow = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    json: options.Json = False,
    parallelism: options.Parallelism = 8,
    lock_timeout: options.LockTimeout = "0s",
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Go back to what was declared at a commit or by a deployment; what the files ask beyond it is held."""
    from gitops.workflows.edges import Ask
    from gitops.workflows.revert import branch_back
    from gitops.workflows.revert import revert as work

    shop, screen = open_project(
        project, var, json=json, color=color, quiet=quiet, verbose=verbose, lock_timeout=lock_timeout
    )
    ask = Ask(environment=env, only=tuple(only or ()), allowance=allowance(allow))
    with shop.edges() as edges:
        if branch is not None:
            name, commit = branch_back(edges, ask, to, branch)
            screen.console.result(f"made branch {name} at {commit[:12]}; push it and open a pull request")
            return ExitCode.DONE
        refuse_mute(yes=yes or dry_run, json=json)
        return _run(
            shop,
            screen,
            parallelism,
            yes=yes,
            dry_run=dry_run,
            work=lambda approve, progress, around: work(edges, ask, to, approve, progress, around),
        )


def destroy(
    env: options.Env = None,
    only: options.Only = None,
    allow: options.Allow = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    json: options.Json = False,
    parallelism: options.Parallelism = 8,
    lock_timeout: options.LockTimeout = "0s",
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Delete every endpoint of an environment that is ours; acknowledged with --allow deletes=N."""
    from gitops.model.record import RecordKind
    from gitops.workflows.apply import apply as work
    from gitops.workflows.carrying import Mission
    from gitops.workflows.edges import Ask

    refuse_mute(yes=yes or dry_run, json=json)
    shop, screen = open_project(
        project, var, json=json, color=color, quiet=quiet, verbose=verbose, lock_timeout=lock_timeout
    )
    ask = Ask(environment=env, only=tuple(only or ()), allowance=allowance(allow), destroys=True)
    mission = Mission(kind=RecordKind.DESTROY)
    with shop.edges() as edges:
        return _run(
            shop,
            screen,
            parallelism,
            yes=yes,
            dry_run=dry_run,
            work=lambda approve, progress, around: work(edges, ask, approve, progress, around, mission),
        )


def _run(
    shop: "Shop",
    screen: "Screen",
    parallelism: int,
    *,
    yes: bool,
    work: "Callable[[Approve, Progress, Surroundings], Applied]",
    dry_run: bool = False,
) -> int:
    """Carry something out with everything around it, and show how it ended."""
    from gitops.cli.stopping import Stopping
    from gitops.cli.wiring import new_clock
    from gitops.workflows.carrying import Surroundings

    stopping = Stopping(screen.console.news)
    clock = new_clock(stopping)

    @contextmanager
    def progress() -> "Iterator[EventSink]":
        with stopping.listening(), screen.progress() as sink:
            yield sink

    around = Surroundings(
        shop.packager, clock, stopping, shop.shelf, parallelism, shop.scribe(), shlex.join(["gitops", *sys.argv[1:]])
    )
    if dry_run:
        work(lambda plan: _only_shown(screen, plan), progress, around)
        return ExitCode.DONE
    applied = work(lambda plan: _approved(screen, plan, yes=yes), progress, around)
    if applied.result is None:
        screen.unchanged(clock.now())
        return ExitCode.DONE
    screen.applied(applied)
    if applied.result.exit_code is ExitCode.INTERRUPTED:
        return stopping.exit_code
    if applied.result.exit_code is ExitCode.DONE and applied.unkept is not None:
        return applied.unkept.exit_code
    return applied.result.exit_code


def _only_shown(screen: "Screen", plan: "Plan") -> bool:
    screen.plan(plan)
    return False


def _approved(screen: "Screen", plan: "Plan", *, yes: bool) -> bool:
    if not screen.json:
        screen.plan(plan)
    if yes or plan.refused or not plan.does_something:
        return True
    steps = f"{len(plan.steps)} step{'s' if len(plan.steps) != 1 else ''}"
    if says_yes(f"Carry out {steps}"):
        return True
    screen.console.news("Nothing was applied.")
    return False
