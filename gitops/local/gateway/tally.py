"""Counts of what was answered: per endpoint, replica and version, since this server or the endpoint began."""

import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gitops.model.latency import Latency, bucket_of
from gitops.model.snapshot import Counters, ReplicaCounters

KEPT_REPLICAS: Final = 200
"""That are gone, per endpoint; what those did that are gone for longer is kept as one sum per version."""


@dataclass(slots=True)
class ReplicaTally:
    """The counters of one replica; the gateway adds to them on every request."""

    replica: str
    version: str
    requests: int = 0
    errors: int = 0
    cut: int = 0
    abandoned: int = 0
    sum_ms: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)
    reported: int | None = None

    def answered(self, latency_ms: float, *, error: bool) -> None:
        """One request ended after so many ms."""
        self.requests += 1
        self.errors += error
        self.sum_ms += latency_ms
        bucket = bucket_of(latency_ms)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def absorb(self, other: "ReplicaTally") -> None:
        """Add another's counts to these."""
        self.requests += other.requests
        self.errors += other.errors
        self.cut += other.cut
        self.abandoned += other.abandoned
        self.sum_ms += other.sum_ms
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        if other.reported is not None:
            self.reported = (self.reported or 0) + other.reported

    def reading(self) -> ReplicaCounters:
        """The counters as they stand."""
        return ReplicaCounters(
            replica=self.replica,
            version=self.version,
            requests=self.requests,
            errors=self.errors,
            cut=self.cut,
            abandoned=self.abandoned,
            latency=Latency(buckets=dict(self.buckets), sum_ms=self.sum_ms),
            reported=self.reported,
        )


class EndpointTally:
    """The counters of one endpoint.

    Attributes:
        since: when it began to count; `generation` is another one each time.
        arrived: requests that came in for it, whatever became of them.
        unrouted: those that found no replica ready.
    """

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.generation = uuid.uuid4().hex
        self.arrived = 0
        self.unrouted = 0
        self._replicas: dict[str, ReplicaTally] = {}
        self._retired: deque[str] = deque()

    def replica(self, replica: str, version: str) -> ReplicaTally:
        """The counters of a replica, made at the first asking."""
        tally = self._replicas.get(replica)
        if tally is None:
            tally = self._replicas[replica] = ReplicaTally(replica, version)
        return tally

    def retire(self, replica: str) -> None:
        """Nobody adds to a replica's counters any more; of many that are gone, the oldest become one sum."""
        if replica in self._replicas:
            self._retired.append(replica)
        while len(self._retired) > KEPT_REPLICAS:
            gone = self._replicas.pop(self._retired.popleft())
            name = f"(older replicas of {gone.version})"
            self._replicas.setdefault(name, ReplicaTally(name, gone.version)).absorb(gone)

    def readings(self) -> tuple[ReplicaCounters, ...]:
        """All replicas' counters as they stand."""
        return tuple(tally.reading() for tally in self._replicas.values())


class Tally:
    """The counters of all endpoints since `since`, when this server began; nothing is counted over two servers."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._endpoints: dict[str, EndpointTally] = {}

    def endpoint(self, name: str) -> EndpointTally:
        """The counters of an endpoint, made at the first asking."""
        tally = self._endpoints.get(name)
        if tally is None:
            tally = self._endpoints[name] = EndpointTally(self.since)
        return tally

    def forget(self, name: str, now: datetime) -> None:
        """An endpoint is gone: one that comes under its name is counted from then on."""
        self._endpoints[name] = EndpointTally(now)

    def counters(self, name: str, now: datetime) -> Counters:
        """An endpoint's counters as they stand."""
        tally = self.endpoint(name)
        return Counters(
            endpoint=name,
            generation=tally.generation,
            since=tally.since,
            observed_at=now,
            unrouted=tally.unrouted,
            replicas=tally.readings(),
        )
