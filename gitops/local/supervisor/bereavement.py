"""What the end of a replica means for its endpoint: whose fault it was, and when the next one may start. Pure.

A replica that ended by itself, that never got ready, or that had to be ended, counts against its version: the more of
them in a row, the longer the next start waits, so that a crash loop costs the machine little. One that somebody else
killed while it served is simply replaced at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from gitops.local.state import Endpoint, Replica
from gitops.model.live import LiveTrouble

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
        cause: `KILLED` is somebody else's signal while it served; `UNPREPARED` a bootstrap that failed.
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


def bereaved(endpoint: Endpoint, replica: Replica, end: End, now: datetime) -> tuple[Endpoint, float]:
    """The endpoint without one of its replicas.

    Args:
        endpoint: as it was.
        replica: the one that ended.
        end: how.
        now: the wall clock, only for people.

    Returns:
        The endpoint as it is, and for how many seconds no other replica of that template may be started.
    """
    version, rollout = replica.template.version, endpoint.rollout
    moving = rollout.under_way and replica.template == rollout.to
    changes: dict[str, object] = {"message": f"replica {replica.id} of {version}: {end.how}"}
    if replica.template == endpoint.stable:
        changes["recovering"] = True
    if end.cause is Cause.UNPREPARED and moving:
        changes |= {"rollout": rollout.model_copy(update={"spoiled": end.how}), "message": end.how}
        return endpoint.model_copy(update=changes), 0.0
    if end.cause is Cause.KILLED:
        return endpoint.model_copy(update=changes), 0.0
    lasted = end.ready_s is not None and end.ready_s >= STEADY_S
    crashes = 0
    if moving:
        crashes = rollout.crashes + 1
        changes["rollout"] = rollout.model_copy(update={"crashes": crashes})
    if replica.template == endpoint.stable:
        crashes = 1 if lasted else endpoint.crashes + 1
        changes["crashes"] = crashes
    pause_s = backoff_s(crashes)
    changes["trouble"] = LiveTrouble(
        crashes=max(crashes, 1),
        replica=replica.id,
        version=version,
        reason=end.how,
        last_lines=end.last_lines,
        next_start_at=now + timedelta(seconds=pause_s) if crashes else None,
    )
    return endpoint.model_copy(update=changes), pause_s


def recovered(endpoint: Endpoint) -> Endpoint:
    """The endpoint once its replicas have lasted: what was counted against them is over."""
    return endpoint.model_copy(update={"crashes": 0, "trouble": None, "message": ""})


def given_up(trouble: LiveTrouble | None) -> LiveTrouble | None:
    """The trouble of a version that nobody starts any more."""
    return trouble.model_copy(update={"next_start_at": None}) if trouble else None
