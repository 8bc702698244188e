"""Waits until an endpoint is as asked, however long that takes as long as something moves. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gitops.engine.news import Sight, bootstraps
from gitops.engine.requests import PATIENCE_S
from gitops.engine.site import Task
from gitops.errors import GitopsError, NoProgress, ServerFault, Unreachable
from gitops.model.live import Absent, Live

MARGIN_S: Final = 30.0
"""On top of a step's own deadline, which the platform keeps by itself: its verdict says more than our silence."""

REPEAT_S: Final = 10.0
"""News of a wait in which nothing changes."""

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for.

    Attributes:
        endpoint: whose.
        waiting_for: the condition, for people.
        deadline_s: how long nothing may move, in seconds.
        pending: True while a reading does not show it yet; raises StepFailed where it never will.
        updated: counts what the step updates, of `goal`; None where it updates nothing.
    """

    endpoint: str
    waiting_for: str
    deadline_s: float
    pending: Callable[[Live | Absent], bool]
    updated: Callable[[Live], int] | None = None
    goal: int | None = None


@dataclass(slots=True)
class _Progress:
    """What was seen and told so far. Only what was never seen before is progress: a crash loop is none."""

    moved_at: float
    told_at: float = float("-inf")
    told: Sight | None = None
    states: set[tuple[object, ...]] = field(default_factory=set)
    fault: GitopsError | None = None
    away_since: float | None = None


def wait(task: Task, what: Wait) -> Live:
    """As `poll`, for what no endpoint that is absent is ever taken for."""
    live = poll(task, what)
    assert isinstance(live, Live), "an endpoint that is absent is never as asked"
    return live


def poll(task: Task, what: Wait) -> Live | Absent:
    """Read again and again until nothing is pending any more; returns the reading that showed it.

    Raises:
        NoProgress: nothing moved for the deadline and a margin.
        StepFailed: what is waited for can no longer happen.
        PlatformError: the platform refused to be read, or was away for longer than a restart takes.
        Interrupted: somebody asked to stop.
    """
    clock = task.site.clock
    progress, pause = _Progress(moved_at=clock.monotonic()), _FIRST_PAUSE_S
    while True:
        task.check_stop()
        live = _look(task, what, progress)
        if live is not None and not what.pending(live):
            _tell(task, what, progress, live)
            return live
        pause = _FIRST_PAUSE_S if _moved(task, what, progress, live) else min(pause * 1.5, _LONGEST_PAUSE_S)
        _tell(task, what, progress, live)
        _check_deadline(task, what, progress)
        clock.sleep(pause)


def _look(task: Task, what: Wait, progress: _Progress) -> Live | Absent | None:
    """A reading; None while the platform is away."""
    try:
        live = task.site.platform.read([what.endpoint])[what.endpoint]
    except (Unreachable, ServerFault) as fault:
        progress.fault = fault
        if progress.away_since is None:
            progress.away_since = task.site.clock.monotonic()
        return None
    progress.fault = progress.away_since = None
    return live


def _moved(task: Task, what: Wait, progress: _Progress, live: Live | Absent | None) -> bool:
    """Whether a reading shows something new; a bootstrap that runs is no standstill, but no news either."""
    if live is None:
        return False
    if bootstraps(live):
        progress.moved_at = task.site.clock.monotonic()
    sight, phase, verdict = _sight(what, live), None, None
    if isinstance(live, Live):
        phase, verdict = live.phase, live.rollout.verdict if live.rollout else None
    state = (sight.ready, sight.total, sight.updated, sight.bootstrapping, phase, verdict)
    if state in progress.states:
        return False
    progress.states.add(state)
    progress.moved_at = task.site.clock.monotonic()
    return True


def _sight(what: Wait, live: Live | Absent) -> Sight:
    updated = what.updated(live) if what.updated and isinstance(live, Live) else None
    return Sight.of(live, updated, what.goal)


def _tell(task: Task, what: Wait, progress: _Progress, live: Live | Absent | None) -> None:
    sight = Sight(last_word=f"{progress.fault}; trying again") if live is None else _sight(what, live)
    now = task.site.clock.monotonic()
    if sight != progress.told or now - progress.told_at >= REPEAT_S:
        progress.told, progress.told_at = sight, now
        task.site.news.progressed(task.number, task.step, what.waiting_for, task.elapsed_s, sight)


def _check_deadline(task: Task, what: Wait, progress: _Progress) -> None:
    now = task.site.clock.monotonic()
    if progress.fault is not None and progress.away_since is not None and now - progress.away_since >= PATIENCE_S:
        raise progress.fault
    idle_s = now - progress.moved_at
    if idle_s < what.deadline_s + MARGIN_S or progress.fault is not None:
        return
    said = progress.told.word if progress.told else ""
    last_word = f"; the platform's last word: {said}" if said else ""
    raise NoProgress(
        f"endpoint {what.endpoint} has not moved for {idle_s:.0f}s, still waiting for {what.waiting_for}{last_word}",
        hint="look at its replicas with gitops status, then apply again, or raise rollout.progress_deadline",
    )
