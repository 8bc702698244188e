"""Requests to a platform that may be away for a moment: reads are repeated, a write only after looking.

Delays are fixed (0.2 s, doubling, at most 5 s), so that a run can be repeated exactly.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from gitops.engine.site import Task
from gitops.errors import ServerFault, Unreachable
from gitops.model.live import Absent, Live

Answer = TypeVar("Answer")

PATIENCE_S: Final = 60.0
"""How long a platform may be away before a request gives up: a restart takes seconds, a reboot takes more."""

PATIENCE_BEFORE_S: Final = 5.0
"""The same before the first write of an apply: nothing is half done yet, and somebody waits for the answer."""

_FIRST_DELAY_S: Final = 0.2
_LONGEST_DELAY_S: Final = 5.0


def delays() -> Iterator[float]:
    """Seconds to wait after the first failure, the second, and so on without end."""
    delay = _FIRST_DELAY_S
    while True:
        yield delay
        delay = min(delay * 2, _LONGEST_DELAY_S)


def ask(task: Task, question: Callable[[], Answer]) -> Answer:
    """The answer of a question that changes nothing, asked again while the platform is away.

    Raises:
        Unreachable, ServerFault: it stayed away for `PATIENCE_S`; before the first write for `PATIENCE_BEFORE_S`.
        PlatformError: any other fault, at once.
        Interrupted: somebody asked to stop meanwhile.
    """
    began = task.site.clock.monotonic()
    for delay in delays():
        task.check_stop()
        try:
            return question()
        except (Unreachable, ServerFault):
            patience_s = PATIENCE_S if task.site.written.is_set() else PATIENCE_BEFORE_S
            if task.site.clock.monotonic() - began >= patience_s:
                raise
        task.site.clock.sleep(delay)
    raise AssertionError("delays never end")


def read(task: Task, name: str) -> Live | Absent:
    """One endpoint as it is now; raises as `ask`."""
    return ask(task, lambda: task.site.platform.read([name])[name])


def write(task: Task, request: Callable[[], Answer], shown: Callable[[], Answer | None]) -> Answer:
    """The answer of a request that changes something. If its answer is lost, the platform is looked at first.

    Args:
        task: the step that asks.
        request: sends it.
        shown: reads (by `ask`) whether it has had its effect; what `request` would have answered, or None.

    Raises:
        Unreachable, ServerFault: the platform stayed away, or did not show the effect for `PATIENCE_S`.
        PlatformError: any other fault, at once.
        Interrupted: somebody asked to stop before the request, or while it was not clear whether it had an effect; or
            nothing may be changed any more.
    """
    site, began = task.site, task.site.clock.monotonic()
    for delay in delays():
        task.check_write()
        try:
            answer = request()
        except (Unreachable, ServerFault):
            # It may have arrived all the same: only the answer is known to be lost.
            site.written.set()
            if site.clock.monotonic() - began >= PATIENCE_S:
                raise
        else:
            site.written.set()
            return answer
        site.clock.sleep(delay)
        found = shown()
        if found is not None:
            return found
    raise AssertionError("delays never end")
