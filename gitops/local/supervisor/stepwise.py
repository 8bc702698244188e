"""How TensorOpera's own autoscaler moves: by one replica, at most once a minute. Pure; the source is fedml 0.9.6.

Each minute (`autoscaler.py`, `ConcurrentQueryPolicy` in `policies.py`) the requests of the last window are held against
what one replica is good for, `requests_per_replica`. What would leave the bounds is not done, so a number that is
outside them already is not pulled back. One replica less is a wish that must be older than `scale_down_delay`. Every
minute without that wish forgets it, and so does carrying it out: the next one waits for a whole delay again. Worked
numbers, for 1 to 4 replicas of 10 requests each and a delay of 120 s:

    current   requests   the wish for fewer is since   now     goes to   and the wish is since
       1          0       never a request              600       1       -          nothing is known, nothing is done
       1         11       -                            600       2       -
       2         20       -                            600       2       -          exactly enough
       2         19       -                            600       2       -          ceil(19 / 2) = 10: exactly enough
       2         18       -                            600       2       600        a wish, and too young
       2         18       480                          600       2       480        as old as the delay, not older
       2         18       479                          600       1       -          older: done, and forgotten
       2         30       480                          600       3       -          the wish is forgotten
       4         99       -                            600       4       -          would leave the bounds
       1          0       -                            600       1       -          would leave the bounds
       0          0       -                            600       1       -          from nothing always one
       6          0       480                          600       6       -          outside, and so would be 5
"""

from typing import Final, NamedTuple

from gitops.model.autoscale import Autoscale

EVERY_S: Final = 60.0
"""Between two decisions for an endpoint."""


class Move(NamedTuple):
    """The number to go to, and since when fewer are wished for; None where they are not."""

    replicas: int
    fewer_since: float | None


def move(
    policy: Autoscale, current: int, requests: int, fewer_since: float | None, now: float, *, known: bool = True
) -> Move:
    """One decision.

    Args:
        current: replicas that there are.
        requests: in the last window.
        fewer_since: when the wish for fewer that still stands came up, in seconds.
        now: the same clock.
        known: whether there was ever a request.
    """
    if not known:
        return Move(current, None)
    step = _step(policy, current, requests)
    if step == 0 or not policy.allows(current + step):
        return Move(current, None)
    if step > 0:
        return Move(current + 1, None)
    if policy.scale_down_delay == 0:
        return Move(current - 1, None)
    since = now if fewer_since is None else fewer_since
    return Move(current - 1, None) if now - since > policy.scale_down_delay else Move(current, since)


def _step(policy: Autoscale, current: int, requests: int) -> int:
    if current == 0:
        return 1
    each = -(-requests // current)
    return (each > policy.requests_per_replica) - (each < policy.requests_per_replica)
