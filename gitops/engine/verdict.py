"""Which rollout is the one that a step asked for, and what its verdict means for the step.

A platform keeps the last rollout only, an earlier attempt at the same version may still be shown, and somebody else
may ask for something newer: rollouts are told apart by their id.
"""

from dataclasses import dataclass

from gitops.errors import ErrorCode, RolledBack, StepFailed
from gitops.model.health import settled
from gitops.model.live import Absent, Live, LiveRollout, Phase, Verdict
from gitops.model.step import RollOut

_FORWARD = frozenset({Verdict.RUNNING, Verdict.PAUSED})


@dataclass(frozen=True, slots=True)
class Journey:
    """What a step knows about its rollout from the moment it began.

    Attributes:
        since: id of the last rollout when the step began; -1 if there was none. Ours has a larger one.
        resumed: that very rollout was on its way to where the step goes, so it is ours.
        arrived: what the step asks for was verified already, so nothing needs to be asked.
        asked: updated replicas that a resumed rollout was asked for before.
    """

    version: str
    gpus_per_replica: int
    since: int
    resumed: bool
    arrived: bool
    asked: int

    @classmethod
    def begin(cls, step: RollOut, version: str, before: Live) -> "Journey":
        """What the first reading tells."""
        rollout, gpus = before.rollout, step.gpus_per_replica
        forward = rollout is not None and rollout.verdict in _FORWARD
        there = forward and rollout is not None and rollout.moves_to(version, gpus)
        verified = (before.version, before.gpus_per_replica) == (version, gpus) and before.phase is not Phase.FAILED
        return cls(
            version=version,
            gpus_per_replica=gpus,
            since=rollout.id if rollout else -1,
            resumed=there,
            arrived=verified and (there or not forward),
            asked=rollout.updated_goal if there and rollout else 0,
        )

    def ours(self, live: Live) -> LiveRollout | None:
        """The rollout that the step asked for, once it shows."""
        rollout = live.rollout
        if rollout is None or not rollout.moves_to(self.version, self.gpus_per_replica):
            return None
        return rollout if rollout.id > self.since or (self.resumed and rollout.id == self.since) else None

    def verified(self, live: Live) -> bool:
        """Whether the platform says that it serves what the step asks for."""
        return (live.version, live.gpus_per_replica) == (self.version, self.gpus_per_replica)

    def shows(self, live: Live, updated: int) -> bool:
        """Whether a request for so many updated replicas has had its effect."""
        rollout = self.ours(live)
        if rollout is None:
            return self.verified(live) and not (live.rollout and live.rollout.under_way)
        return rollout.updated_goal >= updated or not rollout.under_way

    def updated_ready(self, live: Live) -> int:
        """Replicas that serve what the step asks for."""
        rollout = self.ours(live)
        if rollout is not None:
            return rollout.updated_ready
        return live.ready if self.verified(live) else 0


def raise_if_over(step: RollOut, journey: Journey, live: Live | Absent, held: int | None = None) -> Live:
    """The reading itself, as long as the step can still reach its end.

    Args:
        held: how many replicas the rollout began with, where the plan does not say; None before that is known.

    Raises:
        RolledBack: the platform put the endpoint back, and the old version serves again.
        StepFailed: the endpoint failed, or somebody else changed it.
    """
    if isinstance(live, Absent):
        raise _superseded(step, "it is gone")
    rollout = live.rollout
    ours = journey.ours(live)
    planned = step.replicas
    if planned is None and ours is not None and ours.under_way:
        planned = held  # Before and after, an autoscaler moves the number.
    if planned is not None and live.replicas != planned:
        raise _superseded(step, f"it was scaled to {live.replicas}")
    if ours is None:
        if rollout is not None and rollout.id > journey.since:
            raise _superseded(step, f"a rollout to {rollout.version} was begun")
        if live.phase is Phase.FAILED and (rollout is None or journey.arrived):
            raise _failed(step, live.message)
        return live
    match ours.verdict:
        case Verdict.ROLLED_BACK if settled(live) and live.ready >= live.replicas:
            raise RolledBack(
                f"endpoint {step.endpoint} was put back to {live.version or 'nothing'}: "
                f"{ours.reason or 'the platform does not say why'}",
                hint=f"repair what keeps {ours.version} from getting ready, then apply again; what it said: "
                f"gitops logs {step.endpoint} --version {ours.version}",
            )
        case Verdict.FAILED:
            raise _failed(step, ours.reason or live.message)
        case Verdict.SUPERSEDED:
            raise _superseded(step, "another rollout was begun")
        case _:
            return live


def _superseded(step: RollOut, what: str) -> StepFailed:
    return StepFailed(
        f"endpoint {step.endpoint} was changed by somebody else during its rollout: {what}",
        hint="find out who works on it, then plan again",
        code=ErrorCode.SUPERSEDED,
    )


def _failed(step: RollOut, reason: str) -> StepFailed:
    return StepFailed(
        f"endpoint {step.endpoint} failed: {reason or 'the platform does not say why'}",
        hint=f"repair the model, then apply again: the endpoint is rolled out anew; gitops logs {step.endpoint} shows "
        "what it said",
        code=ErrorCode.ENDPOINT_FAILED,
    )
