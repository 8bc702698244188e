"""Reading and planning large projects: against the YAML parser alone, and how the cost grows with the endpoints.

First inside one process, part by part; then as people run it (`whole_plan`).
"""

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from benchmarks import whole_plan
from benchmarks.figure import Budget, Figure, of_rounds
from benchmarks.large_project import CARD, FILES, as_declared, owned, versions_of, write_project
from benchmarks.parse_only import documents
from gitops.model.desired import Desired
from gitops.model.live import Live, ModelVersion, PlatformIdentity
from gitops.planning.planner import plan
from gitops.planning.remembered import Remembered
from gitops.platforms.traits import LOCAL, traits_of
from gitops.sources.project import FileSource
from gitops.workflows.validate import examine

SMALL: Final = 1_000
LARGE: Final = 10_000
ROUNDS: Final = 3
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one round: our reading and checking, the parser alone on the same files, and planning."""

    load: float
    parse: float
    plan: float


def measure() -> Iterator[Figure]:
    """Both sizes in one run, their rounds in turn."""
    yield from _parts()
    yield from whole_plan.measure(SMALL, LARGE)


def _parts() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        small = write_project(Path(scratch) / "small", SMALL)
        large = write_project(Path(scratch) / "large", LARGE)
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


def _round(root: Path, size: int) -> Costs:
    parse, found = _timed(lambda: documents(root))
    load, desired = _timed(lambda: _loaded(root))
    assert found == len(desired.endpoints) == size
    live, versions = as_declared(desired), {CARD: versions_of(desired)}
    known = owned(desired)
    planning, changes = _timed(lambda: _planned(desired, live, versions, known))
    assert changes == 0, "nothing should have to change"
    return Costs(load, parse, planning)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    gc.collect()
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _loaded(root: Path) -> Desired:
    loaded = FileSource(root, environ={}).load("local")
    diagnostics = examine(loaded, traits_of)
    assert not diagnostics, diagnostics[0]
    assert loaded.desired is not None
    return loaded.desired


def _planned(
    desired: Desired, live: Mapping[str, Live], versions: Mapping[str, tuple[ModelVersion, ...]], known: Remembered
) -> int:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:1", installation="benchmark")
    planned = plan(desired, live, versions, {}, LOCAL, platform, known)
    assert planned.plan is not None, planned.diagnostics
    return len(planned.plan.steps) + len(planned.plan.changes)
