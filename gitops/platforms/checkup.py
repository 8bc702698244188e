"""How the embedded platform is, for `gitops doctor`: whether it answers, and whether it takes the key."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from gitops.errors import GitopsError, Unauthorized
from gitops.model.checkup import Check, Finding
from gitops.wire.messages import PlatformInfo

_SUBJECTS: Final = ("reachability", "api key")


def examine(url: str, ask: Callable[[], PlatformInfo]) -> Iterator[Check]:
    """One check after the other; a fault is a finding.

    Args:
        ask: who answers; raises what goes wrong.
    """
    began = time.monotonic()
    try:
        info = ask()
    except Unauthorized as fault:
        yield Check(subject="reachability", finding=Finding.GOOD, message=f"{url} answers")
        yield _bad("api key", fault)
    except GitopsError as fault:
        yield _bad("reachability", fault)
        yield Check(subject="api key", finding=Finding.NOT_CHECKED, message="the platform is not reached")
    else:
        took_ms = (time.monotonic() - began) * 1000
        yield Check(
            subject="reachability",
            finding=Finding.GOOD,
            message=f"{url} answers in {took_ms:.0f} ms: gitops {info.version}, pid {info.pid}",
        )
        yield Check(subject="api key", finding=Finding.GOOD, message="the platform accepts it")


def _bad(subject: str, fault: GitopsError) -> Check:
    return Check(
        subject=subject, finding=Finding.BAD, message=fault.message, hint=fault.hint, exit_code=fault.exit_code
    )
