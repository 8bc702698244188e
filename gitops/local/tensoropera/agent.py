"""The agent behind this face: carries a request out over the engine, step by step, and remembers how far it is.

It looks at every request that is under way again and again, decides from what it sees, and writes down before it acts:
a platform that is killed in the middle goes on where the record says. The decisions are those of `behaviour`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gitops.errors import Rejected
from gitops.local.state import Endpoint
from gitops.local.supervisor.supervisor import Supervisor
from gitops.local.tensoropera.behaviour import DEADLINE_S, Behaviour, Status, Window, windows
from gitops.local.tensoropera.deployments import Aim, Deployment, Deployments, Task
from gitops.local.upkeep import attempt
from gitops.model.live import ReplicaState, Verdict
from gitops.wire.messages import PutEndpoint, PutRollout, PutScale

TICK_S: Final = 0.05

HOPELESS: Final = 5
"""Replicas of the old version that may die while a change is put back, one after the other, before it is given up."""


class Agent:
    """Carries requests out.

    Args:
        supervisor: the engine.
        deployments: what is remembered.
        behaviour: how updates go.
    """

    def __init__(
        self, supervisor: Supervisor, deployments: Deployments, behaviour: Behaviour, now: Callable[[], datetime]
    ) -> None:
        self._supervisor = supervisor
        self._deployments = deployments
        self._behaviour = behaviour
        self._now = now
        self._lag = timedelta(seconds=behaviour.lag_s)
        self._least = timedelta(seconds=behaviour.least_s)

    async def look(self) -> None:
        """Take every request that is under way one step further, if it can be."""
        for deployment in self._deployments.all():
            if deployment.task is not None:
                await attempt(f"the request for {deployment.name}", partial(self._attend, deployment))

    def status(self, deployment: Deployment) -> Status:
        """What is told of an endpoint at this moment."""
        task, endpoint = deployment.task, self._endpoint(deployment.name)
        if task is not None and self._is_past(task, self._lag):
            return Status.ABORTING if task.aborting else Status.DEPLOYING
        if task is not None and task.aim is Aim.CREATE:
            return Status.DEPLOYING
        if deployment.reserved:
            return Status.INITIALIZING
        if endpoint is None or deployment.status is Status.FAILED:  # An endpoint that failed stays as it is.
            return Status.FAILED
        return self._told(deployment, endpoint)

    def _told(self, deployment: Deployment, endpoint: Endpoint) -> Status:
        """The status of an endpoint that this face has asked nothing of; others may have, natively."""
        match endpoint.rollout.verdict:
            case Verdict.RUNNING | Verdict.PAUSED:
                return Status.DEPLOYING
            case Verdict.ROLLING_BACK:
                return Status.ABORTING
            case _ if endpoint.stable is None:
                return Status.FAILED
            case _ if not self.ready(deployment.name):
                return Status.OFFLINE
            case _:
                return self.settled_as(deployment)

    def settled_as(self, deployment: Deployment) -> Status:
        """What the last request came to; another rollout since then, natively, has come to be deployed."""
        endpoint = self._endpoint(deployment.name)
        theirs = endpoint is not None and endpoint.rollout.id != deployment.rollout_id
        return Status.DEPLOYED if theirs and deployment.status is Status.ABORTED else deployment.status

    def ready(self, name: str) -> int:
        """Replicas that answer."""
        keeper = self._supervisor.keeper(name)
        return sum(one.state is ReplicaState.READY for one in keeper.replicas) if keeper else 0

    def _is_past(self, task: Task, span: timedelta) -> bool:
        """Whether so long has passed since a request; a clock that was set back in between keeps nobody waiting."""
        return not timedelta() <= self._now() - task.begun_at < span

    def _endpoint(self, name: str) -> Endpoint | None:
        keeper = self._supervisor.keeper(name)
        return keeper.endpoint if keeper else None

    async def _attend(self, deployment: Deployment) -> None:
        task = deployment.task
        assert task is not None
        if not self._is_past(task, self._lag):
            return
        endpoint = self._endpoint(deployment.name)
        try:
            match task.aim:
                case Aim.CREATE:
                    self._create(deployment, task, endpoint)
                case Aim.DELETE:
                    self._delete(deployment, endpoint)
                case Aim.UPDATE if endpoint is not None:
                    self._update(deployment, task, endpoint)
                case Aim.SCALE if endpoint is not None:
                    self._scale(deployment, task, endpoint)
                case _:
                    self._end(deployment, Status.FAILED, "the endpoint is gone")
        except Rejected as fault:  # What the engine cannot do has changed nothing: what served before still serves.
            serves = task.aim in {Aim.UPDATE, Aim.SCALE} and endpoint is not None
            self._end(deployment, Status.ABORTED if serves else Status.FAILED, fault.message)

    def _end(self, deployment: Deployment, status: Status, reason: str = "") -> None:
        endpoint = self._endpoint(deployment.name)
        ended = {"status": status, "task": None, "reason": reason, "rollout_id": endpoint.rollout.id if endpoint else 0}
        if status is Status.DEPLOYED and endpoint is not None and endpoint.stable is not None:
            ended["told_version"] = endpoint.stable.version
        self._deployments.keep(deployment.model_copy(update=ended))

    def _create(self, deployment: Deployment, task: Task, endpoint: Endpoint | None) -> None:
        name = deployment.name
        if endpoint is None:
            if not task.asked:
                self._deployments.keep(deployment.model_copy(update={"task": task.model_copy(update={"asked": True})}))
            self._supervisor.create(name, _first(deployment.model, str(task.to_version)))
        elif not task.asked and task.clears:
            self._supervisor.delete(name)
        elif not task.asked:
            self._end(deployment, Status.FAILED, "somebody else has made an endpoint of that name")
        elif endpoint.rollout.verdict is Verdict.FAILED:
            self._end(deployment, Status.FAILED, endpoint.message)
        elif endpoint.rollout.verdict is Verdict.SUCCEEDED:
            if self.ready(name) >= endpoint.replicas:
                self._end(deployment, Status.DEPLOYED)
        elif endpoint.rollout.crashes >= self._behaviour.crashes:
            self._supervisor.give_up(name, endpoint.message or "its replica ended")

    def _delete(self, deployment: Deployment, endpoint: Endpoint | None) -> None:
        if endpoint is None:
            self._deployments.keep(deployment.model_copy(update={"task": None, "gone": True}))
        else:
            self._supervisor.delete(deployment.name)

    def _update(self, deployment: Deployment, task: Task, endpoint: Endpoint) -> None:
        rollout = endpoint.rollout
        to = endpoint.rollout.to.model_copy(update={"version": str(task.to_version)})
        if task.aborting:
            self._put_back(deployment, task, endpoint)
        elif endpoint.stable == to and not rollout.under_way:
            if self._is_past(task, self._lag + self._least) and self.ready(deployment.name) >= endpoint.replicas:
                self._end(deployment, Status.DEPLOYED)
        elif rollout.to == to and rollout.verdict in {Verdict.ROLLING_BACK, Verdict.ROLLED_BACK}:
            self._abort(deployment, task, rollout.reason)
        elif rollout.to == to and rollout.under_way and rollout.crashes >= self._behaviour.crashes:
            self._abort(deployment, task, endpoint.message)
        elif rollout.to == to and rollout.verdict is Verdict.FAILED:
            self._end(deployment, Status.FAILED, rollout.reason)
        else:
            self._go_on(deployment, task, endpoint)

    def _go_on(self, deployment: Deployment, task: Task, endpoint: Endpoint) -> None:
        """Ask for the window that is under way; for the next one, when it is done."""
        parts = windows(endpoint.replicas, deployment.workers, self._behaviour)
        part = parts[min(task.window, len(parts) - 1)]
        rollout = endpoint.rollout
        reached = rollout.to.version == task.to_version and rollout.verdict is Verdict.PAUSED
        if reached and rollout.goal >= part.updated and task.window + 1 < len(parts):
            task = task.model_copy(update={"window": task.window + 1})
            self._deployments.keep(deployment.model_copy(update={"task": task}))
            part = parts[task.window]
        self._supervisor.roll_out(deployment.name, _wish(endpoint, str(task.to_version), part))

    def _abort(self, deployment: Deployment, task: Task, reason: str) -> None:
        aborting = task.model_copy(update={"aborting": True, "reason": reason, "asked": False})
        self._deployments.keep(deployment.model_copy(update={"task": aborting}))

    def _put_back(self, deployment: Deployment, task: Task, endpoint: Endpoint) -> None:
        """All that are not as they were, at once: a rollback is no rolling update."""
        rollout = endpoint.rollout
        going_back = rollout.to.version == task.from_version or rollout.verdict is Verdict.ROLLING_BACK
        if rollout.under_way and not going_back:
            everything = Window(endpoint.replicas, endpoint.replicas if self._behaviour.in_place else 0)
            self._supervisor.roll_out(deployment.name, _wish(endpoint, str(task.from_version), everything))
        elif self._cannot_come_back(endpoint):
            self._give_up(deployment, task)
        elif not rollout.under_way and self.ready(deployment.name) >= endpoint.replicas:
            self._end(deployment, Status.ABORTED, task.reason)

    @staticmethod
    def _cannot_come_back(endpoint: Endpoint) -> bool:
        """Whether what was there before does not start any more either."""
        return endpoint.trouble is not None and endpoint.trouble.crashes >= HOPELESS

    def _give_up(self, deployment: Deployment, task: Task) -> None:
        """A rollback that fails too is the end of an endpoint; in this order, a kill in between leaves nothing."""
        self._supervisor.delete(deployment.name)
        self._end(deployment, Status.FAILED, task.reason)

    def _scale(self, deployment: Deployment, task: Task, endpoint: Endpoint) -> None:
        goal = task.from_replicas if task.aborting else task.to_replicas
        assert goal is not None
        if not task.asked:
            # Once: whoever moves the number after that, an autoscaler or somebody natively, has the last word.
            self._supervisor.scale(deployment.name, PutScale(replicas=goal))
            self._deployments.keep(deployment.model_copy(update={"task": task.model_copy(update={"asked": True})}))
            return
        keeper = self._supervisor.keeper(deployment.name)
        total = len(keeper.replicas) if keeper else 0
        if self.ready(deployment.name) == endpoint.replicas == total:
            self._end(deployment, Status.ABORTED if task.aborting else Status.DEPLOYED, task.reason)
        elif task.aborting and self._cannot_come_back(endpoint):
            self._give_up(deployment, task)
        elif (
            endpoint.trouble is not None and not task.aborting and crashes_of(task, endpoint) >= self._behaviour.crashes
        ):
            self._abort(deployment, task, endpoint.trouble.reason)


def crashes_of(task: Task, endpoint: Endpoint) -> int:
    """Replicas that a scale has started and that died; those that were there before count against nobody."""
    trouble = endpoint.trouble
    if trouble is None or int(trouble.replica.rpartition("-")[2]) <= task.from_serial:
        return 0
    more = trouble.crashes - task.from_crashes
    return more if more > 0 else trouble.crashes


def _first(model: str, version: str) -> PutEndpoint:
    """A new endpoint: it begins with one replica, whatever the number of its workers."""
    return PutEndpoint(model=model, version=version, replicas=1, gpus_per_replica=0, progress_deadline_s=DEADLINE_S)


def _wish(endpoint: Endpoint, version: str, part: Window) -> PutRollout:
    return PutRollout(
        version=version,
        gpus_per_replica=endpoint.rollout.to.gpus_per_replica,
        updated=part.updated,
        max_surge=part.surge,
        max_unavailable=part.unavailable,
        progress_deadline_s=DEADLINE_S,
    )
