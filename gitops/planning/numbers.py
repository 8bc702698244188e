"""How many replicas the files ask for, and how many an endpoint has while it rolls out."""

from gitops.model.desired import DesiredEndpoint, Endpoint
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live


def wanted_replicas(endpoint: Endpoint, live: Live | Absent) -> int:
    """How many replicas the files ask for; under `autoscale` any number within its bounds does, so the nearest one."""
    if isinstance(live, Absent):
        return endpoint.first_replicas
    return endpoint.autoscale.within(live.replicas) if endpoint.autoscale else endpoint.replicas


def replicas_during(declared: DesiredEndpoint, live: Live) -> int:
    """How many replicas an endpoint has while it rolls out.

    The larger number of the two, so that capacity never falls below what both allow; where nothing serves yet, simply
    the declared one. Under an autoscaler it is the one of this moment, and may be another when the rollout begins.
    """
    wanted = wanted_replicas(declared.endpoint, live)
    return max(live.replicas, wanted) if keeps_serving(live) else wanted


def fewest_during(declared: DesiredEndpoint, live: Live) -> int:
    """The fewest replicas that an endpoint may have when it begins to roll out."""
    policy = live.told_policy
    return min(live.replicas, policy.min_replicas) if policy else replicas_during(declared, live)
