"""What looking after replicas takes from the gateway: its throughput with and without the platform's upkeep."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.embedded import ENDPOINT, Embedded, embedded, quickstart
from benchmarks.figure import Budget, Figure, of_rounds
from benchmarks.gateway import cpu_s, refuse_failures, run_client
from benchmarks.own_platform import with_upkeep
from gitops.model.autoscale import Autoscale

REPLICAS: Final = 2
CONNECTIONS: Final = 32
ROUNDS: Final = 5
TURN_S: Final = 2.0
WARM_UP_S: Final = 2.0
MEMORY: Final = "512M"
POLICY: Final = Autoscale(min_replicas=REPLICAS, max_replicas=REPLICAS, requests_per_replica=1_000, window=10.0)
"""It counts and decides, and has no choice: both platforms keep the same number of replicas."""


class Turn(NamedTuple):
    """Requests/s, and microseconds of CPU that the gateway's process used for each."""

    per_s: float
    cpu_us: float


def measure() -> Iterator[Figure]:
    """Two platforms that differ in nothing else; on, off, off, on in each round, so that a drift meets both alike."""
    with embedded(with_upkeep(upkeep=True)) as kept, embedded(with_upkeep(upkeep=False)) as bare:
        for site in (kept, bare):
            _prepare(site)
        rounds = [[_turn(site) for site in (kept, bare, bare, kept)] for _ in range(ROUNDS)]
    on = [_both(first, last) for first, _, _, last in rounds]
    off = [_both(second, third) for _, second, third, _ in rounds]
    yield of_rounds(
        f"requests/s over {CONNECTIONS} connections: upkeep on / off",
        [one.per_s / other.per_s for one, other in zip(on, off, strict=True)],
        "x",
        Budget(">=", 0.9),
        f"{ROUNDS} rounds of 4 times {TURN_S:g} s; on: probes, a memory limit, an autoscale policy, sweeps of the logs",
    )
    yield of_rounds("requests/s with upkeep", [one.per_s for one in on], "/s")
    yield of_rounds("requests/s without", [one.per_s for one in off], "/s")
    yield of_rounds("CPU of the gateway's process per request, with upkeep", [one.cpu_us for one in on], "us")
    yield of_rounds("the same without", [one.cpu_us for one in off], "us")


def _turn(site: Embedded) -> Turn:
    """As fast as it goes, for a short time."""
    before = cpu_s(site.server())
    (reading,) = run_client(site, [site.url], TURN_S, connections=CONNECTIONS)
    refuse_failures(reading)
    return Turn(reading["per_s"], (cpu_s(site.server()) - before) / reading["requests"] * 1e6)


def _both(one: Turn, other: Turn) -> Turn:
    return Turn((one.per_s + other.per_s) / 2, (one.cpu_us + other.cpu_us) / 2)


def _prepare(site: Embedded) -> None:
    """An endpoint of which everything has to be looked after, and warm connections."""
    project = quickstart(site.scratch / "limited")
    with (project / "aloha/config.yaml").open("a") as config:
        config.write(f"memory: {MEMORY}\n")
    site.create(REPLICAS, site.push(project))
    site.platform.set_autoscale(ENDPOINT, policy=POLICY)
    run_client(site, [site.url], WARM_UP_S, connections=CONNECTIONS)
