"""Two reads of cumulative counters -> what was answered between them, by version, and the Traffic that people read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitops.model.latency import Latency
from gitops.model.report import Traffic
from gitops.model.snapshot import Counters, ReplicaCounters


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests, those of them that are errors, and how long they took."""

    requests: int = 0
    errors: int = 0
    latency: Latency = field(default_factory=Latency)

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            requests=self.requests + other.requests,
            errors=self.errors + other.errors,
            latency=self.latency.plus(other.latency),
        )

    def minus(self, earlier: "Tally") -> "Tally":
        """What was added since an earlier reading; never below zero."""
        return Tally(
            requests=max(0, self.requests - earlier.requests),
            errors=max(0, self.errors - earlier.errors),
            latency=self.latency.minus(earlier.latency),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What one endpoint answered in `seconds` of wall clock; `unrouted` requests found no replica at all."""

    seconds: float
    by_version: Mapping[str, Tally] = field(default_factory=dict)
    unrouted: int = 0

    @property
    def total(self) -> Tally:
        """Every version together, and the requests that reached none: errors without a latency."""
        total = Tally(requests=self.unrouted, errors=self.unrouted)
        for tally in self.by_version.values():
            total = total.plus(tally)
        return total


def since_start(counters: Counters) -> Window:
    """Everything that the counters have counted since their generation began."""
    return Window(
        seconds=max(0.0, (counters.observed_at - counters.since).total_seconds()),
        by_version=_by_version(_tallies(counters.replicas)),
        unrouted=counters.unrouted,
    )


def between(earlier: Counters, later: Counters) -> Window:
    """What was counted between two reads; since the later generation's begin if the counters began again meanwhile.

    A replica that the later read no longer names has stopped being counted; its requests since the earlier read are
    lost, not negative.
    """
    if earlier.generation != later.generation:
        return since_start(later)
    before, after = _tallies(earlier.replicas), _tallies(later.replicas)
    added = {key: tally.minus(before.get(key, Tally())) for key, tally in after.items()}
    return Window(
        seconds=max(0.0, (later.observed_at - earlier.observed_at).total_seconds()),
        by_version=_by_version(added),
        unrouted=max(0, later.unrouted - earlier.unrouted),
    )


def traffic(tally: Tally, seconds: float) -> Traffic:
    """A tally as people read it: rates per request and per second of wall clock, latency in ms.

    What cannot be known is None: a rate of no requests, a throughput of no time, a percentile of nothing.
    """
    return Traffic(
        window_s=seconds,
        requests=tally.requests,
        errors=tally.errors,
        error_rate=tally.errors / tally.requests if tally.requests else None,
        throughput_rps=tally.requests / seconds if seconds > 0 else None,
        average_ms=tally.latency.average_ms,
        p50_ms=tally.latency.percentile_ms(50),
        p95_ms=tally.latency.percentile_ms(95),
        p99_ms=tally.latency.percentile_ms(99),
    )


def version_order(version: str) -> tuple[tuple[int, str], ...]:
    """A sorting key that puts v2 before v10."""
    return tuple((int(digits or 0), text) for digits, text in re.findall(r"(\d{1,18})|(\D+)", version, flags=re.ASCII))


def _tallies(replicas: Iterable[ReplicaCounters]) -> dict[tuple[str, str], Tally]:
    """Per replica and version, because a platform may reuse a replica's name for another version."""
    tallies: dict[tuple[str, str], Tally] = {}
    for replica in replicas:
        tally = Tally(requests=replica.requests, errors=replica.errors, latency=replica.latency)
        key = replica.replica, replica.version
        tallies[key] = tallies[key].plus(tally) if key in tallies else tally
    return tallies


def _by_version(tallies: Mapping[tuple[str, str], Tally]) -> dict[str, Tally]:
    versions: dict[str, Tally] = {}
    for (_, version), tally in tallies.items():
        versions[version] = versions[version].plus(tally) if version in versions else tally
    return {version: versions[version] for version in sorted(versions, key=version_order)}
