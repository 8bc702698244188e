"""Questions before something is written: asked on a terminal, and only there."""

import sys

from gitops.errors import UsageError


def refuse_mute(*, yes: bool, json: bool = False) -> None:
    """Go on if there is nothing to ask, or somebody to answer.

    Raises:
        UsageError: there is no terminal.
    """
    if not yes and (json or not sys.stdin.isatty()):
        raise UsageError(
            "this asks before it writes, and there is no terminal to ask on", hint="go on without asking: --yes"
        )


def says_yes(question: str) -> bool:
    """Ask, and take only yes as yes."""
    sys.stderr.write(f"{question}? Only yes is taken as yes: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"
