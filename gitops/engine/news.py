"""What happens inside steps -> Events for the sink, stamped and one at a time. Words are facts here, not layout."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gitops.errors import GitopsError
from gitops.model.event import (
    ApplyFinished,
    ApplyStarted,
    CheckpointReached,
    Event,
    Outcome,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from gitops.model.live import Absent, Live, ReplicaState
from gitops.model.step import Step, subject
from gitops.model.trouble import BootstrapState
from gitops.ports import Clock, EventSink

_THERE: Final = frozenset({ReplicaState.STARTING, ReplicaState.READY, ReplicaState.DRAINING})


@dataclass(frozen=True, slots=True)
class Sight:
    """What a wait sees at one moment, as far as people are told.

    Attributes:
        ready: replicas that answer; `total`: replicas that are there. None where nothing is known of them.
        updated: replicas that serve the step's version, of `goal`; None where a step updates none.
        last_word: the platform's, or why it could not be asked.
        bootstrapping: the version whose bootstrap runs, since `bootstrapping_s` seconds; that time alone is no news.
    """

    ready: int | None = None
    total: int | None = None
    updated: int | None = None
    goal: int | None = None
    last_word: str = ""
    bootstrapping: str = ""
    bootstrapping_s: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, live: Live | Absent, updated: int | None, goal: int | None) -> "Sight":
        """What one reading shows."""
        if isinstance(live, Absent):
            return cls(updated=updated, goal=goal)
        bootstrap = live.bootstrap if bootstraps(live) else None
        return cls(
            ready=live.ready,
            total=_there(live),
            updated=updated,
            goal=goal,
            last_word=live.message,
            bootstrapping=bootstrap.version if bootstrap else "",
            bootstrapping_s=bootstrap.seconds if bootstrap else 0.0,
        )

    @property
    def word(self) -> str:
        """The last word; while a bootstrap runs, that it does and for how long."""
        if self.bootstrapping:
            return f"bootstrapping {self.bootstrapping} for {self.bootstrapping_s:.0f}s"
        return self.last_word


def bootstraps(live: Live | Absent | None) -> bool:
    """Whether the bootstrap of a version runs, which the platform bounds by itself."""
    return isinstance(live, Live) and live.bootstrap is not None and live.bootstrap.state is BootstrapState.RUNNING


def _there(live: Live) -> int:
    """Replicas that are there; where the platform tells only how many answer, those that it holds."""
    if live.online is not None and not live.members:
        return live.replicas
    return sum(member.state in _THERE for member in live.members)


class News:
    """The only way to the sink: events of all threads, serialised.

    Args:
        sink: told one event at a time.
        clock: gives every event its time.
    """

    def __init__(self, sink: EventSink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()

    def _emit(self, event: Callable[[datetime], Event]) -> None:
        # The time is read under the lock, so that events are never out of order.
        with self._lock:
            self._sink.emit(event(self._clock.now()))

    def apply_started(self, steps: int) -> None:
        """The first step is about to begin."""
        self._emit(lambda at: ApplyStarted(at=at, steps=steps))

    def apply_finished(self, outcome: Outcome, elapsed_s: float, outcomes: list[Outcome]) -> None:
        """Nothing comes after this."""
        succeeded = sum(one in {Outcome.SUCCEEDED, Outcome.UNCHANGED} for one in outcomes)
        failed = sum(one in {Outcome.FAILED, Outcome.ROLLED_BACK} for one in outcomes)
        not_tried = sum(one is Outcome.NOT_TRIED for one in outcomes)
        self._emit(
            lambda at: ApplyFinished(
                at=at,
                outcome=outcome,
                elapsed_s=elapsed_s,
                succeeded=succeeded,
                failed=failed,
                not_tried=not_tried,
            )
        )

    def step_started(self, number: int, step: Step) -> None:
        """A step begins."""
        self._emit(lambda at: StepStarted(at=at, number=number, step=step))

    def step_finished(
        self,
        number: int,
        step: Step,
        outcome: Outcome,
        elapsed_s: float,
        result: str = "",
        fault: GitopsError | None = None,
        because: str = "",
    ) -> None:
        """A step ended: with a result, with a fault, or untried for the reason `because`."""
        self._emit(
            lambda at: StepFinished(
                at=at,
                number=number,
                step=step,
                outcome=outcome,
                elapsed_s=elapsed_s,
                result=result,
                code=fault.code if fault else None,
                message=fault.message if fault else because,
                hint=fault.hint if fault else "",
            )
        )

    def progressed(self, number: int, step: Step, waiting_for: str, elapsed_s: float, seen: Sight) -> None:
        """Something moved, or the wait goes on."""
        self._emit(
            lambda at: StepProgressed(
                at=at,
                number=number,
                subject=subject(step),
                waiting_for=waiting_for,
                elapsed_s=elapsed_s,
                ready=seen.ready,
                total=seen.total,
                updated=seen.updated,
                goal=seen.goal,
                last_word=seen.word,
            )
        )

    def checkpoint_reached(self, number: int, step: Step, updated: int, replicas: int) -> None:
        """So many replicas serve the new version."""
        self._emit(
            lambda at: CheckpointReached(
                at=at, number=number, subject=subject(step), updated=updated, replicas=replicas
            )
        )
