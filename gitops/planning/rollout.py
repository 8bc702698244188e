"""The room of a rollout: surge and unavailable as people wrote them -> whole replicas. Decides nothing else.

Worked numbers:

    max_surge  max_unavailable  replicas   room
        1            0             3       surge 1, unavailable 0
       25%          25%            3       surge 1, unavailable 0
       50%          25%            4       surge 2, unavailable 1
        0           50%            1       none: nothing could move
        0            7             2       surge 0, unavailable 2
"""

from typing import NamedTuple

from gitops.model.quantity import Quantity, Rounding, share


class Room(NamedTuple):
    """How many replicas a rollout may have on top, and how many may be missing."""

    surge: int
    unavailable: int


def room(max_surge: Quantity, max_unavailable: Quantity, replicas: int) -> Room:
    """The room of a rollout of so many replicas: surge rounds up, unavailable rounds down and is at most all of them.

    Where both are 0, no replica can ever be replaced.
    """
    return Room(
        surge=share(max_surge, replicas, Rounding.UP),
        unavailable=min(share(max_unavailable, replicas, Rounding.DOWN), replicas),
    )
