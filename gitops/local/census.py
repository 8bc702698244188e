"""An endpoint's replicas, counted: what events carry, and what verdicts are made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitops.local.state import Endpoint, Replica
from gitops.model.live import ReplicaState


@dataclass(frozen=True, slots=True)
class Census:
    """An endpoint's replicas, counted."""

    total: int
    ready: int
    new_ready: int
    new_starting: int
    old_active: int

    @classmethod
    def of(cls, endpoint: Endpoint, replicas: Sequence[Replica]) -> "Census":
        """Counts of those that are alive; `new` is the rollout's template."""
        alive = [replica for replica in replicas if replica.alive]
        ready = [replica for replica in alive if replica.state is ReplicaState.READY]
        starting = [replica for replica in alive if replica.state is ReplicaState.STARTING]
        to = endpoint.rollout.to
        new_ready = sum(replica.template == to for replica in ready)
        new_starting = sum(replica.template == to for replica in starting)
        return cls(
            total=len(alive),
            ready=len(ready),
            new_ready=new_ready,
            new_starting=new_starting,
            old_active=len(ready) + len(starting) - new_ready - new_starting,
        )
