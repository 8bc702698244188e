"""The fake platform that rolls by itself keeps the contract, which is why the other tests may trust it."""

from collections.abc import Callable

import pytest

from gitops.model.resource import Resource
from tests.builders import make_card
from tests.conformance.common import PlatformContract
from tests.conformance.subject import Packed
from tests.conformance.test_fake import NOWHERE
from tests.conformance.whole import WholeContract
from tests.fakes.clock import FakeClock
from tests.fakes.replicas import Behaviour
from tests.fakes.whole import FakeWholePlatform


class FakeWholeSubject:
    resource = Resource(type="on_premise", master="101", workers=("102", "103"))
    sizes_creation = False

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.platform = FakeWholePlatform(self.clock)
        self.platform.tells_gpus = False
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

    def crashing_card(self) -> Packed:
        card = make_card(marker="crashing")
        self.platform.behaviours[card.digest] = Behaviour(crash_s=0.3)
        return card, NOWHERE

    def slow_card(self) -> Packed:
        card = make_card(marker="slow")
        self.platform.behaviours[card.digest] = Behaviour(start_s=3600)
        return card, NOWHERE

    def answer(self) -> str:
        digests = {version.name: version.digest for version in self.platform.pushed("aloha")}
        return self._markers[digests[self.platform.served("aloha")]]


class TestFakeWholePlatform(PlatformContract, WholeContract):
    @pytest.fixture
    def subject(self) -> FakeWholeSubject:
        return FakeWholeSubject()
