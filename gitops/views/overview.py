"""Endpoints of a Report -> one row each, with what moved between before and after; cells that are not escaped yet."""

from collections.abc import Callable, Sequence
from typing import Final

from gitops.model.live import Phase
from gitops.model.report import EndpointReport, Observation, Traffic
from gitops.views.amounts import NOT_AVAILABLE, count_text, milliseconds_text, rate_text, throughput_text

NOTHING: Final = "-"
_IN_DOUBT: Final = frozenset({Phase.ROLLING_OUT, Phase.ROLLING_BACK, Phase.ROLLED_BACK})
_HEADLINES: Final = ("Requests", "Error rate", "Latency, p95")

OVERVIEW: Final = ("Endpoint", "Version", "Replicas", *_HEADLINES)
"""The columns of the overview."""

TRAFFIC: Final[Sequence[tuple[str, Callable[[Traffic], str]]]] = (
    ("Requests", lambda traffic: count_text(traffic.requests)),
    ("Errors", lambda traffic: count_text(traffic.errors)),
    ("Error rate", lambda traffic: rate_text(traffic.error_rate)),
    ("Throughput", lambda traffic: throughput_text(traffic.throughput_rps)),
    ("Latency, average", lambda traffic: milliseconds_text(traffic.average_ms)),
    ("Latency, p50", lambda traffic: milliseconds_text(traffic.p50_ms)),
    ("Latency, p95", lambda traffic: milliseconds_text(traffic.p95_ms)),
    ("Latency, p99", lambda traffic: milliseconds_text(traffic.p99_ms)),
)
"""What is told of traffic, by the name of its row."""


def overview_rows(endpoints: Sequence[EndpointReport], *, arrow: str) -> list[tuple[str, ...]]:
    """One row per endpoint, in the columns of `OVERVIEW`; `arrow` stands between before and after."""
    return [
        (
            endpoint.name,
            *(
                _moved(before, after, arrow)
                for before, after in zip(_cells(endpoint.before), _cells(endpoint.after), strict=True)
            ),
        )
        for endpoint in endpoints
    ]


def version_seen(seen: Observation) -> str:
    """Its version; not told is one that may be another, because it changes or was put back."""
    return seen.version or (NOT_AVAILABLE if seen.phase in _IN_DOUBT else "none")


def traffic_cells(seen: Observation | None, *names: str) -> list[str]:
    """The named numbers of an observation; `-` where there was no endpoint, words where there are no numbers."""
    shows = dict(TRAFFIC)
    if seen is None:
        return [NOTHING] * len(names)
    if seen.traffic is None:
        return [NOT_AVAILABLE] * len(names)
    return [shows[name](seen.traffic) for name in names]


def _cells(seen: Observation | None) -> list[str]:
    there = [NOTHING, NOTHING] if seen is None else [version_seen(seen), f"{seen.replicas:,}"]
    return [*there, *traffic_cells(seen, *_HEADLINES)]


def _moved(before: str, after: str, arrow: str) -> str:
    """`v1 → v2`; one word where nothing moved."""
    return before if before == after else f"{before} {arrow} {after}"
