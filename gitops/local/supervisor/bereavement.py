"""What the end of a replica means for its endpoint: whose fault it was, and when the next one may start. Pure.

A replica that ended by itself, that never got ready, or that had to be ended, counts against its version: the more of
them in a row, the longer the next start waits, so that a crash loop costs the machine little. Those that end while the
next start waits already have one cause in common with the one before, and count once. One that somebody else killed
while it served counts against nobody, and is replaced at once; but if it had only just got ready, after half a second,
because the somebody may be a system that runs out of memory, again and again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from gitops.local.state import Endpoint, Replica
from gitops.model.trouble import LiveTrouble

YOUNG_S: Final = 5.0
"""A replica that was killed before it was ready for so long may be killed again at once."""

STEADY_S: Final = 30.0
"""A replica that was ready for so long has shown that its version works: its end is the first one in a row again."""

_FIRST_BACKOFF_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 30.0


class Cause(Enum):
    """Why a replica is no more."""

    CRASHED = auto()
    KILLED = auto()
    UNPREPARED = auto()


@dataclass(frozen=True, slots=True)
class End:
    """The end of a replica that nobody asked for.

    Attributes:
        cause: `KILLED` is somebody else's signal while it served; `UNPREPARED` a bootstrap that failed,
            or a package that could not be had.
        how: for people, going on after "replica aloha-1 of v0: ".
        last_lines: the end of its output, without the values of secrets.
        ready_s: how long it had been ready; None if it never was.
    """

    cause: Cause
    how: str
    last_lines: tuple[str, ...] = ()
    ready_s: float | None = None

    def with_remark(self, remark: str) -> "End":
        """The same end, with something added to how it came."""
        return replace(self, how=self.how + remark)


def backoff_s(crashes: int) -> float:
    """Seconds to wait before the next start after so many crashes in a row: 0, 0.5, 1, 2, ... up to 30."""
    if crashes == 0:
        return 0.0
    return min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(crashes - 1, 10))


def bereaved(
    endpoint: Endpoint, replica: Replica, end: End, now: datetime, *, resting: bool = False
) -> tuple[Endpoint, float]:
    """The endpoint without one of its replicas.

    Args:
        endpoint: as it was.
        replica: the one that ended.
        end: how.
        now: the wall clock, only for people.
        resting: whether the next start of that template waits already.

    Returns:
        The endpoint as it is, and for how many seconds from now no replica of that template may be started; 0 changes
        nothing about that.
    """
    version, rollout = replica.template.version, endpoint.rollout
    moving = rollout.under_way and replica.template == rollout.to
    changes: dict[str, object] = {"message": f"replica {replica.id} of {version}: {end.how}"}
    if replica.template == endpoint.stable:
        changes["recovering"] = True
    if end.cause is Cause.UNPREPARED and moving and rollout.to != endpoint.stable:
        changes |= {"rollout": rollout.model_copy(update={"spoiled": end.how}), "message": end.how}
        return endpoint.model_copy(update=changes), 0.0
    row = endpoint.trouble.crashes if endpoint.trouble and endpoint.trouble.version == version else 0
    if end.cause is Cause.KILLED:
        pause_s = 0.0 if resting or _lasted(end, YOUNG_S) else backoff_s(1)
    else:
        crashes = 0
        if moving:
            crashes = rollout.crashes + 1
            changes["rollout"] = rollout.model_copy(update={"crashes": crashes})
        if replica.template == endpoint.stable:
            crashes = 1 if _lasted(end, STEADY_S) else endpoint.crashes + (not resting)
            changes["crashes"] = crashes
        pause_s = 0.0 if resting else backoff_s(crashes)
    waits = now + timedelta(seconds=pause_s) if pause_s else None
    changes["trouble"] = LiveTrouble(
        crashes=1 if _lasted(end, STEADY_S) else row + 1,
        replica=replica.id,
        version=version,
        reason=end.how,
        last_lines=end.last_lines,
        next_start_at=waits or (endpoint.trouble.next_start_at if endpoint.trouble and resting else None),
    )
    return endpoint.model_copy(update=changes), pause_s


def _lasted(end: End, seconds: float) -> bool:
    return end.ready_s is not None and end.ready_s >= seconds


def rest_s(trouble: LiveTrouble, now: datetime) -> float:
    """For how long the next start still waits, as an earlier life left it, whatever the clock did meanwhile."""
    if trouble.next_start_at is None:
        return 0.0
    return min(backoff_s(trouble.crashes), max(0.0, (trouble.next_start_at - now).total_seconds()))


def recovered(endpoint: Endpoint) -> Endpoint:
    """The endpoint once its replicas have lasted: what was counted against them is over."""
    return endpoint.model_copy(update={"crashes": 0, "trouble": None, "message": ""})


def given_up(trouble: LiveTrouble | None) -> LiveTrouble | None:
    """The trouble without a next start: nobody waits for one any more."""
    return trouble.model_copy(update={"next_start_at": None}) if trouble else None
