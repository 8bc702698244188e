"""The step `set_resource`: an endpoint's devices -> others that the platform shows, with the version that it serves."""

from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait, wait
from gitops.errors import ErrorCode, StepFailed
from gitops.model.event import Outcome
from gitops.model.health import settled
from gitops.model.live import Absent, Live, Phase
from gitops.model.plan import SetResource
from gitops.model.resource import Resource, resource_text


def set_resource(task: Task, step: SetResource) -> tuple[Outcome, str]:
    """Set the resource and wait; returns how that ended and a word about it.

    Raises:
        StepFailed: the endpoint is gone, runs on a third resource, or failed.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    before = read(task, step.endpoint)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "resource", _words(step.from_resource), "gone")
    outcome = Outcome.SUCCEEDED
    if before.resource == step.to_resource:
        outcome = Outcome.UNCHANGED
    elif before.resource == step.from_resource:
        _request(task, step)
    else:
        raise stale(step.endpoint, "resource", _words(step.from_resource), _words(before.resource))
    wait(
        task,
        Wait(
            endpoint=step.endpoint,
            waiting_for="its resource to serve",
            deadline_s=step.progress_deadline_s,
            pending=lambda live: _pending(live, step),
        ),
    )
    return outcome, resource_text(step.to_resource)


def _words(resource: Resource | None) -> str:
    return resource_text(resource) if resource else "unknown"


def _request(task: Task, step: SetResource) -> None:
    def request() -> bool:
        task.site.platform.set_resource(step.endpoint, resource=step.to_resource)
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        return True if isinstance(live, Live) and live.resource == step.to_resource else None

    write(task, request, shown)


def _pending(live: Live | Absent, step: SetResource) -> bool:
    if isinstance(live, Absent):
        raise StepFailed(
            f"endpoint {step.endpoint} is gone: somebody removed it while its resource was set",
            hint="plan again: it will be created",
            code=ErrorCode.SUPERSEDED,
        )
    if live.phase is Phase.FAILED:
        raise StepFailed(
            f"endpoint {step.endpoint} failed on its new resource: {live.message or 'the platform does not say why'}",
            hint="look at the devices, then apply again: it is rolled out anew",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    return live.resource != step.to_resource or not settled(live) or live.ready < live.replicas
