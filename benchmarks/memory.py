"""How much memory the platform holds once it has worked: gateway and supervisor (one process), and each replica."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from benchmarks.embedded import Embedded, embedded
from benchmarks.figure import Budget, Figure
from benchmarks.gateway import refuse_failures, run_client

REPLICAS: Final = 3
REQUESTS: Final = 5_000
CONNECTIONS: Final = 32
MIB: Final = 1024 * 1024


def measure() -> Iterator[Figure]:
    """After so many requests; judged by resident size, the largest replica counts."""
    with embedded() as site:
        site.create(REPLICAS)
        sent = _work(site, REQUESTS)
        server = [site.server()]
        replicas = site.replicas()
        yield Figure(
            "gateway and supervisor, resident",
            resident(server),
            "MiB",
            Budget("<", 60),
            note=f"after {sent:,} requests over {CONNECTIONS} connections",
        )
        yield from proportional("gateway and supervisor, proportional", server)
        yield Figure("a replica of aloha, resident", resident(replicas), "MiB", Budget("<", 40))
        yield from proportional("a replica of aloha, proportional", replicas)


def _work(site: Embedded, requests: int) -> int:
    """At least so many requests; returns how many it were."""
    sent = 0
    while sent < requests:
        (reading,) = run_client(site, [site.url], 1.0, connections=CONNECTIONS)
        refuse_failures(reading)
        sent += reading["requests"]
    return sent


def resident(processes: Sequence[psutil.Process]) -> float:
    """Of the largest of them, in MiB."""
    return max(process.memory_info().rss for process in processes) / MIB


def proportional(what: str, processes: Sequence[psutil.Process]) -> Iterator[Figure]:
    """Where the system tells: pages that several processes share are shared out among them."""
    found = [Path(f"/proc/{process.pid}/smaps_rollup") for process in processes]
    if all(path.exists() for path in found):
        yield Figure(what, max(map(_pss, found)) / MIB, "MiB")


def _pss(rollup: Path) -> int:
    (kib,) = (line.split()[1] for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
    return int(kib) * 1024
