"""Reading and planning large projects: against the YAML parser alone, and how the cost grows with the endpoints."""

import gc
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from ruamel.yaml import YAML

from benchmarks.figure import Budget, Figure, of_rounds
from gitops.model.desired import Desired
from gitops.model.live import Live, LiveReplica, ModelVersion, Phase, PlatformIdentity, ReplicaState
from gitops.planning.planner import plan
from gitops.platforms.traits import LOCAL, traits_of
from gitops.sources.project import FileSource
from gitops.workflows.validate import examine

SMALL: Final = 1_000
LARGE: Final = 10_000
FILES: Final = 200
ROUNDS: Final = 3
PROJECT: Final = """
kind: Project
name: large
include: [models/*.yaml, endpoints/*.yaml]
environments: {local: {platform: {kind: local}}}
"""
CARD: Final = """
kind: ModelCard
name: aloha
spec: {workspace: ../aloha, entry_point: main_entry.py}
"""
ENDPOINT: Final = """---
kind: Endpoint
name: aloha-%(number)d
model: aloha
version: %(version)s
replicas: %(replicas)d
rollout:
  max_unavailable: 0
  max_surge: 1
  batches: [1, 50%%, 100%%]
"""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one round: our reading and checking, the parser alone on the same files, and planning."""

    load: float
    parse: float
    plan: float


def measure() -> Iterator[Figure]:
    """Both sizes in one run, their rounds in turn."""
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        small, large = _project(Path(scratch) / "small", SMALL), _project(Path(scratch) / "large", LARGE)
        _round(small, SMALL)
        rounds = [(_round(small, SMALL), _round(large, LARGE)) for _ in range(ROUNDS)]
    by_size = {SMALL: [few for few, _ in rounds], LARGE: [many for _, many in rounds]}
    for size, costs in by_size.items():
        yield of_rounds(
            f"{size:,} endpoints: load and check / parse only",
            [one.load / one.parse for one in costs],
            "x",
            Budget("<=", 2),
            f"in {FILES} files; parse only is ruamel.yaml's own safe load through its C parser",
        )
        yield of_rounds(f"{size:,} endpoints: load and check", [one.load for one in costs], "s")
        yield of_rounds(f"{size:,} endpoints: parse only", [one.parse for one in costs], "s")
        yield of_rounds(f"{size:,} endpoints: plan, nothing to change", [one.plan * 1000 for one in costs], "ms")
    for what, growth in (
        ("load and check", [many.load / few.load for few, many in rounds]),
        ("plan", [many.plan / few.plan for few, many in rounds]),
    ):
        yield of_rounds(f"growth of {what} from {SMALL:,} to {LARGE:,}", growth, "x", Budget("<=", 12))


def _project(root: Path, size: int) -> Path:
    """A project of so many endpoints of one card; half serve the card as it lies there, half a version by name."""
    for folder in ("models", "endpoints", "aloha"):
        (root / folder).mkdir(parents=True)
    (root / "gitops.yaml").write_text(PROJECT)
    (root / "models/aloha.yaml").write_text(CARD)
    (root / "aloha/main_entry.py").write_text("print('aloha')\n")
    each = size // FILES
    for number in range(FILES):
        documents = [_document(index) for index in range(number * each, (number + 1) * each)]
        (root / f"endpoints/{number:03}.yaml").write_text("".join(documents))
    return root


def _document(index: int) -> str:
    return ENDPOINT % {"number": index, "version": ("current", "v0")[index % 2], "replicas": index % 5 + 1}


def _round(root: Path, size: int) -> Costs:
    parse, documents = _timed(lambda: _parsed(root))
    load, desired = _timed(lambda: _loaded(root))
    assert documents == len(desired.endpoints) == size
    live = _as_declared(desired)
    versions = {"aloha": (ModelVersion(name="v0", digest=desired.cards["aloha"].digest),)}
    planning, steps = _timed(lambda: _planned(desired, live, versions))
    assert steps == 0, "nothing should have to change"
    return Costs(load, parse, planning)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    gc.collect()
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _parsed(root: Path) -> int:
    """How many documents the parser alone finds in the endpoints' files."""
    found: list[Any] = []
    for path in sorted((root / "endpoints").glob("*.yaml")):
        found += YAML(typ="safe", pure=False).load_all(io.StringIO(path.read_text()))
    return len(found)


def _loaded(root: Path) -> Desired:
    loaded = FileSource(root, environ={}).load("local")
    diagnostics = examine(loaded, lambda environment: traits_of(environment.platform))
    assert not diagnostics, diagnostics[0]
    assert loaded.desired is not None
    return loaded.desired


def _as_declared(desired: Desired) -> Mapping[str, Live]:
    """A platform that has everything as it is declared."""
    return {name: _serving(name, declared.endpoint.replicas) for name, declared in desired.endpoints.items()}


def _serving(name: str, replicas: int) -> Live:
    members = tuple(
        LiveReplica(id=f"{name}-{number}", version="v0", state=ReplicaState.READY) for number in range(replicas)
    )
    return Live(name=name, model="aloha", version="v0", replicas=replicas, phase=Phase.SERVING, members=members)


def _planned(desired: Desired, live: Mapping[str, Live], versions: Mapping[str, tuple[ModelVersion, ...]]) -> int:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:1", installation="benchmark")
    planned = plan(desired, live, versions, {}, LOCAL, platform)
    assert planned.plan is not None, planned.diagnostics
    return len(planned.plan.steps)
