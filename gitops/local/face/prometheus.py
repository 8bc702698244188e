"""What is counted, in Prometheus' text format, made anew at each scrape."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from gitops.model.latency import GROWTH, LOWEST_MS
from gitops.model.live import Live
from gitops.model.snapshot import Counters

_BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)


class _Scrape:
    """A collector over values that were read already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def exposition(endpoints: Iterable[Live], counters: Iterable[Counters]) -> bytes:
    """The page that a Prometheus server reads: replicas, requests, errors and latency per endpoint and version."""
    registry = CollectorRegistry()
    registry.register(_Scrape((*_replica_gauges(endpoints), *_request_metrics(counters))))
    return generate_latest(registry)


def _replica_gauges(endpoints: Iterable[Live]) -> tuple[Metric, Metric]:
    wanted = GaugeMetricFamily("gitops_replicas_wanted", "Replicas that the endpoint holds.", labels=["endpoint"])
    ready = GaugeMetricFamily("gitops_replicas_ready", "Replicas ready.", labels=["endpoint", "version"])
    for live in endpoints:
        wanted.add_metric([live.name], live.replicas)
        for version in sorted({member.version for member in live.members}):
            ready.add_metric([live.name, version], live.ready_on(version))
    return wanted, ready


def _request_metrics(counters: Iterable[Counters]) -> tuple[Metric, ...]:
    labels = ["endpoint", "version", "replica"]
    requests = CounterMetricFamily("gitops_requests", "Requests answered or failed.", labels=labels)
    errors = CounterMetricFamily("gitops_request_errors", "Requests answered with 5xx.", labels=labels)
    cut = CounterMetricFamily("gitops_requests_cut", "Requests cut by a drain.", labels=labels)
    unrouted = CounterMetricFamily("gitops_requests_unrouted", "Requests without a replica.", labels=["endpoint"])
    latency = HistogramMetricFamily("gitops_request_duration_seconds", "Latency at the gateway.", labels=labels)
    for counter in counters:
        unrouted.add_metric([counter.endpoint], counter.unrouted)
        for replica in counter.replicas:
            names = [counter.endpoint, replica.version, replica.replica]
            requests.add_metric(names, replica.requests)
            errors.add_metric(names, replica.errors)
            cut.add_metric(names, replica.cut)
            latency.add_metric(names, _cumulative(replica.latency.buckets), replica.latency.sum_ms / 1000)
    return requests, errors, cut, unrouted, latency


def _cumulative(buckets: dict[int, int]) -> list[tuple[str, float]]:
    uppers = [(LOWEST_MS * GROWTH ** (bucket + 1), count) for bucket, count in buckets.items()]
    rows = [(str(bound / 1000), float(sum(n for upper, n in uppers if upper <= bound))) for bound in _BOUNDS_MS]
    return [*rows, ("+Inf", float(sum(buckets.values())))]
