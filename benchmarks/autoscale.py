"""How soon an autoscaled endpoint has the replicas that a load asks for, when the load comes from nothing."""

import time
from collections.abc import Iterator
from typing import Final

from benchmarks.children import answer_of, child
from benchmarks.embedded import ENDPOINT, Embedded, embedded
from benchmarks.figure import Budget, Figure, of_rounds
from gitops.model.autoscale import Autoscale

FEWEST: Final = 1
MOST: Final = 3
WINDOW_S: Final = 2.0
RATE: Final = 20
POLICY: Final = Autoscale(
    min_replicas=FEWEST, max_replicas=MOST, requests_per_replica=16, window=WINDOW_S, scale_down_delay=60.0
)
"""A whole window of the load holds 40 requests, and 33 ask for all three replicas."""

ROUNDS: Final = 4


def measure() -> Iterator[Figure]:
    """Each round asks for the replicas by hand first, to see what a start takes, and then lets the load ask."""
    starts: list[float] = []
    reached: list[float] = []
    with embedded() as site:
        site.create(FEWEST)
        for _ in range(ROUNDS):
            starts.append(site.scale(MOST))
            site.scale(FEWEST)
            reached.append(_step(site))
            site.scale(FEWEST)
    yield of_rounds(
        "step load to ready replicas, minus window and own start",
        [one - WINDOW_S - start for one, start in zip(reached, starts, strict=True)],
        "s",
        Budget("<=", 1.0),
        f"{ROUNDS} rounds, {RATE} requests/s from nothing, {FEWEST}..{MOST} replicas, "
        f"{POLICY.requests_per_replica} requests per replica in {WINDOW_S:g} s; below 0 is sooner",
    )
    yield of_rounds(f"from the first request until {MOST} replicas are ready", reached, "s")
    yield of_rounds(f"own start: {MOST - FEWEST} more replicas, asked for by hand", starts, "s")


def _step(site: Embedded) -> float:
    """Seconds from when the first request was due until all replicas are ready; afterwards nothing scales any more."""
    site.platform.set_autoscale(ENDPOINT, policy=POLICY)
    with child("benchmarks.open_loop", site.url, "--rate", str(RATE), "--key-file", str(site.key_file)) as process:
        site.until(lambda live: live.ready == MOST)
        # One clock for all processes of a machine, so it can be compared with when a request of the load was due.
        ready = time.monotonic()
        requests = answer_of(process, within_s=60)
    site.platform.set_autoscale(ENDPOINT, policy=None)
    if failed := sum(one[2] for one in requests):
        raise RuntimeError(f"{failed} of {len(requests)} requests failed")
    return ready - min(due for due, _, _ in requests)
