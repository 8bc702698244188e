"""The autoscale policy of an endpoint, in TensorOpera's own words, and what a platform tells of its decisions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from gitops.model.frozen import Strict, Tolerant, as_told
from gitops.model.quantity import Delay, Duration, Replicas


class Bounds(Strict):
    """The numbers of replicas that an endpoint may have."""

    min_replicas: Replicas = 1
    max_replicas: Replicas

    @field_validator("max_replicas")
    @classmethod
    def _check_order(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("min_replicas", most)  # not there if it is wrong itself
        if most < least:
            raise ValueError(f"must not be less than min_replicas, which is {least}")
        return most

    def within(self, replicas: int) -> int:
        """The number nearest to `replicas` that the bounds allow."""
        return min(max(replicas, self.min_replicas), self.max_replicas)

    def allows(self, replicas: int) -> bool:
        """Whether the bounds allow this number."""
        return self.within(replicas) == replicas


class Autoscale(Bounds):
    """How many replicas an endpoint may have, and when it gets more or fewer.

    Wanted is `ceil(requests in the window / requests_per_replica)`, within the bounds. It is gone up to at once, and
    down to the highest number that was wanted during the last `scale_down_delay`.

    Attributes:
        requests_per_replica: requests per replica and window; TensorOpera's "Concurrency per Replica before Scaling
            Up", which counts requests and not concurrent ones.
        window: "Decision Time Window", in seconds.
        scale_down_delay: "Scale Down Delay", in seconds; 0 goes down at once.
    """

    requests_per_replica: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
    window: Duration = 60.0
    scale_down_delay: Delay = 120.0

    @property
    def bounds(self) -> Bounds:
        """The bounds alone."""
        return Bounds(min_replicas=self.min_replicas, max_replicas=self.max_replicas)


def bounds_text(bounds: Bounds) -> str:
    """`1..8`."""
    return f"{bounds.min_replicas}..{bounds.max_replicas}"


def policy_text(policy: Autoscale) -> str:
    """`1..8, 10 requests per replica in 60s, down after 120s`; times in seconds, as TensorOpera asks for them."""
    return ", ".join(_parts(policy))


def policy_move(old: Autoscale, new: Autoscale) -> tuple[str, str]:
    """Two policies by what differs between them: `1..4` and `1..8`."""
    differing = [(before, after) for before, after in zip(_parts(old), _parts(new), strict=True) if before != after]
    return ", ".join(before for before, _ in differing), ", ".join(after for _, after in differing)


def _parts(policy: Autoscale) -> tuple[str, str, str]:
    requests = f"{policy.requests_per_replica} request{'s' if policy.requests_per_replica != 1 else ''} per replica"
    delay = f"down after {policy.scale_down_delay:.8g}s" if policy.scale_down_delay else "down at once"
    return bounds_text(policy), f"{requests} in {policy.window:.8g}s", delay


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

    policy: Annotated[Autoscale, as_told(Autoscale)]
    requests: int | None = None
    wanted: int | None = None
    highest: int | None = None
    suspended: str = ""
    decision: ScalingDecision | None = None
