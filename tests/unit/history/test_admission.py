"""Who waits for a lock, for how long, and when it may be taken from somebody."""

from dataclasses import dataclass

import pytest

from gitops.errors import HistoryError, Locked
from gitops.history.admission import Admission, Admitted
from gitops.history.agreement import Agreed
from gitops.model.record import Lock
from tests.fakes.clock import FakeClock
from tests.history import ADA, BOB


class FakeLedger:
    """A lock whose commits are set by a test; `1` stands for the first renewal, and so on."""

    trust_s = 0.0
    remote = None

    def __init__(self) -> None:
        self.stands: str | None = "0"
        self.looks = 0

    def reach(self) -> Agreed:
        self.looks += 1
        return Agreed(None, None, self.stands)


@dataclass
class FakeChain:
    held: Lock

    def lock(self, commit: str) -> Lock:
        return self.held


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


def admission(ledger: FakeLedger, clock: FakeClock, wait_s: float = 0.0, me=ADA, **fields) -> Admission:
    held = {
        "id": "beef",
        "holder": BOB.who,
        "host": BOB.host,
        "boot": BOB.boot,
        "pid": 2**22 + 1,
        "started": 2.0,
        "command": "gitops apply -e production",
        "acquired": clock.now(),
        "renewed": clock.now(),
        "ttl_s": 300.0,
    }
    return Admission(ledger, FakeChain(Lock(**{**held, **fields})), clock, me, "production", wait_s)


def test_a_lock_that_nobody_holds_is_free(ledger, clock):
    ledger.stands = None

    assert Admitted() == admission(ledger, clock).ask()


def test_whoever_does_not_wait_is_told_at_once_who_holds_it(ledger, clock):
    asked = admission(ledger, clock, run_url="https://ci.example/1")
    clock.sleep(12)

    with pytest.raises(Locked) as raised:
        asked.ask()

    assert 1 == ledger.looks
    assert raised.value.message == (
        "environment production is locked by Bob <bob@example.com> on host bob-host (gitops apply -e production, "
        "https://ci.example/1) since 09:30:00 UTC, renewed 12s ago"
    )
    assert "gitops unlock beef -e production" in raised.value.hint


def test_another_machine_s_clock_may_be_ahead(ledger, clock):
    later = clock.now().replace(hour=23)

    with pytest.raises(Locked) as raised:
        admission(ledger, clock, renewed=later).ask()

    assert raised.value.message.endswith("renewed 0s ago")


def test_a_wait_ends_when_the_lock_is_given_back(ledger, clock):
    clock.at(5, lambda: setattr(ledger, "stands", None))

    assert Admitted() == admission(ledger, clock, wait_s=60).ask()
    assert 5 <= clock.monotonic() < 8


def test_a_wait_that_was_for_nothing_ends_in_its_time(ledger, clock):
    with pytest.raises(Locked):
        admission(ledger, clock, wait_s=61).ask()

    assert 61 == clock.monotonic()


def test_a_process_that_ended_on_this_machine_is_not_waited_for(ledger, clock):
    admitted = admission(ledger, clock, me=BOB).ask()

    assert "0" == admitted.instead_of
    assert admitted.took_over == (
        "the lock of Bob <bob@example.com> on host bob-host (gitops apply -e production), held since "
        "2026-03-02 09:30:00 UTC: its process has ended"
    )


def test_a_lock_that_stands_still_for_its_ttl_may_be_taken(ledger, clock):
    admitted = admission(ledger, clock, wait_s=600).ask()

    assert "0" == admitted.instead_of
    assert admitted.took_over.endswith(": it was not renewed for 5m")
    assert 300 <= clock.monotonic() <= 302


def test_a_lock_that_looks_old_is_watched_all_the_same(ledger, clock):
    """Its time is another machine's; only our own clock tells how long it stood still."""
    long_ago = clock.now().replace(year=2020)

    with pytest.raises(Locked):
        admission(ledger, clock, wait_s=299, acquired=long_ago, renewed=long_ago).ask()


def test_each_renewal_begins_the_watch_anew(ledger, clock):
    clock.at(200, lambda: setattr(ledger, "stands", "1"))

    with pytest.raises(Locked):
        admission(ledger, clock, wait_s=450).ask()

    assert 450 == clock.monotonic()


def test_a_stop_ends_the_wait(ledger, clock, monkeypatch):
    monkeypatch.setattr(clock, "sleep", lambda seconds: None)

    with pytest.raises(Locked):
        admission(ledger, clock, wait_s=600).ask()

    assert 1 == ledger.looks


def test_a_remote_that_goes_away_ends_the_wait(ledger, clock):
    asked = admission(ledger, clock, wait_s=600)

    def gone() -> None:
        def reach() -> Agreed:
            raise HistoryError("gone")

        ledger.reach = reach

    clock.at(5, gone)

    with pytest.raises(HistoryError, match="gone"):
        asked.ask()
