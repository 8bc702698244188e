"""Latency as a histogram of logarithmic buckets, so that percentiles add up across replicas and over time.

Bucket `i` holds latencies in `[0.1 ms x 1.02^i, 0.1 ms x 1.02^(i+1))`; the first also what is faster, the last also
what is slower than 10 minutes. A percentile is the geometric middle of its bucket: within 1 % of the true value.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from gitops.model.frozen import Tolerant

LOWEST_MS: Final = 0.1
HIGHEST_MS: Final = 600_000.0
GROWTH: Final = 1.02
_LOG_GROWTH: Final = math.log(GROWTH)
LAST_BUCKET: Final = math.floor(math.log(HIGHEST_MS / LOWEST_MS) / _LOG_GROWTH)


def bucket_of(latency_ms: float) -> int:
    """The bucket of a latency in ms."""
    if latency_ms <= LOWEST_MS:
        return 0
    if latency_ms >= HIGHEST_MS:
        return LAST_BUCKET
    return int(math.log(latency_ms / LOWEST_MS) / _LOG_GROWTH)


Bucket = Annotated[int, Field(ge=0, le=LAST_BUCKET)]
Count = Annotated[int, Field(ge=0)]


class Latency(Tolerant):
    """How long requests took: bucket -> count (empty buckets left out), and their sum in ms."""

    buckets: dict[Bucket, Count] = Field(default_factory=dict)
    sum_ms: float = Field(0.0, ge=0, allow_inf_nan=False)

    @property
    def count(self) -> int:
        """Requests measured."""
        return sum(self.buckets.values())

    @property
    def average_ms(self) -> float | None:
        """The mean in ms; None where nothing was measured."""
        return self.sum_ms / self.count if self.count else None

    def percentile_ms(self, percent: float) -> float | None:
        """The latency in ms that `percent` of the requests did not exceed (nearest rank); None without requests.

        `percent` is above 0 and at most 100.
        """
        total = self.count
        if total == 0:
            return None
        rank = max(1, math.ceil(total * percent / 100))
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return LOWEST_MS * math.pow(GROWTH, bucket + 0.5)
        raise AssertionError("the last bucket reaches every rank")

    def plus(self, other: "Latency") -> "Latency":
        """Both together."""
        return Latency(buckets=_combine(self.buckets, other.buckets, 1), sum_ms=self.sum_ms + other.sum_ms)

    def minus(self, earlier: "Latency") -> "Latency":
        """What was added since an earlier reading of the same cumulative histogram."""
        return Latency(
            buckets=_combine(self.buckets, earlier.buckets, -1), sum_ms=max(0.0, self.sum_ms - earlier.sum_ms)
        )


def _combine(left: Mapping[int, int], right: Mapping[int, int], sign: int) -> dict[int, int]:
    counts = dict(left)
    for bucket, count in right.items():
        counts[bucket] = counts.get(bucket, 0) + sign * count
    return {bucket: count for bucket, count in counts.items() if count > 0}
