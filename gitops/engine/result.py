"""How steps ended -> how the whole apply ended, in a word and in a number."""

from dataclasses import dataclass
from typing import Final

from gitops.errors import ErrorCode, ExitCode, GitopsError, PlatformError, RolledBack
from gitops.model.event import Outcome
from gitops.model.step import Step

GOOD: Final = frozenset({Outcome.SUCCEEDED, Outcome.UNCHANGED})
"""Outcomes after which the steps that depend on a step may begin."""


_BEFORE_WRITING: Final = {
    ErrorCode.STALE_PLAN: ExitCode.STALE_PLAN,
    ErrorCode.WORKSPACE_CHANGED: ExitCode.STALE_PLAN,
    ErrorCode.LFS_POINTER: ExitCode.INVALID_INPUT,
}
"""Failures that are met before anything was written, and their own numbers."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended.

    Attributes:
        number: its place in the plan, from 1.
        result: what came out, for people ("v1", "4 replicas").
        error: why it did not succeed; None where it did, or was not tried.
        because: why it was not tried, for people; empty where it was.
        blocked_by: the number of the step whose failure is the reason that it was not tried; None if there is none,
            that is where somebody asked to stop, or nothing may be changed any more.
    """

    number: int
    step: Step
    outcome: Outcome
    result: str = ""
    error: GitopsError | None = None
    because: str = ""
    blocked_by: int | None = None

    @property
    def interrupted(self) -> bool:
        """Whether a stop ended it, or kept it from beginning."""
        untried = self.outcome is Outcome.NOT_TRIED and self.blocked_by is None
        return untried or self.outcome is Outcome.INTERRUPTED


@dataclass(frozen=True, slots=True)
class Result:
    """How an apply ended.

    Attributes:
        steps: in the order of the plan.
        error: why nothing might be changed any more, where that ended it; None otherwise.
    """

    outcome: Outcome
    steps: tuple[StepResult, ...]
    exit_code: ExitCode
    error: GitopsError | None = None

    @classmethod
    def of(
        cls, steps: tuple[StepResult, ...], *, written: bool, error: GitopsError | None = None, stopped: bool = False
    ) -> "Result":
        """The whole from its steps.

        Args:
            steps: in the order of the plan.
            written: whether anything on the platform may have been changed.
            error: why nothing might be changed any more.
            stopped: whether somebody asked to stop, which counts more than that.
        """
        if error is not None and not stopped and any(step.interrupted for step in steps):
            exit_code = ExitCode.PARTLY_APPLIED if written else error.exit_code
        else:
            exit_code = _exit_code(steps, written=written)
        return cls(_outcome(steps), steps, exit_code, error)


def _outcome(steps: tuple[StepResult, ...]) -> Outcome:
    """The first that is true: interrupted, failed, rolled back, succeeded, unchanged."""
    outcomes = {step.outcome for step in steps}
    if any(step.interrupted for step in steps):
        return Outcome.INTERRUPTED
    for outcome in (Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.SUCCEEDED):
        if outcome in outcomes:
            return outcome
    return Outcome.UNCHANGED


def _exit_code(steps: tuple[StepResult, ...], *, written: bool) -> ExitCode:
    """130 after a stop; the fault's own number if nothing was written; 14 if all was put back; else 13."""
    if any(step.interrupted for step in steps):
        return ExitCode.INTERRUPTED
    faults = [step.error for step in steps if step.error is not None]
    if not faults:
        return ExitCode.DONE
    if not written and isinstance(faults[0], PlatformError):
        return faults[0].exit_code
    if not written and faults[0].code in _BEFORE_WRITING:
        return _BEFORE_WRITING[faults[0].code]
    if all(isinstance(fault, RolledBack) for fault in faults):
        return ExitCode.ROLLED_BACK
    return ExitCode.PARTLY_APPLIED
