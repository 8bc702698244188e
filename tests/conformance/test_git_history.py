"""The history in git keeps the contract: in one repository, and shared through a remote by two clones."""

from pathlib import Path

import pytest

from tests.conformance.history import HistoryContract
from tests.fakes.clock import FakeClock
from tests.history import BOB, clone, isolate, make_remote, make_repository, open_history


class GitSubject:
    def __init__(self, ours: Path, theirs: Path, remote: str | None) -> None:
        self.clock = FakeClock()
        self.ours = open_history(ours, remote, clock=self.clock)
        self.theirs = open_history(theirs, remote, BOB, clock=self.clock)


class TestInOneRepository(HistoryContract):
    @pytest.fixture
    def subject(self, tmp_path, monkeypatch) -> GitSubject:
        isolate(monkeypatch, tmp_path / "home")
        repository = make_repository(tmp_path / "repository")
        return GitSubject(repository, repository, None)


class TestThroughARemote(HistoryContract):
    @pytest.fixture
    def subject(self, tmp_path, monkeypatch) -> GitSubject:
        isolate(monkeypatch, tmp_path / "home")
        remote = make_remote(tmp_path / "remote.git")
        return GitSubject(clone(remote, tmp_path / "ours"), clone(remote, tmp_path / "theirs"), "origin")
