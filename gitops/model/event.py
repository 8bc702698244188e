"""What can happen during an apply: a closed union of facts in the past tense, consumed with `match`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from gitops.errors import ErrorCode
from gitops.model.frozen import Strict
from gitops.model.step import Step


class Outcome(StrEnum):
    """How an apply, or one of its steps, ended."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    NOT_TRIED = "not_tried"
    INTERRUPTED = "interrupted"


class ApplyStarted(Strict):
    """The first write is about to be made."""

    kind: Literal["apply_started"] = "apply_started"
    at: datetime
    steps: int


class StepStarted(Strict):
    """A step was begun."""

    kind: Literal["step_started"] = "step_started"
    at: datetime
    number: int
    step: Step


class StepProgressed(Strict):
    """Something moved inside a step, or the condition that it waits for has new words.

    Attributes:
        waiting_for: the condition, for people.
        ready: replicas that serve now; `total`: replicas that are there.
        updated: replicas that serve the step's version, of `goal`.
    """

    kind: Literal["step_progressed"] = "step_progressed"
    at: datetime
    number: int
    subject: str
    waiting_for: str
    elapsed_s: float
    ready: int | None = None
    total: int | None = None
    updated: int | None = None
    goal: int | None = None
    last_word: str = ""


class CheckpointReached(Strict):
    """A rollout has as many updated, ready replicas as this checkpoint wants."""

    kind: Literal["checkpoint_reached"] = "checkpoint_reached"
    at: datetime
    number: int
    subject: str
    updated: int
    replicas: int


class StepFinished(Strict):
    """A step ended, one way or another.

    Attributes:
        result: what came out, for people ("v1", "4 replicas").
        code: the error's stable code where it did not succeed; `message` and `hint` belong to it.
    """

    kind: Literal["step_finished"] = "step_finished"
    at: datetime
    number: int
    step: Step
    outcome: Outcome
    elapsed_s: float
    result: str = ""
    code: ErrorCode | None = None
    message: str = ""
    hint: str = ""


class ApplyFinished(Strict):
    """The last event of an apply."""

    kind: Literal["apply_finished"] = "apply_finished"
    at: datetime
    outcome: Outcome
    elapsed_s: float
    succeeded: int
    failed: int
    not_tried: int


Event = Annotated[
    ApplyStarted | StepStarted | StepProgressed | CheckpointReached | StepFinished | ApplyFinished,
    Field(discriminator="kind"),
]
