"""The command `gitops`: its words and how the process begins. Commands import what they need when they run."""

import gc
import os
import sys
from typing import Annotated

import typer

from gitops import __version__
from gitops.cli import adopting, applying, commands, drifting, history, logs, platform

app = typer.Typer(
    name="gitops",
    help="Declared model endpoints: model cards and endpoints in YAML, planned, applied, observed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands.add_to(app)
applying.add_to(app)
drifting.add_to(app)
history.add_to(app)
logs.add_to(app)
adopting.add_to(app)
platform.add_to(app)


def _version(asked: bool) -> None:  # noqa: FBT001 - the shape of a typer callback
    if asked:
        sys.stdout.write(f"gitops {__version__}\n")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def run() -> None:
    """Run one command and end the process with its exit code; `docs/errors.md` lists the codes."""
    from gitops.cli.ending import ended

    # A large project is hundreds of thousands of objects that all stay: looking through them for garbage again and
    # again would be a fifth of a plan. Cycles are rare here, and a command is short.
    gc.set_threshold(200_000, 20, 50)
    # A stream that whoever started us has closed is one that nobody reads.
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.exit(ended(app, sys.argv[1:]))
