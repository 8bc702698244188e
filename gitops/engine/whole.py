"""The step `roll_out` on a platform that rolls by itself, in windows of its own: asked once, for the version alone.

Nothing but the endpoint's state tells how it goes. So the step waits until the platform is idle, asks, and believes
only a reading that shows the version at rest with every replica; an update that was put back shows as such.
"""

from gitops.engine.effect import Trace, differs, idle, wait_for_effect, windows
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.waiter import Wait
from gitops.engine.words import replicas
from gitops.errors import ErrorCode, RolledBack, StepFailed
from gitops.model.event import Outcome
from gitops.model.live import Absent, Live, Phase
from gitops.model.step import RollOut

_SERVES = frozenset({Phase.SERVING, Phase.RECOVERING})


def roll_out_whole(task: Task, step: RollOut) -> tuple[Outcome, str]:
    """Ask for the version and wait; returns how that ended and the version that serves now.

    Raises:
        RolledBack: the platform put the endpoint back, and the old version serves.
        StepFailed: the endpoint moved since the plan, failed, is gone, or shows nothing of the request.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    version = task.version_name(step.model, step.to_version)
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "the endpoint", "there", "gone")
    if step.replicas is not None and before.replicas != step.replicas:
        raise stale(step.endpoint, "replicas", step.replicas, before.replicas)
    trace, outcome = Trace(before), Outcome.SUCCEEDED
    if before.version == version and _has_gpus(before, step) and before.phase in _SERVES:
        outcome, trace.asked = Outcome.UNCHANGED, False
    else:
        _check_origin(step, before, version)
        _request(task, step, version, before)
    live = wait_for_effect(task, _wait(step, version, trace), trace, f"version {version}")
    restore_number(task, step.endpoint, live, before.replicas, step.progress_deadline_s)
    if outcome is Outcome.SUCCEEDED:
        task.site.news.checkpoint_reached(task.number, step, before.replicas, before.replicas)
    return outcome, version


def _check_origin(step: RollOut, before: Live, version: str) -> None:
    """Live must be where the plan saw it, unless the plan could not know where it was."""
    if step.from_version is None or before.doubtful or before.version == version:
        return
    if before.version != step.from_version.name:
        raise stale(step.endpoint, "version", step.from_version.name or "new", before.version or "nothing")


def _request(task: Task, step: RollOut, version: str, before: Live) -> None:
    def request() -> bool:
        task.site.platform.roll_out(
            step.endpoint,
            version=version,
            gpus_per_replica=step.gpus_per_replica,
            updated=before.replicas,
            max_surge=step.max_surge,
            max_unavailable=step.max_unavailable,
            progress_deadline_s=step.progress_deadline_s,
        )
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        return True if isinstance(live, Absent) or differs(live, before) else None

    write(task, request, shown)


def _wait(step: RollOut, version: str, trace: Trace) -> Wait:
    before = trace.before
    return Wait(
        endpoint=step.endpoint,
        waiting_for=f"{replicas(before.replicas)} on {version}",
        deadline_s=step.progress_deadline_s * windows(before),
        pending=lambda live: _pending(live, step, version, trace),
        updated=lambda live: live.ready_on(version) if trace.busy else 0,
        goal=before.replicas,
    )


def _pending(live: Live | Absent, step: RollOut, version: str, trace: Trace) -> bool:
    """Whether the version does not rest yet with every replica; that an answer came first proves nothing."""
    if isinstance(live, Absent):
        raise StepFailed(
            f"endpoint {step.endpoint} is gone: somebody removed it during its rollout, or the platform did after an "
            "update that it could not put back",
            hint="look at its history in the platform's console; plan again and it will be created",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    if live.busy:
        return True
    if trace.put_back(live):
        raise RolledBack(
            f"the rollout of endpoint {step.endpoint} to {version} was put back by the platform: "
            f"{live.message or 'it does not say why'}",
            hint=f"repair what keeps {version} from getting ready, then apply again; what it said: gitops logs "
            f"{step.endpoint}",
        )
    if live.phase is Phase.FAILED and differs(live, trace.before):
        raise StepFailed(
            f"endpoint {step.endpoint} failed: {live.message or 'the platform does not say why'}",
            hint=f"repair the model, then apply again: the endpoint is rolled out anew; gitops logs {step.endpoint} "
            "shows what it said",
            code=ErrorCode.ENDPOINT_FAILED,
        )
    if live.phase not in _SERVES:
        return True
    if live.version not in (version, trace.before.version):
        raise StepFailed(
            f"endpoint {step.endpoint} was changed by somebody else during its rollout: it serves {live.version}",
            hint="find out who works on it, then plan again",
            code=ErrorCode.SUPERSEDED,
        )
    at_rest = live.phase is Phase.SERVING and live.ready >= live.replicas
    return live.version != version or not _has_gpus(live, step) or not at_rest


def _has_gpus(live: Live, step: RollOut) -> bool:
    """Whether its replicas have the GPUs that are asked for, as far as the platform tells."""
    return not live.gpus_told or live.gpus_per_replica == step.gpus_per_replica


def restore_number(task: Task, endpoint: str, live: Live, number: int, deadline_s: float) -> None:
    """Ask for a number of replicas again where an update has lost it, and wait until they serve.

    Under an autoscaler every number within its bounds is its own to choose; one outside it would never bring inside
    again (`autoscaler.py` of fedml 0.9.6 does nothing there).

    Args:
        task: the step that made the update.
        endpoint: whose.
        live: the reading that shows the number that it has now; the platform is idle.
        number: how many there were before.
        deadline_s: how long nothing may move.
    """
    if _has(live, number):
        return
    goal = live.told_policy.within(number) if live.told_policy else number
    trace = Trace(live)

    def request() -> bool:
        task.site.platform.scale(endpoint, replicas=goal)
        return True

    def shown() -> bool | None:
        now = read(task, endpoint)
        return True if isinstance(now, Absent) or differs(now, live) else None

    def pending(now: Live | Absent) -> bool:
        if isinstance(now, Absent) or trace.put_back(now) or now.phase is Phase.FAILED:
            raise StepFailed(
                f"the update of endpoint {endpoint} left it with {replicas(live.replicas)}, and {goal} could not "
                "be had again",
                hint="plan again, and look at the endpoint in the platform's console",
            )
        return now.busy or not _has(now, goal) or now.phase is not Phase.SERVING or now.ready < now.replicas

    write(task, request, shown)
    waiting_for = f"{replicas(goal)} again: the update left {live.replicas}"
    wait_for_effect(task, Wait(endpoint, waiting_for, deadline_s, pending), trace, replicas(goal))


def _has(live: Live, number: int) -> bool:
    """Whether an endpoint has this number of replicas, or one that its autoscaler may have chosen."""
    return live.told_policy.allows(live.replicas) if live.told_policy else live.replicas == number
