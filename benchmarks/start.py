"""How long it takes from nothing to an endpoint of three replicas, and from there to another version."""

from collections.abc import Iterator
from typing import Final

from benchmarks.embedded import embedded
from benchmarks.figure import Budget, Figure, of_rounds

REPLICAS: Final = 3
ROUNDS: Final = 5


def measure() -> Iterator[Figure]:
    """A new platform for each round, so that nothing is left from the round before."""
    up: list[float] = []
    ready: list[float] = []
    updated: list[float] = []
    for _ in range(ROUNDS):
        with embedded() as site:
            up.append(site.up_s)
            ready.append(site.create(REPLICAS))
            updated.append(site.roll_out(site.versions[1]))
    yield of_rounds(
        f"from create to {REPLICAS} ready replicas of aloha",
        ready,
        "s",
        Budget("<", 3.0),
        f"{ROUNDS} rounds, each on a new platform",
    )
    yield of_rounds(f"rolling update of {REPLICAS} replicas, surge 1, no load", updated, "s")
    yield of_rounds("from nothing to a platform that answers", up, "s")
