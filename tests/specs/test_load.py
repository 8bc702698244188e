"""Every folder of `load/` is a small project; its diagnostics are what its `diagnostics.txt` says.

A case may name its environment in `environment.txt` (else `local`), and one environment variable per line in
`environ.txt`. It is loaded from a copy, away from this repository.
"""

import shutil
from pathlib import Path

import pytest

from gitops.diagnostics import Diagnostic
from gitops.sources.project import FileSource
from tests.specs.golden import SPECS, assert_golden

CASES = SPECS / "load"
ABOUT = ("diagnostics.txt", "environment.txt", "environ.txt")


def shown(diagnostic: Diagnostic) -> str:
    lines = [f"{diagnostic.place}: {diagnostic.severity}[{diagnostic.code}] {diagnostic.summary}"]
    for source in diagnostic.excerpt:
        assert diagnostic.place is not None
        lines += [f"  | {source}".rstrip(), "  | " + " " * (diagnostic.place.column - 1) + "^"]
    return "\n".join([*lines, f"  {diagnostic.hint}"]) + "\n"


def text_of(case: Path, name: str, default: str = "") -> str:
    return (case / name).read_text().strip() if (case / name).exists() else default


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_project_has_the_diagnostics_of_its_golden_file(
    case: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = tmp_path / "project"
    shutil.copytree(case, root, symlinks=True, ignore=shutil.ignore_patterns(*ABOUT))
    environ = dict(line.split("=", 1) for line in text_of(case, "environ.txt").splitlines())

    loaded = FileSource(root, environ=environ).load(text_of(case, "environment.txt", "local"))

    assert (loaded.desired is None) == any(diagnostic.is_error for diagnostic in loaded.diagnostics)
    assert all(diagnostic.hint for diagnostic in loaded.diagnostics)
    assert_golden(request, case / "diagnostics.txt", "\n".join(shown(found) for found in loaded.diagnostics))
