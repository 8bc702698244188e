"""The step `set_autoscale`: one autoscale policy, or none, -> another that the platform shows and keeps to."""

from gitops.engine.effect import Trace, idle, wait_for_effect
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait
from gitops.engine.words import policy_words, replicas
from gitops.errors import ErrorCode, StepFailed
from gitops.model.event import Outcome
from gitops.model.health import keeps_serving, settled
from gitops.model.live import Absent, Live, Phase
from gitops.model.step import SetAutoscale


def set_autoscale(task: Task, step: SetAutoscale) -> tuple[Outcome, str]:
    """Set the policy and wait; returns how that ended and a word about it.

    Raises:
        StepFailed: the endpoint is gone, has a third policy, or failed.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "autoscale", policy_words(step.from_policy), "gone")
    trace, outcome = Trace(before, asked=False), Outcome.SUCCEEDED  # A policy that shows needs no other proof.
    if before.follows(step.to_policy) and not _untold(before, step):
        outcome = Outcome.UNCHANGED
    elif before.follows(step.from_policy):
        _request(task, step)
    else:
        raise stale(step.endpoint, "autoscale", policy_words(step.from_policy), policy_words(before.told_policy))
    # What comes inside the bounds has to serve; a rollout, or a repair, that goes on is for the step that follows.
    moves = step.to_policy is not None and not step.to_policy.allows(before.replicas) and keeps_serving(before)
    goal = Wait(
        endpoint=step.endpoint,
        waiting_for=_condition(step, moves=moves),
        deadline_s=step.progress_deadline_s,
        pending=lambda live: _pending(live, step, moves=moves),
    )
    wait_for_effect(task, goal, trace, "its autoscale")
    return outcome, policy_words(step.to_policy)


def _condition(step: SetAutoscale, *, moves: bool) -> str:
    if step.to_policy is None:
        return "its autoscale to be gone"
    return f"{replicas(step.to_policy)} ready" if moves else "its autoscale to show"


def _request(task: Task, step: SetAutoscale) -> None:
    def request() -> bool:
        task.site.platform.set_autoscale(step.endpoint, policy=step.to_policy)
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        told = isinstance(live, Live) and live.follows(step.to_policy) and not _untold(live, step)
        return True if told else None

    write(task, request, shown)


def _untold(live: Live, step: SetAutoscale) -> bool:
    """Whether the platform tells nothing that the two policies differ in: then it is asked, and believed."""
    return live.policy is None and live.follows(step.from_policy) and live.follows(step.to_policy)


def _pending(live: Live | Absent, step: SetAutoscale, *, moves: bool) -> bool:
    """Whether the policy does not show yet, or the number that it moves does not serve."""
    if isinstance(live, Absent):
        raise StepFailed(
            f"endpoint {step.endpoint} is gone: somebody removed it while its autoscale was set",
            hint="plan again: it will be created",
            code=ErrorCode.SUPERSEDED,
        )
    if live.busy:
        return True
    policy = live.told_policy
    if not live.follows(step.from_policy) and not live.follows(step.to_policy):
        raise StepFailed(
            f"endpoint {step.endpoint} was given another autoscale by somebody else: {policy_words(policy)}",
            hint="find out who works on it, then plan again",
            code=ErrorCode.SUPERSEDED,
        )
    if not live.follows(step.to_policy):
        return True
    if policy is None or _held_still(live):
        return False
    if not policy.allows(live.replicas):
        return True
    if not moves:
        return False
    if live.phase is Phase.FAILED:
        raise StepFailed(
            f"endpoint {step.endpoint} failed while its autoscale was set: "
            f"{live.message or 'the platform does not say why'}",
            hint="apply again: it is rolled out anew",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    return not (policy.allows(live.ready) and settled(live))


def _held_still(live: Live) -> bool:
    """Whether a rollout holds the number still."""
    return live.rollout is not None and live.rollout.under_way
