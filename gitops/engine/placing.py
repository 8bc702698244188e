"""The step `set_resource`: an endpoint's devices -> others that the platform shows, with the version that it serves."""

from gitops.engine.effect import Trace, differs, idle, wait_for_effect, windows
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait
from gitops.engine.whole import restore_number
from gitops.errors import ErrorCode, RolledBack, StepFailed
from gitops.model.event import Outcome
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live, Phase
from gitops.model.resource import Resource, resource_text, same_place
from gitops.model.step import SetResource


def set_resource(task: Task, step: SetResource) -> tuple[Outcome, str]:
    """Set the resource and wait; returns how that ended and a word about it.

    Raises:
        RolledBack: the platform put the endpoint back on its devices of before.
        StepFailed: the endpoint is gone, runs on a third resource, failed, or shows nothing of the request.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "resource", _words(step.from_resource), "gone")
    trace, outcome = Trace(before), Outcome.SUCCEEDED
    if same_place(before.resource, step.to_resource):
        outcome, trace.asked = Outcome.UNCHANGED, False
    elif step.from_resource is None or same_place(before.resource, step.from_resource):
        _request(task, step, before)
    else:
        raise stale(step.endpoint, "resource", _words(step.from_resource), _words(before.resource))
    goal = Wait(
        endpoint=step.endpoint,
        waiting_for="its resource to serve" if keeps_serving(before) else "its resource to show",
        deadline_s=step.progress_deadline_s * windows(before),
        pending=lambda live: _pending(live, step, trace),
    )
    live = wait_for_effect(task, goal, trace, f"resource {resource_text(step.to_resource)}")
    number = before.replicas if step.replicas is None else step.replicas
    if keeps_serving(before):
        restore_number(task, step.endpoint, live, number, step.progress_deadline_s)
    return outcome, resource_text(step.to_resource)


def _words(resource: Resource | None) -> str:
    return resource_text(resource) if resource else "unknown"


def _request(task: Task, step: SetResource, before: Live) -> None:
    def request() -> bool:
        task.site.platform.set_resource(step.endpoint, resource=step.to_resource)
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        return (
            True
            if isinstance(live, Live) and (same_place(live.resource, step.to_resource) or differs(live, before))
            else None
        )

    write(task, request, shown)


def _pending(live: Live | Absent, step: SetResource, trace: Trace) -> bool:
    if isinstance(live, Absent):
        raise StepFailed(
            f"endpoint {step.endpoint} is gone: somebody removed it while its resource was set",
            hint="plan again: it will be created",
            code=ErrorCode.SUPERSEDED,
        )
    if live.busy:
        return True
    if trace.put_back(live):
        raise RolledBack(
            f"endpoint {step.endpoint} was put back on its devices of before by the platform: "
            f"{live.message or 'it does not say why'}",
            hint="look whether the new devices are there and have room, then apply again",
        )
    if not keeps_serving(trace.before):
        return not same_place(live.resource, step.to_resource)
    if live.phase is Phase.FAILED:
        raise StepFailed(
            f"endpoint {step.endpoint} failed on its new resource: {live.message or 'the platform does not say why'}",
            hint="look at the devices, then apply again: it is rolled out anew",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    return (
        not same_place(live.resource, step.to_resource) or live.phase is not Phase.SERVING or live.ready < live.replicas
    )
