"""Turns what a platform reports of an endpoint into a judgement: is it healthy, does it serve what was asked for.

Pure: it looks at one reading, knows no history and asks nobody.
"""

from dataclasses import dataclass
from enum import StrEnum

from gitops.model.live import Absent, Live, Phase, ReplicaState, Verdict


class Health(StrEnum):
    """How an endpoint is, in a word."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    DEGRADED = "degraded"
    MISSING = "missing"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on one endpoint and its reason for people; a healthy one may have nothing to say."""

    health: Health
    message: str = ""


def serving(live: Live, version: str, replicas: int, gpus_per_replica: int) -> bool:
    """Whether requests are answered by what was asked for: every replica ready, of this version, with these GPUs.

    Replicas on top (draining ones, say) do not matter here; that is what `settled` is about.
    """
    asked_for = (live.version, live.gpus_per_replica, live.replicas) == (version, gpus_per_replica, replicas)
    if live.online is not None:
        return asked_for and live.phase is Phase.SERVING and live.ready_on(version) >= replicas
    answering = sum(
        member.state is ReplicaState.READY and member.version == version and member.gpus_per_replica == gpus_per_replica
        for member in live.members
    )
    return asked_for and live.phase is not Phase.FAILED and answering >= replicas


def keeps_serving(live: Live) -> bool:
    """Whether there is a verified version to protect; after a creation that failed, or goes on, there is none."""
    return live.version is not None and live.phase is not Phase.FAILED


def settled(live: Live) -> bool:
    """Whether nothing moves: no replica starts or drains, no rollout runs. One that is paused does not move."""
    if live.busy:
        return False
    moving = any(member.state in {ReplicaState.STARTING, ReplicaState.DRAINING} for member in live.members)
    running = live.rollout is not None and live.rollout.verdict in {Verdict.RUNNING, Verdict.ROLLING_BACK}
    return not moving and not running


def judge(live: Live | Absent) -> Judgement:
    """How an endpoint is, whatever the files ask for, with the platform's last word where it says why."""
    if isinstance(live, Absent):
        return Judgement(Health.MISSING, "not on the platform")
    match live.phase:
        case Phase.FAILED:
            return Judgement(Health.FAILED, live.message or "the platform gave up on it and does not say why")
        case Phase.UNKNOWN:
            return Judgement(Health.UNKNOWN, live.message or f"the platform calls it {live.raw_status or 'nothing'}")
        case Phase.DELETING:
            return Judgement(Health.PROGRESSING, "it is being deleted")
        case Phase.ROLLING_BACK:
            return Judgement(Health.DEGRADED, _rolling_back(live))
        case Phase.CREATING | Phase.ROLLING_OUT | Phase.PAUSED:
            return Judgement(Health.DEGRADED if _loops(live) else Health.PROGRESSING, _moving(live))
        case Phase.SERVING | Phase.SCALING | Phase.RECOVERING | Phase.ROLLED_BACK:
            return _standing(live)


def _standing(live: Live) -> Judgement:
    """The judgement of an endpoint that no rollout moves."""
    last_word = f": {live.message}" if live.message else ""
    ready = f"{live.ready} of {live.replicas} replicas ready"
    if _loops(live):
        return Judgement(Health.DEGRADED, ready)
    if live.doubtful:
        words = (live.message, f"{live.version} may be what was asked for, not what serves")
        whole = live.ready >= live.replicas
        return Judgement(Health.HEALTHY if whole else Health.DEGRADED, "; ".join(filter(None, words)))
    if live.phase is Phase.RECOVERING and live.online == 0:
        return Judgement(Health.DEGRADED, ready + last_word)
    if live.phase is Phase.RECOVERING or not settled(live):
        return Judgement(Health.PROGRESSING, ready + last_word)
    if live.ready < live.replicas:
        return Judgement(Health.DEGRADED, ready + last_word)
    return Judgement(Health.HEALTHY, live.message)


def _loops(live: Live) -> bool:
    """Whether its replicas end again and again, however many of them answer at this moment."""
    return live.trouble is not None and live.trouble.loops


def _moving(live: Live) -> str:
    rollout = live.rollout
    if rollout is None or live.phase is Phase.CREATING:
        return f"{live.ready} of {live.replicas} replicas ready"
    stands = "paused at" if live.phase is Phase.PAUSED else "has"
    return f"the rollout to {rollout.version} {stands} {rollout.updated_ready} of {live.replicas} replicas"


def _rolling_back(live: Live) -> str:
    if live.rollout is None:
        return live.message or "the last rollout is being put back"
    reason = f": {live.rollout.reason}" if live.rollout.reason else ""
    return f"the rollout to {live.rollout.version} is being put back to {live.version or 'nothing'}{reason}"
