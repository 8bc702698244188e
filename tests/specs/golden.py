"""Golden files: what a case's inputs give is what its folder says, word for word; `--update-golden` rewrites it."""

from pathlib import Path

import pytest

SPECS = Path(__file__).parent


def assert_golden(request: pytest.FixtureRequest, path: Path, text: str) -> None:
    """Compare with the golden file, or write it."""
    if request.config.getoption("--update-golden", default=False):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.is_file(), f"{path} is missing: look at the text with --update-golden, then keep it"

    assert path.read_bytes().decode() == text
