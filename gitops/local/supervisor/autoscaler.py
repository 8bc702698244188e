"""Moves the number of replicas of endpoints that have an autoscale policy, and says on what grounds."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from gitops.errors import DataFolderError
from gitops.local.census import Census
from gitops.local.state import Endpoint
from gitops.local.supervisor.autoscaling import Gauge, Reading, target
from gitops.local.supervisor.keeper import Keeper
from gitops.local.supervisor.site import Site
from gitops.local.supervisor.stepwise import EVERY_S, move
from gitops.local.upkeep import attempt
from gitops.model.autoscale import Autoscale, LiveAutoscale, ScalingDecision

_LOG: Final = logging.getLogger(__name__)

TICK_S: Final = 0.25
"""Between two looks at the traffic."""


def resized(endpoint: Endpoint, replicas: int) -> Endpoint:
    """An endpoint that holds another number of replicas.

    A rollout to all of them goes on to all of the new number; one to a part stays one to a part.
    """
    rollout = endpoint.rollout
    goal = replicas if rollout.goal >= endpoint.replicas else min(rollout.goal, replicas - 1)
    return endpoint.model_copy(update={"replicas": replicas, "rollout": rollout.model_copy(update={"goal": goal})})


@dataclass(frozen=True, slots=True)
class _Steps:
    """When the next step of an endpoint is due, and since when fewer replicas are wished for."""

    policy: Autoscale
    due: float
    fewer_since: float | None = None


class Autoscaler:
    """Looks at the traffic of every autoscaled endpoint now and then.

    Args:
        site: counters and clocks.
        keepers: all there are.
        stepwise: whether it moves as TensorOpera's own does, by one at a time.
    """

    def __init__(self, site: Site, keepers: Callable[[], Iterable[Keeper]], *, stepwise: bool = False) -> None:
        self.stepwise = stepwise
        self._steps: dict[str, _Steps] = {}
        self._site = site
        self._keepers = keepers
        self._gauges: dict[str, Gauge] = {}
        self._readings: dict[str, Reading] = {}

    async def look(self) -> None:
        """Decide for every autoscaled endpoint."""
        for keeper in list(self._keepers()):
            await attempt(f"autoscaling {keeper.endpoint.name}", partial(self._attended, keeper))

    async def _attended(self, keeper: Keeper) -> None:
        self.attend(keeper)

    def attend(self, keeper: Keeper) -> None:
        """Decide for one endpoint, if it has a policy; its traffic counts from the first time on."""
        if keeper.endpoint.autoscale is None or keeper.endpoint.deleting:
            self._gauges.pop(keeper.endpoint.name, None)
            self._steps.pop(keeper.endpoint.name, None)
            return
        try:
            self._decide(keeper, keeper.endpoint.autoscale)
        except DataFolderError as fault:
            _LOG.error("%s: %s", keeper.endpoint.name, fault.message)

    def forget(self, name: str) -> None:
        """An endpoint is gone: another one of that name begins without its past."""
        for known in (self._gauges, self._steps, self._readings):
            known.pop(name, None)

    def _decide(self, keeper: Keeper, policy: Autoscale) -> None:
        endpoint = keeper.endpoint
        reading = self._readings[endpoint.name] = self._read(endpoint, policy)
        if self.stepwise:
            replicas = self._step(keeper, policy, reading)
        else:
            replicas = target(policy, endpoint.replicas, reading.wanted, reading.highest)
        if suspended(endpoint) or replicas == endpoint.replicas:
            return
        decision = ScalingDecision(
            at=self._site.now(),
            before=endpoint.replicas,
            after=replicas,
            requests=reading.requests,
            wanted=reading.wanted,
            highest=reading.highest,
        )
        moved = resized(endpoint, replicas).model_copy(update={"decision": decision})
        numbers = decision.model_dump(exclude={"at"})
        keeper.wish(moved, "autoscaled", {"window_s": policy.window, **numbers})

    def _step(self, keeper: Keeper, policy: Autoscale, reading: Reading) -> int:
        """The number to go to as TensorOpera's own autoscaler does; only where nothing moves, and once a minute."""
        endpoint, now = keeper.endpoint, self._site.monotonic()
        steps = self._steps.setdefault(endpoint.name, _Steps(policy, now + EVERY_S))
        if steps.policy != policy:
            steps = self._steps[endpoint.name] = _Steps(policy, now + EVERY_S)
        whole = Census.of(endpoint, keeper.replicas).ready == endpoint.replicas
        if now < steps.due or not whole or suspended(endpoint):
            return endpoint.replicas
        known = self._site.routes.tally(endpoint.name).arrived > 0
        moved = move(policy, endpoint.replicas, reading.requests, steps.fewer_since, now, known=known)
        self._steps[endpoint.name] = _Steps(policy, now + EVERY_S, moved.fewer_since)
        return moved.replicas

    def _read(self, endpoint: Endpoint, policy: Autoscale) -> Reading:
        now = self._site.monotonic()
        arrived = self._site.routes.tally(endpoint.name).arrived
        gauge = self._gauges.get(endpoint.name)
        if gauge is None or gauge.policy != policy:
            gauge = self._gauges[endpoint.name] = Gauge(policy, now, arrived, endpoint.replicas)
        return gauge.read(now, arrived)

    def live(self, endpoint: Endpoint) -> LiveAutoscale | None:
        """What is told of an endpoint's policy; None where it has none."""
        if endpoint.autoscale is None:
            return None
        reading = self._readings.get(endpoint.name)
        return LiveAutoscale(
            policy=endpoint.autoscale,
            requests=reading.requests if reading else None,
            wanted=reading.wanted if reading else None,
            highest=reading.highest if reading else None,
            suspended=suspended(endpoint),
            decision=endpoint.decision,
        )


def suspended(endpoint: Endpoint) -> str:
    """Why nothing is decided for an endpoint at the moment, for people; empty if it is."""
    if endpoint.rollout.under_way:
        return "a rollout is under way"
    return "nothing of it has served yet" if endpoint.stable is None else ""
