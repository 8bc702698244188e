"""`gitops --help` beside the `--help` of the smallest program of its kind: what our own imports cost each time."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.children import ROOT
from benchmarks.figure import Budget, Figure, of_rounds

PAIRS: Final = 40
WARM_UP: Final = 3
HEAVY: Final = frozenset({"httpx", "git", "deepdiff", "rich", "ruamel", "pydantic", "aiohttp", "asyncio"})
"""What `--help` has no use for."""

TWO_COMMANDS: Final = '''
"""Two commands, with the settings of gitops."""

import typer

app = typer.Typer(name="two", rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def one(name: str = "x") -> None:
    """Do one thing."""


@app.command()
def other(name: str = "x") -> None:
    """Do another thing."""


app()
'''


def measure() -> Iterator[Figure]:
    """Whole processes, wall time, in pairs; the median of the pairs' ratios."""
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        package = Path(scratch) / "two"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text("import two.program\n")
        (package / "program.py").write_text(TWO_COMMANDS)
        for _ in range(WARM_UP):
            _help_s("gitops", ROOT)
            _help_s("two", Path(scratch))
        pairs = [_pair(Path(scratch), ours_first=number % 2 == 0) for number in range(PAIRS)]
    yield of_rounds(
        "gitops --help / --help of two commands",
        [ours / theirs for ours, theirs in pairs],
        "x",
        Budget("<=", 1.5),
        f"{PAIRS} pairs of whole processes, in changing order, median of ratios",
    )
    yield of_rounds("gitops --help", [ours * 1000 for ours, _ in pairs], "ms")
    yield of_rounds("--help of two commands", [theirs * 1000 for _, theirs in pairs], "ms")
    heavy = sorted(HEAVY & imported_by_help())
    yield Figure(
        "packages that --help imports and has no use for",
        len(heavy),
        "packages",
        Budget("<=", 0),
        note=f"looked for {', '.join(sorted(HEAVY))}" + (f"; FOUND {', '.join(heavy)}" if heavy else ""),
    )


def _pair(scratch: Path, *, ours_first: bool) -> tuple[float, float]:
    if ours_first:
        ours = _help_s("gitops", ROOT)
        return ours, _help_s("two", scratch)
    theirs = _help_s("two", scratch)
    return _help_s("gitops", ROOT), theirs


def _help_s(module: str, folder: Path) -> float:
    began = time.perf_counter()
    _run_help(folder, "-m", module)
    return time.perf_counter() - began


def _run_help(folder: Path, *how: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, *how, "--help"],
        cwd=folder,
        env=environment,
        check=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def imported_by_help() -> set[str]:
    """The top names of all modules that `gitops --help` imports, as the interpreter itself lists them."""
    report = _run_help(ROOT, "-X", "importtime", "-m", "gitops").stderr.splitlines()
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in report if line.startswith("import time:")}
