"""What all tests share: the flag that rewrites golden files, and hypothesis without chance."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite(
    "tests.conformance.common",
    "tests.conformance.history",
    "tests.conformance.telling",
    "tests.conformance.whole",
    "tests.sdk.replay",
    "tests.specs.golden",
)

ROOT = Path(__file__).parents[1]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=200,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("wild", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="every kill and every story, on real processes")
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files with what the code says now")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is for people: CI must not write what it is there to check")
