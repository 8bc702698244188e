"""Batches as people wrote them -> checkpoints: the whole numbers of updated replicas at which a rollout stops.

Worked numbers:

    batches          replicas   checkpoints
    [1, 50%, 100%]       4      1, 2, 4
    [1, 50%, 100%]       1      1
    [10%, 25%]          10      1, 3, 10
    [5, 10]              4      4
    [25%]                3      1, 3
"""

from collections.abc import Iterable

from gitops.model.quantity import Quantity, Rounding, share


def checkpoints(batches: Iterable[Quantity], replicas: int) -> tuple[int, ...]:
    """The numbers of updated replicas at which a rollout stops to look; those of checkpoints are the same again.

    Args:
        batches: counts, or shares of all replicas, which round up.
        replicas: how many there are during the rollout, at least 1.

    Returns:
        Ascending, each at least 1 and at most `replicas`, none twice; the last is always `replicas`.
    """
    reached = {min(share(batch, replicas, Rounding.UP), replicas) for batch in batches}
    return tuple(sorted((reached | {replicas}) - {0}))
