"""The autoscale policy of an endpoint, in TensorOpera's own words, and what a platform tells of its decisions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from gitops.model.frozen import Strict, Tolerant
from gitops.model.quantity import Delay, Duration, Replicas


class Autoscale(Strict):
    """How many replicas an endpoint may have, and when it gets more or fewer.

    Wanted is `ceil(requests in the window / requests_per_replica)`, within the bounds. It is gone up to at once, and
    down to the highest number that was wanted during the last `scale_down_delay`.

    Attributes:
        requests_per_replica: requests per replica and window; TensorOpera's "Concurrency per Replica before Scaling
            Up", which counts requests and not concurrent ones.
        window: "Decision Time Window", in seconds.
        scale_down_delay: "Scale Down Delay", in seconds; 0 goes down at once.
    """

    min_replicas: Replicas = 1
    max_replicas: Replicas
    requests_per_replica: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
    window: Duration = 60.0
    scale_down_delay: Delay = 120.0

    @model_validator(mode="after")
    def _check_bounds(self) -> "Autoscale":
        if self.min_replicas > self.max_replicas:
            raise ValueError(f"min_replicas is {self.min_replicas}, more than max_replicas {self.max_replicas}")
        return self

    def within(self, replicas: int) -> int:
        """The number nearest to `replicas` that the bounds allow."""
        return min(max(replicas, self.min_replicas), self.max_replicas)

    def allows(self, replicas: int) -> bool:
        """Whether the bounds allow this number."""
        return self.within(replicas) == replicas


class ScalingDecision(Tolerant):
    """A change of the number that the platform's autoscaler made, with what it relied on.

    Attributes:
        requests: in the window.
        wanted: by the rule, within the bounds.
        highest: the highest number wanted during the scale-down delay.
    """

    at: datetime
    before: int
    after: int
    requests: int
    wanted: int
    highest: int


class LiveAutoscale(Tolerant):
    """An endpoint's policy as the platform has it, and how it stands; None is what the platform does not tell.

    Attributes:
        requests, wanted, highest: as of now, like those of a decision.
        suspended: why nothing is decided at the moment, for people ("a rollout is under way"); empty if it is.
        decision: the last one that changed the number.
    """

    policy: Autoscale
    requests: int | None = None
    wanted: int | None = None
    highest: int | None = None
    suspended: str = ""
    decision: ScalingDecision | None = None
