"""Rollout arithmetic: batches and room as people wrote them -> whole replicas. Asks nobody and decides nothing else.

Worked numbers:

    batches          replicas   checkpoints          max_surge  max_unavailable  replicas   room
    [1, 50%, 100%]       4      1, 2, 4                   1            0             3       surge 1, unavailable 0
    [1, 50%, 100%]       1      1                        25%          25%            3       surge 1, unavailable 0
    [10%, 25%]          10      1, 3, 10                 50%          25%            4       surge 2, unavailable 1
    [5, 10]              4      4                         0           50%            1       none: nothing could move
    [25%]                3      1, 3                      0            7             2       surge 0, unavailable 2
"""

from collections.abc import Iterable
from typing import NamedTuple

from gitops.model.quantity import Quantity, Rounding, share


class Room(NamedTuple):
    """How many replicas a rollout may have on top, and how many may be missing."""

    surge: int
    unavailable: int


def checkpoints(batches: Iterable[Quantity], replicas: int) -> tuple[int, ...]:
    """The numbers of updated replicas at which a rollout stops to look.

    Args:
        batches: counts, or shares of all replicas, which round up.
        replicas: how many there are during the rollout, at least 1.

    Returns:
        Ascending, each at least 1 and at most `replicas`, none twice; the last is always `replicas`.
    """
    reached = {min(share(batch, replicas, Rounding.UP), replicas) for batch in batches}
    return tuple(sorted((reached | {replicas}) - {0}))


def room(max_surge: Quantity, max_unavailable: Quantity, replicas: int) -> Room:
    """The room of a rollout of so many replicas: surge rounds up, unavailable rounds down and is at most all of them.

    Where both are 0, no replica can ever be replaced.
    """
    return Room(
        surge=share(max_surge, replicas, Rounding.UP),
        unavailable=min(share(max_unavailable, replicas, Rounding.DOWN), replicas),
    )
