"""The embedded platform, with real processes and over real HTTP, keeps the same contract as the fake."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gitops.ports import Platform
from tests.conformance.common import PlatformContract
from tests.conformance.subject import Packed
from tests.conformance.telling import TellingContract
from tests.integration.embedded import CRASHING, GOOD, NEVER_READY, Embedded, embedded, make_card

pytestmark = pytest.mark.slow


class EmbeddedSubject:
    resource = None
    sizes_creation = True

    def __init__(self, running: Embedded, folder: Path) -> None:
        self._running = running
        self._folder = folder

    @property
    def platform(self) -> Platform:
        return self._running.platform

    def eventually(self, predicate: Callable[[], bool], timeout_s: float = 30) -> None:
        deadline = time.monotonic() + 2 * timeout_s
        while not predicate():
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.02)

    def good_card(self, marker: str = "one") -> Packed:
        return make_card(self._folder, GOOD, marker)

    def answer(self) -> str:
        answer = httpx.post(self._running.url(), json={"text": "hello"}, headers=self._running.headers)
        return answer.raise_for_status().text

    def crashing_card(self) -> Packed:
        return make_card(self._folder, CRASHING)

    def slow_card(self) -> Packed:
        return make_card(self._folder, NEVER_READY)


class TestEmbeddedPlatform(PlatformContract, TellingContract):
    @pytest.fixture
    def subject(self, tmp_path):
        with embedded(tmp_path) as running:
            yield EmbeddedSubject(running, tmp_path)
