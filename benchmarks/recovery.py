"""How soon the platform is whole again: after a replica was killed, and after it was killed itself."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Final

import psutil

from benchmarks.children import answer_of, child
from benchmarks.embedded import PATIENCE_S, Embedded, embedded
from benchmarks.figure import Budget, Figure, of_rounds
from gitops.local import daemon

REPLICAS: Final = 3
RATE: Final = 50
ROUNDS: Final = 5


def measure() -> Iterator[Figure]:
    """Both on one platform, one after the other; only the first under load, which nobody answers during the second."""
    with embedded() as site:
        site.create(REPLICAS)
        yield from _of_a_replica(site)
        yield from _of_the_platform(site)


def _of_a_replica(site: Embedded) -> Iterator[Figure]:
    """Each round first asks for one replica more, to see what a start takes, and then kills one."""
    starts: list[float] = []
    recoveries: list[float] = []
    with child("benchmarks.open_loop", site.url, "--rate", str(RATE), "--key-file", str(site.key_file)) as process:
        for _ in range(ROUNDS):
            site.scale(REPLICAS - 1)
            starts.append(site.scale(REPLICAS))
            recoveries.append(_kill_replica(site))
        requests = answer_of(process, within_s=60)
    yield of_rounds(
        "a replica killed: until ready again, minus own start",
        [recovery - start for recovery, start in zip(recoveries, starts, strict=True)],
        "s",
        Budget("<=", 1.0),
        f"{ROUNDS} rounds, 1 of {REPLICAS} at {RATE} requests/s, SIGKILL; own start: of one more, in the same round",
    )
    yield of_rounds("from the kill until ready again", recoveries, "s")
    yield of_rounds("own start: one more replica, asked for by hand", starts, "s")
    failed = sum(one[2] for one in requests)
    yield Figure(f"failed requests during {ROUNDS} kills", failed, "requests", note=f"of {len(requests):,}")


def _kill_replica(site: Embedded) -> float:
    """Seconds from the kill until as many are ready as before, and the killed one is not among them."""
    victim = site.replicas()[0].pid
    began = time.perf_counter()
    os.kill(victim, signal.SIGKILL)
    site.until(lambda live: live.ready == REPLICAS and all(member.pid != victim for member in live.members))
    return time.perf_counter() - began


def _of_the_platform(site: Embedded) -> Iterator[Figure]:
    """Each round kills gateway and supervisor, and starts them again as the next command would."""
    before = _pids(site)
    answers: list[float] = []
    whole: list[float] = []
    pid = site.record.pid
    for _ in range(ROUNDS):
        began = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        psutil.Process(pid).wait(PATIENCE_S)
        record, _ = daemon.up(site.folder)
        answers.append(time.perf_counter() - began)
        assert record.url == site.record.url, "it came back somewhere else"
        site.until(lambda live: live.ready == REPLICAS)
        whole.append(time.perf_counter() - began)
        pid = record.pid
    yield of_rounds(
        f"the platform killed: until {REPLICAS} replicas are ready again",
        whole,
        "s",
        note=f"{ROUNDS} rounds, SIGKILL, and started again at once",
    )
    yield of_rounds("from the kill until the platform answers again", answers, "s")
    yield Figure(
        "replicas that are another process afterwards",
        len(before - _pids(site)),
        "replicas",
        Budget("<=", 0),
        note=f"of {REPLICAS}, after {ROUNDS} kills of the platform; by pid and start time",
    )


def _pids(site: Embedded) -> set[tuple[int, float]]:
    return {(process.pid, process.create_time()) for process in site.replicas()}
