"""The fake history keeps the contract, which is why the other tests may trust it."""

import pytest

from tests.conformance.history import HistoryContract
from tests.fakes.clock import FakeClock
from tests.fakes.history import FakeHistory, Ledger


class FakeHistorySubject:
    def __init__(self) -> None:
        ledger, self.clock = Ledger(), FakeClock()
        self.ours = FakeHistory(ledger, self.clock)
        self.theirs = FakeHistory(ledger, self.clock, "Bob <bob@example.com>")


class TestFakeHistory(HistoryContract):
    @pytest.fixture
    def subject(self) -> FakeHistorySubject:
        return FakeHistorySubject()
