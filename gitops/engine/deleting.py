"""The step `delete_endpoint`: an endpoint that is what the plan saw -> a name that the platform does not have."""

from gitops.engine.effect import Trace, differs, idle, poll_for_effect
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait, poll
from gitops.errors import ErrorCode, StepFailed
from gitops.model.event import Outcome
from gitops.model.live import Absent, Live, Phase
from gitops.model.step import DeleteEndpoint


def delete(task: Task, step: DeleteEndpoint) -> tuple[Outcome, str]:
    """Delete and wait until it is gone; returns how that ended and a word about it.

    Raises:
        StepFailed: the endpoint is not the one that the plan saw, was created again, or shows nothing of the request.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    before = read(task, step.endpoint)
    if isinstance(before, Live):
        _check_model(step, before)
    if isinstance(before, Live) and before.phase is Phase.DELETING:
        wait_until_gone(task, before, step.progress_deadline_s)
        return Outcome.SUCCEEDED, "gone"
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        return Outcome.UNCHANGED, "gone already"
    _check_model(step, before)
    _check_version(step, before)
    trace = Trace(before)
    _request(task, step, before)
    poll_for_effect(task, _until_gone(before, step.progress_deadline_s), trace, "the deletion")
    return Outcome.SUCCEEDED, "gone"


def wait_until_gone(task: Task, before: Live, deadline_s: float) -> Absent:
    """Wait until an endpoint is gone that is being deleted.

    Args:
        task: the step that cannot go on before.
        before: the reading that showed it.
        deadline_s: how long nothing may move.

    Raises:
        StepFailed: somebody has created it again.
    """
    gone = poll(task, _until_gone(before, deadline_s))
    assert isinstance(gone, Absent), "an endpoint that is there is never gone"
    return gone


def _check_model(step: DeleteEndpoint, live: Live) -> None:
    """An endpoint of that name that serves another model is somebody else's."""
    if live.model and live.model != step.model:
        raise stale(step.endpoint, "model", step.model, live.model)


def _check_version(step: DeleteEndpoint, live: Live) -> None:
    """What serves must be what the plan saw, as far as both are told."""
    planned = step.version.name if step.version else None
    if None in (planned, live.version) or live.doubtful:
        return
    if live.version != planned:
        raise stale(step.endpoint, "version", planned, live.version)


def _request(task: Task, step: DeleteEndpoint, before: Live) -> None:
    def request() -> bool:
        task.site.platform.delete(step.endpoint)
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        begun = isinstance(live, Absent) or live.phase is Phase.DELETING or (live.busy and differs(live, before))
        return True if begun else None

    write(task, request, shown)


def _until_gone(before: Live, deadline_s: float) -> Wait:
    leaving = before.phase is Phase.DELETING

    def pending(live: Live | Absent) -> bool:
        nonlocal leaving
        if isinstance(live, Absent):
            return False
        if (leaving and live.phase is not Phase.DELETING) or (live.model and live.model != before.model):
            raise StepFailed(
                f"endpoint {before.name} was created again by somebody else when it was being deleted",
                hint="find out who works on it, then plan again",
                code=ErrorCode.SUPERSEDED,
            )
        leaving = live.phase is Phase.DELETING
        return True

    return Wait(before.name, "it to be gone", deadline_s, pending)
