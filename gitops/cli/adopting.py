"""The words that look at a platform from outside the files: doctor and import."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import options
from gitops.cli.opening import open_project
from gitops.errors import ExitCode


def add_to(app: typer.Typer) -> None:
    """Add `doctor` and `import`."""
    app.command()(doctor)
    app.command(name="import")(import_)


def doctor(
    env: options.Env = None,
    json: options.Json = False,
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Check that an environment's platform can be used: platform and history."""
    from gitops.cli.wiring import Screen, Shop, new_clock, open_console
    from gitops.workflows.doctor import doctor as work
    from gitops.workflows.doctor import exit_code

    console = open_console(color=color, quiet=quiet, verbose=False)
    shop, screen = Shop.open(project, var or (), console), Screen(console, json=json)
    with shop.edges() as edges:
        checkup = work(edges, shop.patient, env, new_clock())
    screen.checkup(checkup)
    return exit_code(checkup)


def import_(
    endpoints: Annotated[list[str], typer.Argument(help="Names of endpoints as they are on the platform.")],
    env: options.Env = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="A folder with the model's files, instead of its package.")
    ] = None,
    folder: Annotated[str, typer.Option("--dir", help="Where to write, relative to the project.")] = "",
    var: options.Var = None,
    project: options.Folder = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Make what already runs ours: write files that declare it, where there are none, and keep in git that it is."""
    from gitops.cli.wiring import new_clock
    from gitops.workflows.adopt import Wish, adopt
    from gitops.workflows.adoption import Clerk

    shop, screen = open_project(project, var, json=False, color=color, quiet=quiet)
    wish = Wish(list(dict.fromkeys(endpoints)), workspace.resolve() if workspace else None, folder.rstrip("/"))
    clerk = Clerk(shop.scribe(), new_clock(), shlex.join(["gitops", *sys.argv[1:]]))
    with shop.edges() as edges:
        imported = adopt(edges, shop.archive, shop.drafts, env, wish, clerk)
    console = screen.console
    for name in imported.files:
        console.result(f"wrote {name}")
    if imported.adopted:
        console.result(f"adopted {', '.join(imported.adopted)} (deployment {imported.deployment})")
    elif not imported.files:
        console.result("nothing to do: declared already, and ours")
    for remark in imported.remarks:
        console.news(remark)
    if imported.unseen:
        console.news(f"add to include in gitops.yaml, which does not find them: {', '.join(imported.unseen)}")
    if imported.mistakes:
        screen.diagnostics(imported.mistakes)
    return ExitCode.DONE
