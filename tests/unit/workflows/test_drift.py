"""Drift below a hold, drift of some endpoints, and what an accept must not write over."""

import pytest

from gitops.errors import UsageError
from gitops.model.baseline import KnownDrift
from gitops.ports import LoadedBaseline
from gitops.workflows.drift import accept, drift
from gitops.workflows.edges import Ask
from tests.builders import make_desired, make_endpoint
from tests.fakes.desk import Desk

KNOWN = KnownDrift(endpoint="b", field="replicas", owner="ada", reason="a fair", expires="2030-01-01")


class FakeBaseline:
    def __init__(self, *known: KnownDrift) -> None:
        self.known = known

    def load(self, endpoints, path=None) -> LoadedBaseline:
        return LoadedBaseline(self.known, "drift.yaml")


class FakeEditor:
    def __init__(self) -> None:
        self.edits = []

    def accept(self, environment, edits) -> tuple[str, ...]:
        self.edits += edits
        return ("endpoints/a.yaml",)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_desired([make_endpoint("a", replicas=2), make_endpoint("b", replicas=2)]))
    desk.apply()
    return desk


def moved(desk: Desk, name: str, replicas: int) -> None:
    desk.platform.scale(name, replicas=replicas)
    desk.clock.sleep(60)


def found(desk: Desk, *known: KnownDrift, ask: Ask | None = None):
    return drift(desk.edges, ask or Ask(), FakeBaseline(*known), None, desk.clock)


def test_a_hold_keeps_a_field_from_being_planned_and_not_from_drifting(desk):
    desk.source.desired = make_desired([make_endpoint("a", replicas=4), make_endpoint("b", replicas=2)])
    desk.apply()
    desk.revert("1")
    moved(desk, "a", 1)

    (item,) = found(desk).items

    assert (item.endpoint, item.declared, item.live, item.last_applied) == ("a", 4, 1, 2)


def test_lines_about_endpoints_that_are_not_looked_at_are_not_in_vain(desk):
    moved(desk, "b", 3)

    some = found(desk, KNOWN, ask=Ask(only=("a",)))

    assert (some.endpoints, some.items, some.unmatched) == (1, (), ())
    assert not found(desk, KNOWN).alarming


def test_what_moved_is_accepted_into_the_files(desk):
    moved(desk, "a", 3)
    editor = FakeEditor()

    assert accept(found(desk), editor) == ("endpoints/a.yaml",)
    assert [(edit.endpoint, edit.field, edit.value) for edit in editor.edits] == [("a", "replicas", 3)]


def test_what_the_files_ask_for_anew_is_not_written_over(desk):
    moved(desk, "a", 3)
    desk.source.desired = make_desired([make_endpoint("a", replicas=4), make_endpoint("b", replicas=2)])
    editor = FakeEditor()

    with pytest.raises(UsageError, match="would be overwritten: replicas of a"):
        accept(found(desk), editor)
    assert editor.edits == []
