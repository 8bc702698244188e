"""The flag that rewrites golden files."""

from types import SimpleNamespace

import pytest

from tests.conftest import pytest_configure


def config(*, update: bool) -> SimpleNamespace:
    return SimpleNamespace(getoption=lambda _name: update)


def test_golden_files_are_not_rewritten_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.UsageError):
        pytest_configure(config(update=True))


def test_golden_files_may_be_compared_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")

    pytest_configure(config(update=False))


def test_a_person_may_rewrite_golden_files(monkeypatch):
    monkeypatch.delenv("CI", raising=False)

    pytest_configure(config(update=True))
