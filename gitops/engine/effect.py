"""Whether a request has had an effect: told from the readings before and after it, because an answer proves nothing.

A platform that tells of no rollout shows its work in its state alone: it is idle before it is asked, busy for a while,
and then rests at what was asked for, or where it was. It must not be asked for anything while it is busy.
"""

from dataclasses import dataclass, replace
from typing import Final

from gitops.engine.requests import read
from gitops.engine.site import Task
from gitops.engine.waiter import Wait, poll
from gitops.errors import NoEffect, NoProgress
from gitops.model.live import Absent, Live, Phase
from gitops.model.resource import in_order
from gitops.model.windows import chunks, spread

REST_S: Final = 10.0
"""An endpoint that was never seen at work after a request, and rests for so long, had nothing to do."""


def idle(task: Task, endpoint: str, deadline_s: float) -> Live | Absent:
    """The endpoint once the platform is not at work on it; absent if that is how the work ended.

    Args:
        task: the step that will ask for something.
        endpoint: whose.
        deadline_s: how long nothing may move until then, for each window of a rollout that may be under way.
    """
    before = read(task, endpoint)
    if isinstance(before, Absent) or not before.busy:
        return before

    waiting_for = f"the platform to be done with it ({before.raw_status or before.phase})"
    return poll(task, Wait(endpoint, waiting_for, deadline_s * windows(before), _at_work))


def _at_work(live: Live | Absent) -> bool:
    return isinstance(live, Live) and live.busy


def windows(live: Live) -> int:
    """In how many windows a platform that rolls by itself goes over an endpoint's replicas, at least 1."""
    return max(1, len(chunks(spread(live.replicas, live.resource.workers if live.resource else ()))))


@dataclass(slots=True)
class Trace:
    """What a step has seen of its request.

    Attributes:
        before: the last reading before it.
        busy: whether the platform was seen at work since.
        moved: whether any reading differed from the one before.
        asked: whether anything was asked.
    """

    before: Live
    busy: bool = False
    moved: bool = False
    asked: bool = True

    def note(self, live: Live | Absent) -> None:
        """Take a reading into account."""
        if isinstance(live, Absent) or differs(live, self.before):
            self.moved = True
        if isinstance(live, Live) and live.busy:
            self.busy = True

    def too_early(self, live: Live | Absent, waited_s: float) -> bool:
        """Whether a reading says nothing about the request yet, whatever it shows.

        A platform that tells one word for the whole endpoint may tell the new version, or the time of the change, while
        its word is still the old one: only after it was seen at work, or has rested for long, the word is the answer.
        """
        if not self.asked or self.busy or isinstance(live, Absent) or live.rollout is not None:
            return False
        return waited_s < REST_S

    def put_back(self, live: Live) -> bool:
        """Whether the platform has put the request back; not where it only still tells of an earlier one."""
        if live.rollout is not None or live.phase is not Phase.ROLLED_BACK:
            return False
        return self.busy or self.before.phase is not Phase.ROLLED_BACK or live.changed_at != self.before.changed_at


def differs(live: Live, before: Live) -> bool:
    """Whether two readings differ in what a request can change."""
    return _mark(live) != _mark(before)


def _mark(live: Live) -> tuple[object, ...]:
    return (
        live.phase,
        live.raw_status,
        live.version,
        live.replicas,
        live.ready,
        live.gpus_per_replica,
        in_order(live.resource) if live.resource else None,
        live.told_policy,
        live.rollout,
        live.changed_at,
    )


def wait_for_effect(task: Task, what: Wait, trace: Trace, asked: str) -> Live:
    """As `poll_for_effect`, for what no endpoint that is absent is ever taken for."""
    live = poll_for_effect(task, what, trace, asked)
    assert isinstance(live, Live), "an endpoint that is absent is never as asked"
    return live


def poll_for_effect(task: Task, what: Wait, trace: Trace, asked: str) -> Live | Absent:
    """Wait as `poll`; where nothing at all has moved since the request, say that it had no effect.

    Args:
        task: the step that asked.
        what: what is waited for.
        trace: begun before the request; every reading is noted in it.
        asked: what was asked for, for people: "3 replicas".

    Raises:
        NoEffect: the deadline passed, and the endpoint is what it was.
    """
    began = task.site.clock.monotonic()

    def pending(live: Live | Absent) -> bool:
        trace.note(live)
        return trace.too_early(live, task.site.clock.monotonic() - began) or what.pending(live)

    try:
        return poll(task, replace(what, pending=pending))
    except NoProgress as fault:
        if trace.moved:
            raise
        raise NoEffect(
            f"the platform acknowledged {asked} for endpoint {what.endpoint}, and nothing of it shows after "
            f"{what.deadline_s:.0f}s: {trace.before.raw_status or trace.before.phase} as before",
            hint="look at the endpoint in the platform's console, where the same can be done by hand; then apply again",
        ) from fault
