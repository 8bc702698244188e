"""The fake platform keeps the contract, which is why the other tests may trust it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitops.model.live import ReplicaState
from tests.builders import make_card
from tests.conformance.common import PlatformContract
from tests.conformance.subject import Packed
from tests.conformance.telling import TellingContract
from tests.fakes.clock import FakeClock
from tests.fakes.platform import FakePlatform
from tests.fakes.replicas import Behaviour

NOWHERE = Path("/nowhere/aloha.zip")


class FakeSubject:
    resource = None
    sizes_creation = True

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock)
        self._markers: dict[str, str] = {}

    def eventually(self, predicate: Callable[[], bool], timeout_s: float = 30) -> None:
        until = self.clock.monotonic() + timeout_s
        while not predicate():
            assert self.clock.monotonic() < until, "it never came to that"
            self.clock.sleep(0.1)

    def good_card(self, marker: str = "one") -> Packed:
        card = make_card(marker=marker)
        self._markers[card.digest] = marker
        return card, NOWHERE

    def answer(self) -> str:
        live = self.platform.live("aloha")
        digests = {version.name: version.digest for version in self.platform.pushed("aloha")}
        ready = next(member.version for member in live.members if member.state is ReplicaState.READY)
        return self._markers[digests[ready]]

    def crashing_card(self) -> Packed:
        return self._behaving("crashing", Behaviour(crash_s=0.3))

    def slow_card(self) -> Packed:
        return self._behaving("slow", Behaviour(start_s=3600))

    def _behaving(self, marker: str, behaviour: Behaviour) -> Packed:
        card = make_card(marker=marker)
        self.platform.behaviours[card.digest] = behaviour
        return card, NOWHERE


class TestFakePlatform(PlatformContract, TellingContract):
    @pytest.fixture
    def subject(self) -> FakeSubject:
        return FakeSubject()
