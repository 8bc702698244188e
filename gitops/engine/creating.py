"""The step `create_endpoint`: a name that the platform does not have -> an endpoint that serves with every replica."""

from dataclasses import dataclass

from gitops.engine.deleting import wait_until_gone
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait, wait
from gitops.engine.words import replicas
from gitops.errors import ErrorCode, StepFailed
from gitops.model.event import Outcome
from gitops.model.health import serving, settled
from gitops.model.live import Absent, Live, Phase
from gitops.model.resource import same_place
from gitops.model.step import CreateEndpoint


@dataclass(slots=True)
class _Seen:
    """What has been seen of the endpoint.

    Attributes:
        there: whether it was there once.
        left_over: one of that name that had failed before it was asked for; None if there was none.
    """

    there: bool
    left_over: Live | None = None

    def is_old(self, live: Live) -> bool:
        """Whether a reading is only what had failed before: until something else was seen, it may still be told."""
        return self.left_over is not None and not self.there and live.phase is Phase.FAILED


def create(task: Task, step: CreateEndpoint) -> tuple[Outcome, str]:
    """Create and wait; returns how that ended and a word about it.

    Raises:
        StepFailed: another endpoint of that name is there, or this one failed to start.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    version = task.version_name(step.model, step.version)
    before = read(task, step.endpoint)
    if isinstance(before, Live) and before.phase is Phase.DELETING:
        before = wait_until_gone(task, before, step.progress_deadline_s)
    outcome, seen = Outcome.SUCCEEDED, _Seen(isinstance(before, Live))
    if isinstance(before, Live) and _is_left_over(step, before):
        seen = _Seen(there=False, left_over=before)
        _request(task, step, version, seen)
    elif isinstance(before, Live):
        if not _as_asked(before, step, version):
            raise stale(step.endpoint, "the endpoint", "absent", _described(before))
        if _done(before, step, version):
            outcome = Outcome.UNCHANGED
    else:
        _request(task, step, version, seen)
    live = wait(
        task,
        Wait(
            endpoint=step.endpoint,
            waiting_for="its first replicas" if step.replicas is None else f"{replicas(step.replicas)} ready",
            deadline_s=step.progress_deadline_s,
            pending=lambda live: _pending(live, step, version, seen),
        ),
    )
    return outcome, f"{replicas(live.replicas)} of {version}"


def _is_left_over(step: CreateEndpoint, live: Live) -> bool:
    """Whether only the name is left of an endpoint that had failed, as on platforms that choose the first number."""
    return step.replicas is None and live.phase is Phase.FAILED


def _request(task: Task, step: CreateEndpoint, version: str, seen: _Seen) -> None:
    def request() -> bool:
        task.site.platform.create(
            step.endpoint,
            model=step.model,
            version=version,
            replicas=step.replicas,
            gpus_per_replica=step.gpus_per_replica or 0,
            resource=step.resource,
            progress_deadline_s=step.progress_deadline_s,
        )
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        new = isinstance(live, Live) and not seen.is_old(live)
        return True if new and isinstance(live, Live) and _as_asked(live, step, version) else None

    write(task, request, shown)


def _as_asked(live: Live, step: CreateEndpoint, version: str) -> bool:
    """Whether this is the endpoint that the step creates, finished or not."""
    to = live.version or (live.rollout.version if live.rollout else None)
    elsewhere = None not in (step.resource, live.resource) and not same_place(live.resource, step.resource)
    wanted = (step.model, version, _number(step, live), _gpus(step, live))
    return (live.model, to, live.replicas, live.gpus_per_replica) == wanted and not elsewhere


def _done(live: Live, step: CreateEndpoint, version: str) -> bool:
    return serving(live, version, _number(step, live), _gpus(step, live)) and settled(live)


def _number(step: CreateEndpoint, live: Live) -> int:
    """How many replicas it shall have; where the platform chooses, as many as it has."""
    return live.replicas if step.replicas is None else step.replicas


def _gpus(step: CreateEndpoint, live: Live) -> int:
    """GPUs per replica that it shall have; where the platform chooses, as many as it has."""
    return live.gpus_per_replica if step.gpus_per_replica is None else step.gpus_per_replica


def _pending(live: Live | Absent, step: CreateEndpoint, version: str, seen: _Seen) -> bool:
    if isinstance(live, Absent):
        if seen.there:
            raise StepFailed(
                f"endpoint {step.endpoint} could not be created: it is gone again, and the platform does not say why",
                hint=f"look at its history in the platform's console, and at gitops logs {step.endpoint}; then apply "
                "again",
                code=ErrorCode.ENDPOINT_FAILED,
            )
        return True  # It was acknowledged and does not show yet.
    if seen.is_old(live):
        return True
    seen.there = True
    if not _as_asked(live, step, version):
        raise StepFailed(
            f"endpoint {step.endpoint} was changed by somebody else while it was created: it is now {_described(live)}",
            hint="find out who works on it, then plan again",
            code=ErrorCode.SUPERSEDED,
        )
    if live.phase is Phase.FAILED:
        raise StepFailed(
            f"endpoint {step.endpoint} could not be created: {live.message or 'the platform does not say why'}",
            hint="repair the model, then apply again: the endpoint is rolled out anew; "
            f"gitops logs {step.endpoint} shows what it said",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    return not _done(live, step, version)


def _described(live: Live) -> str:
    version = live.version or (live.rollout.version if live.rollout else "nothing yet")
    return f"{replicas(live.replicas)} of {live.model} {version}"
