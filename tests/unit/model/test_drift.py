"""What drift says about itself."""

import pytest

from gitops.model.drift import DriftState
from tests.unit.views.records import drift, item


def test_fields_are_counted_by_their_state():
    shown = drift(item(), item(state=DriftState.KNOWN), item(field="version"))

    assert [shown.count(state) for state in DriftState] == [2, 1, 0]


@pytest.mark.parametrize(
    ("state", "alarming"), [(DriftState.NEW, True), (DriftState.EXPIRED, True), (DriftState.KNOWN, False)]
)
def test_only_what_is_known_alarms_nobody(state, alarming):
    assert drift(item(state=state)).alarming is alarming


def test_none_alarms_nobody():
    assert not drift().alarming
