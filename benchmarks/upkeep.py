"""What looking after replicas takes from the gateway: its throughput with and without the platform's upkeep."""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.embedded import ENDPOINT, Embedded, embedded, quickstart
from benchmarks.figure import Budget, Figure, of_rounds
from benchmarks.gateway import cpu_s, refuse_failures, run_client
from benchmarks.own_platform import with_upkeep
from gitops.model.autoscale import Autoscale

REPLICAS: Final = 2
CONNECTIONS: Final = 32
ROUNDS: Final = 5
FULL_S: Final = 4.0
WARM_UP_S: Final = 2.0
MEMORY: Final = "512M"
POLICY: Final = Autoscale(min_replicas=REPLICAS, max_replicas=REPLICAS, requests_per_replica=1_000, window=10.0)
"""It counts and decides, and has no choice: both platforms keep the same number of replicas."""


def measure() -> Iterator[Figure]:
    """Two platforms that differ in nothing else, measured in turn, each first in every other round."""
    with embedded(with_upkeep(upkeep=True)) as kept, embedded(with_upkeep(upkeep=False)) as bare:
        for site in (kept, bare):
            _prepare(site)
        with_it: list[dict[str, Any]] = []
        without: list[dict[str, Any]] = []
        used: list[float] = []
        for number in range(ROUNDS):
            turns = [(kept, with_it), (bare, without)]
            for site, readings in turns if number % 2 == 0 else reversed(turns):
                before = cpu_s(site.server())
                readings += run_client(site, [site.url], FULL_S, connections=CONNECTIONS)
                if site is kept:
                    used.append((cpu_s(site.server()) - before) / readings[-1]["requests"] * 1e6)
    refuse_failures(*with_it, *without)
    yield of_rounds(
        f"requests/s over {CONNECTIONS} connections: upkeep on / off",
        [on["per_s"] / off["per_s"] for on, off in zip(with_it, without, strict=True)],
        "x",
        Budget(">=", 0.9),
        f"{ROUNDS} rounds of {FULL_S:g} s; on: probes, a memory limit, an autoscale policy, sweeps of the logs",
    )
    yield of_rounds("requests/s with upkeep", [one["per_s"] for one in with_it], "/s")
    yield of_rounds("requests/s without", [one["per_s"] for one in without], "/s")
    yield of_rounds("CPU of the gateway's process per request, with upkeep", used, "us")


def _prepare(site: Embedded) -> None:
    """An endpoint of which everything has to be looked after, and warm connections."""
    project = quickstart(site.scratch / "limited")
    with (project / "aloha/config.yaml").open("a") as config:
        config.write(f"memory: {MEMORY}\n")
    site.create(REPLICAS, site.push(project))
    site.platform.set_autoscale(ENDPOINT, policy=POLICY)
    run_client(site, [site.url], WARM_UP_S, connections=CONNECTIONS)
