"""The client for TensorOpera keeps the contract over the embedded platform's second face, which behaves like it."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gitops.model.desired import TensorOperaPlatform
from gitops.model.resource import Resource
from gitops.platforms.tensoropera.adapter import TensorOperaAdapter
from gitops.ports import Platform
from tests.conformance.common import PlatformContract
from tests.conformance.subject import Packed
from tests.conformance.whole import WholeContract
from tests.integration.embedded import CRASHING, GOOD, NEVER_READY, Embedded, embedded, make_card

pytestmark = pytest.mark.slow


class TensorOperaSubject:
    resource = Resource(type="on_premise", master="101", workers=("102", "103"))
    sizes_creation = False

    def __init__(self, running: Embedded, folder: Path) -> None:
        settings = TensorOperaPlatform(kind="tensoropera", url=running.record.url, api_key=running.key)
        self.platform: Platform = TensorOperaAdapter(settings, folder)
        self._running = running
        self._folder = folder

    def eventually(self, predicate: Callable[[], bool], timeout_s: float = 30) -> None:
        deadline = time.monotonic() + 2 * timeout_s
        while not predicate():
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.02)

    def good_card(self, marker: str = "one") -> Packed:
        return make_card(self._folder, GOOD, marker)

    def crashing_card(self) -> Packed:
        return make_card(self._folder, CRASHING)

    def slow_card(self) -> Packed:
        return make_card(self._folder, NEVER_READY)

    def answer(self) -> str:
        answer = httpx.post(self._running.url(), json={"text": "hello"}, headers=self._running.headers)
        return answer.raise_for_status().text


class TestTensorOperaPlatform(PlatformContract, WholeContract):
    @pytest.fixture
    def subject(self, tmp_path):
        with embedded(tmp_path, behave="tensoropera") as running:
            subject = TensorOperaSubject(running, tmp_path)
            yield subject
            subject.platform.close()
