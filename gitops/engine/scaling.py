"""The step `scale`: a number of replicas -> another, all of them ready. Versions stay as they are.

Where an autoscaler chooses the number, any number within its bounds is as good as another.
"""

from gitops.engine.effect import Trace, idle, wait_for_effect
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait
from gitops.engine.words import amount, replicas
from gitops.errors import ErrorCode, RolledBack, StepFailed
from gitops.model.autoscale import Bounds
from gitops.model.event import Outcome
from gitops.model.health import keeps_serving, settled
from gitops.model.live import Absent, Live, Phase
from gitops.model.step import Scale


def scale(task: Task, step: Scale) -> tuple[Outcome, str]:
    """Scale and wait; returns how that ended and a word about it.

    Raises:
        RolledBack: the platform put the number back.
        StepFailed: the endpoint is gone, has a third number, failed, or shows nothing of the request.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "replicas", amount(step.from_replicas), "gone")
    serves, trace = keeps_serving(before), Trace(before)
    outcome = Outcome.SUCCEEDED
    if _is(before.replicas, step.to_replicas):
        outcome, trace.asked = Outcome.UNCHANGED, False
    elif _is(before.replicas, step.from_replicas):
        _request(task, step, before)
    else:
        raise stale(step.endpoint, "replicas", amount(step.from_replicas), before.replicas)
    goal = Wait(
        endpoint=step.endpoint,
        waiting_for=f"{replicas(step.to_replicas)} ready"
        if serves
        else f"the number {amount(step.to_replicas)} to show",
        deadline_s=step.progress_deadline_s,
        pending=lambda live: _pending(live, step, trace, serves=serves),
    )
    wait_for_effect(task, goal, trace, replicas(step.to_replicas))
    return outcome, replicas(step.to_replicas)


def _is(replicas: int, wanted: int | Bounds) -> bool:
    """Whether a number is the wanted one, or one of them."""
    return wanted.allows(replicas) if isinstance(wanted, Bounds) else replicas == wanted


def _request(task: Task, step: Scale, before: Live) -> None:
    goal, running = step.to_replicas, before.replicas

    def request() -> bool:
        task.site.platform.scale(step.endpoint, replicas=goal.within(running) if isinstance(goal, Bounds) else goal)
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        return True if isinstance(live, Live) and (_is(live.replicas, goal) or _begun(live, before)) else None

    write(task, request, shown)


def _begun(live: Live, before: Live) -> bool:
    """Whether the platform is at work, or was, where that is all that it tells."""
    return live.rollout is None and (live.busy or Trace(before).put_back(live))


def _pending(live: Live | Absent, step: Scale, trace: Trace, *, serves: bool) -> bool:
    """Whether the number does not stand yet. Where nothing serves, none gets ready before the rollout that follows."""
    if isinstance(live, Absent):
        raise StepFailed(
            f"endpoint {step.endpoint} is gone: somebody removed it while it was scaled",
            hint="plan again: it will be created",
            code=ErrorCode.SUPERSEDED,
        )
    if live.busy:
        return True
    there = _is(live.replicas, step.to_replicas)
    if trace.put_back(live) and (trace.busy or not there):
        raise RolledBack(
            f"scaling endpoint {step.endpoint} to {amount(step.to_replicas)} was put back by the platform: it has "
            f"{replicas(live.replicas)}{f': {live.message}' if live.message else ''}",
            hint="look whether its devices have room for so many replicas, then apply again",
        )
    if not there and not _is(live.replicas, step.from_replicas):
        raise StepFailed(
            f"endpoint {step.endpoint} was scaled to {live.replicas} by somebody else meanwhile",
            hint="find out who works on it, then plan again",
            code=ErrorCode.SUPERSEDED,
        )
    if not there:
        return True
    if not serves:
        return False
    if live.phase is Phase.FAILED:
        raise StepFailed(
            f"endpoint {step.endpoint} failed while it was scaled: {live.message or 'the platform does not say why'}",
            hint="apply again: it is rolled out anew",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    return live.ready != live.replicas or not settled(live)
