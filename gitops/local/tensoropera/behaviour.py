"""What TensorOpera's agents do with a request, as decisions: pure, each a function of what is wanted and what is there.

The source is fedml 0.9.6 (`master_job_runner.py`, `device_replica_controller.py`); where it is silent, the reading that
is worse for a client is taken, and `docs/embedded-platform.md` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final, NamedTuple

from gitops.model.windows import chunks, spread

DEADLINE_S: Final = 7200.0
"""Within which a deployment must get on; the platform's own hard limit."""


class Status(StrEnum):
    """The words of this face for the state of an endpoint."""

    INITIALIZING = "INITIALIZING"
    DEPLOYING = "DEPLOYING"
    DEPLOYED = "DEPLOYED"
    ABORTING = "ABORTING"
    ABORTED = "ABORTED"
    OFFLINE = "OFFLINE"
    FAILED = "FAILED"


BUSY: Final = frozenset({Status.DEPLOYING, Status.ABORTING})
"""Nothing else can be asked meanwhile."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How updates go.

    Attributes:
        in_place: in windows and without surge, as TensorOpera's agents do; else one rolling update with one on top.
        crashes: so many replicas of a new version, or of an endpoint that is scaled, that end put a change back.
        lag_s: for how long the old status is still told after a request was acknowledged.
        least_s: how long a request takes at least after that, also one that changes nothing.
    """

    in_place: bool
    crashes: int
    lag_s: float
    least_s: float


OURS: Final = Behaviour(in_place=False, crashes=3, lag_s=0.0, least_s=0.0)
TENSOROPERA: Final = Behaviour(in_place=True, crashes=1, lag_s=0.2, least_s=0.5)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an update.

    Attributes:
        updated: replicas that run the new version when it is done.
        unavailable: replicas that are replaced at once; 0 where one is started on top instead.
    """

    updated: int
    unavailable: int

    @property
    def surge(self) -> int:
        """Replicas on top."""
        return 0 if self.unavailable else 1


def windows(replicas: int, workers: Sequence[str], behaviour: Behaviour) -> tuple[Window, ...]:
    """The windows of an update, in order."""
    if not behaviour.in_place:
        return (Window(replicas, 0),)
    sizes = [len(chunk) for chunk in chunks(spread(replicas, workers))]
    return tuple(Window(updated, size) for updated, size in zip(accumulate(sizes), sizes, strict=True))


class Place(NamedTuple):
    """Where a replica is said to run: the device, and which of its replicas it is, from 0."""

    device: str
    rank: int

    @property
    def replica_id(self) -> str:
        """`102_1`: replicas of a device count from 1."""
        return f"{self.device}_{self.rank + 1}"


def place_of(rank: int, devices: Sequence[str]) -> Place:
    """Where the replica of a rank is said to run: one worker after the other, so that no place moves with the number.

    Args:
        rank: among the endpoint's living replicas, from 0.
        devices: the master first; without workers it is this machine.
    """
    workers = devices[1:] or ("0",)
    return Place(workers[rank % len(workers)], rank // len(workers))
