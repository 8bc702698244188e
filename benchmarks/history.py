"""The newest deployments of a long history, listed as people list them: a whole process, over git."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.figure import Budget, Figure, of_rounds
from benchmarks.large_project import FILES, write_project
from benchmarks.long_history import ENDPOINTS, write_history
from benchmarks.owned_project import under_git
from benchmarks.whole_process import Cost, cost_of
from gitops.history.refs import Names

DEPLOYMENTS: Final = 1_000
LISTED: Final = 200
ROUNDS: Final = 7


def measure() -> Iterator[Figure]:
    """The list, and beside it a command of ours that reads nothing."""
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        root = write_project(Path(scratch) / "project", FILES)
        under_git(root)
        write_history(root / ".git", Names("large", "local"), DEPLOYMENTS)
        _check(root)
        rounds = [(_list(root), cost_of(sys.executable, "-m", "gitops", "--version")) for _ in range(ROUNDS)]
    yield of_rounds(
        f"the last {LISTED} deployments of {DEPLOYMENTS:,}: gitops history",
        [listed.seconds for listed, _ in rounds],
        "s",
        Budget("<", 0.5),
        f"whole processes; {ENDPOINTS} endpoints, two commits a deployment",
    )
    yield of_rounds("CPU of it", [listed.cpu_s for listed, _ in rounds], "s")
    yield of_rounds("gitops --version", [nothing.seconds for _, nothing in rounds], "s", note="what starting costs")


def _list(root: Path, *more: str) -> Cost:
    return cost_of(sys.executable, "-m", "gitops", "history", "-n", str(LISTED), "-C", str(root), *more)


def _check(root: Path) -> None:
    """The list has what it should, before it is timed."""
    numbers = [one["record"]["number"] for one in json.loads(_list(root, "--json").said)["deployments"]]
    assert numbers == list(range(DEPLOYMENTS, DEPLOYMENTS - LISTED, -1)), numbers
    assert f"{LISTED} deployments." in _list(root).said
