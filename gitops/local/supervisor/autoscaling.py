"""How many replicas an endpoint's traffic asks for: TensorOpera's policy as a pure function, and its two memories.

    wanted = ceil(requests in the window / requests_per_replica), within min_replicas .. max_replicas

A number outside the bounds is brought inside at once. Otherwise it goes up to `wanted` at once, and down to the
highest number that was wanted during the last `scale_down_delay`, so that a load that comes back sooner than the delay
never meets fewer replicas than it needs. Worked numbers, with 10 requests per replica and 1 to 4 replicas:

    current   requests   highest wanted during the delay   goes to
       1          0                   1                       1
       1         11                   2                       2      up at once
       1        500                   4                       4      never over max_replicas
       4          0                   4                       4      down only after the delay
       4          0                   2                       2      the delay is over for what was above 2
       4         15                   3                       3
       9          0                   4                       4      outside the bounds
"""

from collections import deque
from typing import Final, NamedTuple

from gitops.model.autoscale import Autoscale

RESOLUTION: Final = 120
"""Parts of a window that are told apart: the count may reach back by one part more than the window."""


def wanted(policy: Autoscale, requests: int) -> int:
    """How many replicas so many requests in the window ask for."""
    return policy.within(-(-requests // policy.requests_per_replica))


def target(policy: Autoscale, current: int, now_wanted: int, highest: int) -> int:
    """The number to go to.

    Args:
        policy: the bounds.
        current: how many there are.
        now_wanted: how many are wanted now.
        highest: the highest number that was wanted during the scale-down delay, `now_wanted` included.
    """
    if not policy.allows(current):
        return policy.within(max(now_wanted, min(current, highest)))
    if now_wanted > current:
        return now_wanted
    return policy.within(min(current, highest))


class Reading(NamedTuple):
    """What a gauge shows at one moment."""

    requests: int
    wanted: int
    highest: int


class Gauge:
    """The requests of the last window and the highest number wanted during the last delay, from a growing count.

    Args:
        policy: window and delay.
        now: the time, in seconds of a clock that never goes back.
        arrived: requests so far.
        replicas: how many there are now; that many count as wanted now, so that nothing goes down before a whole
            delay was seen.
    """

    def __init__(self, policy: Autoscale, now: float, arrived: int, replicas: int) -> None:
        self.policy = policy
        self._counts: deque[tuple[float, int]] = deque([(now, arrived)])
        self._peaks: deque[tuple[float, int]] = deque([(now, policy.within(replicas))])

    def read(self, now: float, arrived: int) -> Reading:
        """What the traffic until now asks for."""
        counts, peaks, policy = self._counts, self._peaks, self.policy
        while len(counts) > 1 and counts[1][0] <= now - policy.window:
            counts.popleft()
        requests = arrived - counts[0][1]
        if now - counts[-1][0] >= policy.window / RESOLUTION:
            counts.append((now, arrived))
        this = wanted(policy, requests)
        # Of those that were wanted, only the ones that nothing as high followed can ever be the highest.
        while peaks and peaks[-1][1] <= this:
            peaks.pop()
        peaks.append((now, this))
        while peaks[0][0] < now - policy.scale_down_delay:
            peaks.popleft()
        return Reading(requests, this, peaks[0][1])
