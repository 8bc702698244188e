"""Rolling updates under a load that does not wait: does any request fail, and does anybody notice the time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.children import answer_of, child
from benchmarks.embedded import embedded
from benchmarks.figure import Budget, Figure, of_rounds, percentile

RATE: Final = 200
ROUNDS: Final = 4
WARM_UP_S: Final = 2.0
BEFORE_S: Final = 5.0
AFTER_S: Final = 1.0

Span = tuple[float, float]
"""Seconds of `time.monotonic`, which is one clock for all processes of a machine."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the load: when it was due, how long it took in ms, whether it failed."""

    due: float
    latency_ms: float
    failed: bool


def measure() -> Iterator[Figure]:
    """Three replicas, then one; each time the next one is ready before an old one goes."""
    yield from _updates(3)
    yield from _updates(1)


def _updates(replicas: int) -> Iterator[Figure]:
    of = f"{replicas} replica{'s' if replicas > 1 else ''}"
    before, during, requests = _load(replicas)
    calm = [_p99(requests, span) for span in before]
    busy = [_p99(requests, span) for span in during]
    yield Figure(
        f"failed requests, update of {of}",
        sum(request.failed for request in requests),
        "requests",
        Budget("<=", 0),
        note=f"of {len(requests):,} at {RATE}/s over {ROUNDS} updates, surge 1, unavailable 0",
    )
    yield of_rounds(
        f"p99 during minus p99 before, update of {of}",
        [late - early for late, early in zip(busy, calm, strict=True)],
        "ms",
        Budget("<=", 100),
        f"latency counts from when a request was due; slowest of all {max(one.latency_ms for one in requests):.0f} ms",
    )
    yield of_rounds(f"p99 before, update of {of}", calm, "ms")
    yield of_rounds(f"p99 during, update of {of}", busy, "ms")
    yield of_rounds(f"time of an update of {of} under load", [end - begin for begin, end in during], "s")


def _load(replicas: int) -> tuple[list[Span], list[Span], Sequence[Request]]:
    """Update back and forth between two versions under load; the spans before and during, and every request."""
    before: list[Span] = []
    during: list[Span] = []
    with embedded() as site:
        site.create(replicas)
        with child("benchmarks.open_loop", site.url, "--rate", str(RATE), "--key-file", str(site.key_file)) as process:
            time.sleep(WARM_UP_S)
            for number in range(ROUNDS):
                calm = time.monotonic()
                time.sleep(BEFORE_S)
                begin = time.monotonic()
                site.roll_out(site.versions[(number + 1) % 2])
                before.append((calm, begin))
                during.append((begin, time.monotonic()))
                time.sleep(AFTER_S)
            requests = [Request(*one) for one in answer_of(process, within_s=60)]
    return before, during, requests


def _p99(requests: Sequence[Request], span: Span) -> float:
    """Of the requests that were due in a span, in ms."""
    return percentile(sorted(one.latency_ms for one in requests if span[0] <= one.due < span[1]), 99)
