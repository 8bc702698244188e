"""How a command ends: every outcome becomes one exit code, every expected error a page or JSON, bugs a traceback."""

import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from gitops.errors import ErrorCode, ExitCode, GitopsError, UsageError

_BROKEN_PIPE = 141
"""128 + SIGPIPE, what a shell shows for a program whose reader went away."""


def ended(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run a command.

    Returns:
        The exit code. An exception that is no GitopsError is a bug: it shows its traceback, and with `--json` also
        an error of code `internal`.
    """
    try:
        status = app(list(arguments), standalone_mode=False, prog_name="gitops")
        sys.stdout.flush()
    except TyperException as fault:
        if not arguments or fault.format_message().startswith("Usage:"):
            sys.stderr.write(fault.format_message() + "\n")
            return ExitCode.USAGE
        # typer ends wrong usage with 2, which means "changes" here.
        return _tell(_usage(fault), arguments)
    except GitopsError as fault:
        return _tell(fault, arguments)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted\n")
        return ExitCode.INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # typer turns a broken pipe into an exit of its own before it gets here; nothing else of ours exits so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as bug:
        if _wants_json(arguments):
            words = f"{type(bug).__name__}: this is a bug of gitops, please report it with its traceback"
            _tell(GitopsError(words, code=ErrorCode.INTERNAL), arguments)
        raise
    return int(status or 0)


def _usage(fault: TyperException) -> GitopsError:
    message = fault.format_message().rstrip(".")
    context = getattr(fault, "ctx", None)
    where = context.command_path if context is not None else "gitops"
    return UsageError(message[:1].lower() + message[1:], hint=f"{where} --help lists what can be said")


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in arguments or os.environ.get("GITOPS_JSON", "").lower() in {"1", "true", "t", "yes", "y", "on"}


def _tell(fault: GitopsError, arguments: Sequence[str]) -> int:
    from gitops.cli.wiring import Screen, open_console

    console = open_console(color="auto", quiet=False, verbose=False)
    Screen(console, json=_wants_json(arguments)).error(fault)
    return int(fault.exit_code)
