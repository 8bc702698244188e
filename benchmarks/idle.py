"""What many endpoints cost while nobody asks them anything: CPU and memory of gateway and supervisor (one process)."""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from benchmarks.children import ROOT
from benchmarks.embedded import PATIENCE_S, Embedded, embedded
from benchmarks.figure import Budget, Figure
from benchmarks.gateway import cpu_s
from benchmarks.memory import proportional, resident
from gitops.model.live import Live, ReplicaState

ENDPOINTS: Final = 100
REPLICAS: Final = 2
AT_ONCE: Final = 5
"""Endpoints that are being started at a time."""

SETTLE_S: Final = 10.0
"""After which every replica was asked its liveness probe for the first time."""

WATCHED_S: Final = 30.0
MODEL: Final = "small"
PROJECT: Final = """
kind: Project
name: idle
include: [models/*.yaml]
environments: {local: {platform: {kind: local}}}
"""
CARD: Final = """
kind: ModelCard
name: small
spec: {workspace: ../small, entry_point: main_entry.py, memory: 64M}
---
kind: Endpoint
name: idle
model: small
"""
"""Only a card that an endpoint serves is read with its files."""


def measure() -> Iterator[Figure]:
    """The card has a memory limit, so that all that the platform ever looks after is looked after."""
    with embedded() as site:
        version = site.push(_project(site.scratch / "idle"), MODEL)
        names = [f"idle-{number}" for number in range(ENDPOINTS)]
        began = time.perf_counter()
        pids = [pid for start in range(0, ENDPOINTS, AT_ONCE) for pid in _start(site, names[start:][:AT_ONCE], version)]
        started = time.perf_counter() - began
        time.sleep(SETTLE_S)
        used = _share_of_a_core(site)
        assert pids == _pids(site, names), "a replica was not left alone"
        server, replicas = [site.server()], [psutil.Process(pid) for pid in pids]
        yield Figure(
            f"{ENDPOINTS} idle endpoints of {REPLICAS} replicas: CPU of the platform",
            used,
            "% of a core",
            Budget("<", 5),
            note=f"gateway and supervisor, over {WATCHED_S:g} s; probes, memory limits and logs are looked after",
        )
        yield Figure("the same: gateway and supervisor, resident", resident(server), "MiB")
        yield from proportional("the same: gateway and supervisor, proportional", server)
        yield Figure("a replica, resident", resident(replicas), "MiB")
        yield from proportional("a replica, proportional", replicas)
        yield Figure(f"from nothing to {len(pids)} ready replicas, {AT_ONCE * REPLICAS} at a time", started, "s")


def _project(root: Path) -> Path:
    (root / "models").mkdir(parents=True)
    (root / "small").mkdir()
    (root / "gitops.yaml").write_text(PROJECT)
    (root / "models/small.yaml").write_text(CARD)
    shutil.copy(ROOT / "benchmarks/small_model.py", root / "small/main_entry.py")
    return root


def _start(site: Embedded, names: Sequence[str], version: str) -> Sequence[int]:
    """Endpoints of the small model; returns the pids of their replicas once all are ready.

    Raises:
        RuntimeError: they are not ready in time.
    """
    for name in names:
        site.platform.create(
            name,
            model=MODEL,
            version=version,
            replicas=REPLICAS,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=PATIENCE_S,
        )
    deadline = time.monotonic() + PATIENCE_S
    while len(pids := _pids(site, names)) < len(names) * REPLICAS:
        if time.monotonic() > deadline:
            raise RuntimeError(f"after {PATIENCE_S:g} s only {len(pids)} replicas of {', '.join(names)} are ready")
        time.sleep(0.05)
    return pids


def _pids(site: Embedded, names: Sequence[str]) -> Sequence[int]:
    """Of the ready replicas, in the order of the names."""
    found = site.platform.read(names)
    lives = [live for name in names if isinstance(live := found[name], Live)]
    members = [member for live in lives for member in live.members]
    return [member.pid for member in members if member.pid and member.state is ReplicaState.READY]


def _share_of_a_core(site: Embedded) -> float:
    """In percent, over a while in which nobody asks anything."""
    server, began = site.server(), time.perf_counter()
    before = cpu_s(server)
    time.sleep(WATCHED_S)
    return (cpu_s(server) - before) / (time.perf_counter() - began) * 100
