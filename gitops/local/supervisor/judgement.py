"""How a rollout stands, judged from its replicas and the time since its last progress. Pure: the verdict is a value."""

from typing import Final

from gitops.local.census import Census
from gitops.local.state import Endpoint
from gitops.local.supervisor.rollout import split
from gitops.model.live import Phase, Verdict
from gitops.model.quantity import duration_text

CRASHES: Final = 3
"""New replicas that may die before a rollout is put back: one more chance than a port taken by chance needs."""


def progressed(endpoint: Endpoint, census: Census) -> Endpoint:
    """The endpoint with its high-water mark of new ready replicas moved up, if it moved."""
    rollout = endpoint.rollout
    if not rollout.under_way or census.new_ready <= rollout.best:
        return endpoint
    return endpoint.model_copy(update={"rollout": rollout.model_copy(update={"best": census.new_ready})})


def judge(endpoint: Endpoint, census: Census, idle_s: float) -> tuple[Verdict, str]:
    """How the rollout stands now.

    Args:
        endpoint: with its rollout as it was judged last.
        census: its replicas.
        idle_s: seconds since the rollout last made progress.

    Returns:
        The verdict and, where it is bad, the reason.
    """
    rollout = endpoint.rollout
    match rollout.verdict:
        case Verdict.RUNNING | Verdict.PAUSED:
            return _judge_forward(endpoint, census, idle_s)
        case Verdict.ROLLING_BACK:
            back = census.new_ready + census.new_starting == 0 and census.ready >= endpoint.replicas
            return (Verdict.ROLLED_BACK if back else Verdict.ROLLING_BACK), rollout.reason
        case _:
            return rollout.verdict, rollout.reason


def _judge_forward(endpoint: Endpoint, census: Census, idle_s: float) -> tuple[Verdict, str]:
    rollout, want = endpoint.rollout, split(endpoint)
    bad = Verdict.ROLLING_BACK if endpoint.stable not in {None, rollout.to} else Verdict.FAILED
    if rollout.spoiled and endpoint.stable != rollout.to:
        return bad, rollout.spoiled
    if rollout.crashes >= CRASHES and endpoint.stable != rollout.to:
        return bad, endpoint.message or f"{rollout.crashes} replicas of {rollout.to.version} died"
    if census.new_ready >= want.new_count and census.old_active <= want.old_count:
        if want.new_count >= endpoint.replicas:
            return Verdict.SUCCEEDED, ""
        return Verdict.PAUSED, ""
    if idle_s > rollout.deadline_s and endpoint.stable != rollout.to:
        text = f"no progress for {duration_text(rollout.deadline_s)}: {census.new_ready} of {want.new_count} replicas"
        last = f"; last word: {endpoint.message}" if endpoint.message else ""
        return bad, f"{text} of {rollout.to.version} got ready{last}"
    return Verdict.RUNNING, ""


def phase(endpoint: Endpoint, census: Census) -> Phase:
    """What the endpoint is doing, in a word."""
    if endpoint.deleting:
        return Phase.DELETING
    match endpoint.rollout.verdict:
        case Verdict.ROLLING_BACK:
            return Phase.ROLLING_BACK
        case Verdict.PAUSED:
            return Phase.PAUSED
        case Verdict.RUNNING:
            return Phase.CREATING if endpoint.stable is None else Phase.ROLLING_OUT
        case _ if endpoint.stable is None:
            return Phase.FAILED
        case _:
            # Replicas that drain answer nothing new: an endpoint serves whether or not some still do.
            if census.ready == endpoint.replicas:
                return Phase.SERVING
            return Phase.RECOVERING if endpoint.recovering else Phase.SCALING
