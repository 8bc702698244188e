"""Every test here is cut off from the git configuration of whoever runs it."""

import pytest

from tests.history import isolate


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")
    return tmp_path / "home"
