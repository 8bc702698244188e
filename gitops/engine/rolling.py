"""The step `roll_out`: from one version (or GPUs per replica) to another, checkpoint by checkpoint.

The platform moves replicas and judges them; this asks for more once a checkpoint holds, and believes only what it
reads back.

Under an autoscaler the plan does not know how many replicas there are. One updated replica is asked for first: from
then on the platform holds the number still, and the checkpoints can be worked out from it. Once the rollout is over the
autoscaler goes on, and the number may move again.
"""

from dataclasses import dataclass

from gitops.engine.effect import idle
from gitops.engine.requests import read, write
from gitops.engine.site import Task, stale
from gitops.engine.verdict import Journey, raise_if_over
from gitops.engine.waiter import Wait, wait
from gitops.engine.whole import roll_out_whole
from gitops.engine.words import replicas
from gitops.model.checkpoints import checkpoints
from gitops.model.event import Outcome
from gitops.model.health import serving, settled
from gitops.model.live import Absent, Live, Verdict
from gitops.model.step import RollOut, Target


@dataclass(frozen=True, slots=True)
class _Course:
    """How many replicas the endpoint has during the rollout, and at how many updated ones it stops."""

    replicas: int
    stops: tuple[int, ...]


def roll_out(task: Task, step: RollOut) -> tuple[Outcome, str]:
    """Drive the rollout to its end; returns how that ended and the version that serves now.

    Raises:
        RolledBack: the platform put the endpoint back, and the old version serves.
        StepFailed: the endpoint moved since the plan, failed, or was taken over by another rollout.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    if step.whole:
        return roll_out_whole(task, step)
    version = task.version_name(step.model, step.to_version)
    before = idle(task, step.endpoint, step.progress_deadline_s)
    if isinstance(before, Absent):
        raise stale(step.endpoint, "the endpoint", "there", "gone")
    if step.replicas is not None and before.replicas != step.replicas:
        raise stale(step.endpoint, "replicas", step.replicas, before.replicas)
    journey = Journey.begin(step, version, before)
    if journey.arrived:
        wait(task, _wait(step, journey, _course(step, before.replicas), before.replicas))
        return Outcome.UNCHANGED, version
    if not journey.resumed:
        _check_origin(step, journey, before)
    course = _course(step, _number(task, step, journey, before))
    for checkpoint in _ahead(course, journey, before):
        _request(task, step, journey, checkpoint)
        wait(task, _wait(step, journey, course, checkpoint))
        task.site.news.checkpoint_reached(task.number, step, checkpoint, course.replicas)
    return Outcome.SUCCEEDED, version


def _course(step: RollOut, replicas: int) -> _Course:
    return _Course(replicas, checkpoints(step.checkpoints, replicas))


def _number(task: Task, step: RollOut, journey: Journey, before: Live) -> int:
    """How many replicas there are during the rollout; begins it where only that makes the number stand still."""
    if step.replicas is not None or journey.resumed:
        return before.replicas

    def pending(live: Live | Absent) -> bool:
        return not journey.shows(raise_if_over(step, journey, live), 1)

    _request(task, step, journey, 1)
    began = wait(task, Wait(step.endpoint, "the rollout to begin", step.progress_deadline_s, pending))
    return began.replicas


def _ahead(course: _Course, journey: Journey, before: Live) -> tuple[int, ...]:
    """The checkpoints to visit: all of them, or after a resumption those that are not passed yet."""
    if not journey.resumed or before.rollout is None:
        return course.stops
    return tuple(checkpoint for checkpoint in course.stops if checkpoint >= before.rollout.updated_ready)


def _check_origin(step: RollOut, journey: Journey, before: Live) -> None:
    """Live must be where the plan saw it, or where a rollout that was under way then has taken it since."""
    origin = step.from_version.name if step.from_version else None
    serves = Target(version=before.version, gpus_per_replica=before.gpus_per_replica) if before.version else None
    if serves is not None and serves == step.abandons:
        return
    if journey.verified(before):
        return  # What the plan wanted to leave is over, and what it wants serves: asking once more does no harm.
    if before.version != origin:
        raise stale(step.endpoint, "version", origin or "nothing", before.version or "nothing")
    if serves is not None and serves.gpus_per_replica != step.from_gpus_per_replica:
        raise stale(step.endpoint, "gpus_per_replica", step.from_gpus_per_replica, before.gpus_per_replica)


def _request(task: Task, step: RollOut, journey: Journey, checkpoint: int) -> None:
    # A number that was asked for before is never taken back: replicas that start already would be thrown away.
    updated = max(checkpoint, journey.asked)

    def request() -> bool:
        task.site.platform.roll_out(
            step.endpoint,
            version=journey.version,
            gpus_per_replica=step.gpus_per_replica,
            updated=updated,
            max_surge=step.max_surge,
            max_unavailable=step.max_unavailable,
            progress_deadline_s=step.progress_deadline_s,
        )
        return True

    def shown() -> bool | None:
        live = read(task, step.endpoint)
        return True if isinstance(live, Live) and journey.shows(live, updated) else None

    write(task, request, shown)


def _wait(step: RollOut, journey: Journey, course: _Course, checkpoint: int) -> Wait:
    last, stops = checkpoint == course.replicas, course.stops
    all_of_it = f"{replicas(course.replicas)} on {journey.version}"

    def pending(live: Live | Absent) -> bool:
        there = raise_if_over(step, journey, live, course.replicas)
        if step.replicas is None and there.replicas != course.replicas:
            return not _over(there, journey)
        return not (_done(there, step, journey.version) if last else journey.updated_ready(there) >= checkpoint)

    return Wait(
        endpoint=step.endpoint,
        waiting_for=f"checkpoint {stops.index(checkpoint) + 1} of {len(stops)}" if len(stops) > 1 else all_of_it,
        deadline_s=step.progress_deadline_s,
        pending=pending,
        updated=journey.updated_ready,
        goal=checkpoint,
    )


def _done(live: Live, step: RollOut, version: str) -> bool:
    """Whether what was asked for serves, alone, and nothing moves."""
    finished = live.rollout is None or live.rollout.verdict is not Verdict.PAUSED
    alone = live.ready == live.replicas
    return serving(live, version, live.replicas, step.gpus_per_replica) and settled(live) and alone and finished


def _over(live: Live, journey: Journey) -> bool:
    """Whether the rollout has ended well, although an autoscaler moves replicas again."""
    under_way = live.rollout is not None and live.rollout.under_way
    return journey.verified(live) and not under_way and live.ready_on(journey.version) == live.ready
