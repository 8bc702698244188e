"""Awkward platforms keep the contract too: what they make of an answer changes nothing that the port promises."""

import pytest

from tests.conformance.common import PlatformContract
from tests.conformance.telling import TellingContract
from tests.conformance.test_fake import FakeSubject
from tests.conformance.test_fake_whole import FakeWholeSubject
from tests.conformance.whole import WholeContract
from tests.fakes.awkward import AwkwardPlatform


class TestAwkwardPlatform(PlatformContract, TellingContract):
    @pytest.fixture
    def subject(self) -> FakeSubject:
        subject = FakeSubject()
        subject.platform = AwkwardPlatform(subject.platform)
        return subject


class TestAwkwardWholePlatform(PlatformContract, WholeContract):
    @pytest.fixture
    def subject(self) -> FakeWholeSubject:
        subject = FakeWholeSubject()
        subject.platform = AwkwardPlatform(subject.platform)
        return subject
