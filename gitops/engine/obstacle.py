"""What keeps a step from being tried: something that it needs did not succeed. Facts about results, nothing is done."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from gitops.engine.result import GOOD, StepResult
from gitops.model.event import Outcome
from gitops.model.step import (
    CreateEndpoint,
    DeleteEndpoint,
    PushModelCard,
    RollOut,
    Scale,
    SetAutoscale,
    SetResource,
    Step,
)


def obstacle(
    step: Step,
    chain: Sequence[StepResult],
    before: Sequence[StepResult],
    depends_on: Mapping[str, Sequence[str]],
) -> StepResult | None:
    """The first thing that went wrong among what a step needs.

    That is the push of its version, what its endpoint depends on, and what comes before it in its own chain.

    Args:
        step: that might be tried.
        chain: how the steps before it ended, of the same wave and about the same.
        before: how all steps of earlier waves ended.
        depends_on: endpoint -> endpoints whose steps must have succeeded before.
    """
    names = () if isinstance(step, PushModelCard) else depends_on.get(step.endpoint, ())
    needed = [*(result for result in before if _gives(result.step, step) or _is_about(result.step, names)), *chain]
    return next((result for result in needed if result.outcome not in GOOD), None)


def _is_about(step: Step, endpoints: Sequence[str]) -> bool:
    return not isinstance(step, PushModelCard) and step.endpoint in endpoints


def _gives(earlier: Step, step: Step) -> bool:
    """Whether `earlier` pushes the version that `step` serves."""
    match step:
        case CreateEndpoint():
            version = step.version
        case RollOut():
            version = step.to_version
        case PushModelCard() | Scale() | SetAutoscale() | SetResource() | DeleteEndpoint():
            return False
        case _:
            assert_never(step)
    pushes = isinstance(earlier, PushModelCard) and (earlier.model, earlier.digest) == (step.model, version.digest)
    return pushes and version.name is None


def what_failed(failed: StepResult) -> str:
    """What did not succeed, for the reason of a step that was not tried."""
    step = failed.step
    match step:
        case PushModelCard():
            return f"model card {step.model} could not be pushed"
        case CreateEndpoint():
            return f"endpoint {step.endpoint} could not be created"
        case RollOut():
            put_back = failed.outcome is Outcome.ROLLED_BACK
            return f"the rollout of endpoint {step.endpoint} {'was put back' if put_back else 'failed'}"
        case Scale():
            return f"endpoint {step.endpoint} could not be scaled"
        case SetAutoscale():
            return f"the autoscale of endpoint {step.endpoint} could not be set"
        case SetResource():
            return f"the resource of endpoint {step.endpoint} could not be set"
        case DeleteEndpoint():
            return f"endpoint {step.endpoint} could not be deleted"
        case _:
            assert_never(step)
