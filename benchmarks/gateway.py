"""The gateway against the replicas themselves: what it adds to a request, and how many requests it carries."""

from collections.abc import Iterator
from typing import Any, Final

import psutil

from benchmarks.children import answer_of, child
from benchmarks.embedded import Embedded, embedded
from benchmarks.figure import Budget, Figure, of_rounds

REPLICAS: Final = 2
ROUNDS: Final = 5
RATE: Final = 100
PAIRED_S: Final = 6.0
CONNECTIONS: Final = 32
FULL_S: Final = 4.0
WARM_UP_S: Final = 2.0


def measure() -> Iterator[Figure]:
    """Both on one platform, one after the other."""
    with embedded() as site:
        site.create(REPLICAS)
        yield from _overhead(site)
        yield from _throughput(site)


def _overhead(site: Embedded) -> Iterator[Figure]:
    """p50 through the gateway minus p50 without it: requests go both ways in turn, so both see the same machine."""
    groups = [site.url, ",".join(site.replica_urls())]
    run_client(site, groups, WARM_UP_S, rate=RATE)
    rounds = [run_client(site, groups, PAIRED_S, rate=RATE) for _ in range(ROUNDS)]
    for through, direct in rounds:
        refuse_failures(through, direct)
    yield of_rounds(
        f"p50 overhead at {RATE} requests/s",
        [through["p50_ms"] - direct["p50_ms"] for through, direct in rounds],
        "ms",
        Budget("<", 1.0),
        f"{ROUNDS} rounds of {PAIRED_S:g} s, the same client asks gateway and replicas in turn",
    )
    yield of_rounds("p50 through the gateway", [through["p50_ms"] for through, _ in rounds], "ms")
    yield of_rounds("p50 of the replicas themselves", [direct["p50_ms"] for _, direct in rounds], "ms")
    yield of_rounds("p99 through the gateway", [through["p99_ms"] for through, _ in rounds], "ms")
    yield of_rounds("p99 of the replicas themselves", [direct["p99_ms"] for _, direct in rounds], "ms")


def _throughput(site: Embedded) -> Iterator[Figure]:
    """As fast as it goes, gateway and replicas in turn."""
    direct_urls = ",".join(site.replica_urls())
    run_client(site, [site.url], WARM_UP_S, connections=CONNECTIONS)
    through: list[dict[str, Any]] = []
    direct: list[dict[str, Any]] = []
    used: list[float] = []
    for _ in range(ROUNDS):
        before = cpu_s(site.server())
        through += run_client(site, [site.url], FULL_S, connections=CONNECTIONS)
        used.append((cpu_s(site.server()) - before) / through[-1]["requests"] * 1e6)
        direct += run_client(site, [direct_urls], FULL_S, connections=CONNECTIONS)
    refuse_failures(*through, *direct)
    yield of_rounds(
        f"requests/s over {CONNECTIONS} connections",
        [one["per_s"] for one in through],
        "/s",
        Budget(">=", 2000),
        f"{ROUNDS} rounds of {FULL_S:g} s; the client is a process of its own and used "
        f"{max(one['client_cpu'] for one in through):.0%} of a core at most",
    )
    yield of_rounds("the same past the gateway, to the replicas", [one["per_s"] for one in direct], "/s")
    yield of_rounds(
        "through the gateway / past it",
        [one["per_s"] / other["per_s"] for one, other in zip(through, direct, strict=True)],
        "x",
    )
    yield of_rounds("CPU of the gateway's process per request", used, "us")
    yield of_rounds("p99 over the 32 connections", [one["p99_ms"] for one in through], "ms")


def cpu_s(process: psutil.Process) -> float:
    """Seconds of a core that a process has used itself, its children apart."""
    times = process.cpu_times()
    return times.user + times.system


def run_client(
    site: Embedded, groups: list[str], seconds: float, *, connections: int = 0, rate: float = 0
) -> list[dict[str, Any]]:
    """The light client in a process of its own; one reading for each group of URLs that it asked."""
    settings = ["--connections", str(connections), "--rate", str(rate), "--seconds", str(seconds)]
    arguments = [*groups, "--key-file", str(site.key_file), *settings]
    with child("benchmarks.http_client", *arguments) as process:
        readings: list[dict[str, Any]] = answer_of(process, within_s=seconds + 30)
        return readings


def refuse_failures(*readings: dict[str, Any]) -> None:
    """A figure of failing requests is worth nothing.

    Raises:
        RuntimeError: a request failed.
    """
    failed = sum(one["failed"] for one in readings)
    if failed:
        raise RuntimeError(f"{failed} of {sum(one['requests'] for one in readings)} requests failed")
