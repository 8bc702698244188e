"""Several projects and environments over one platform: nobody ever touches, or reads, what is another one's."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.errors import GuardRefused
from gitops.model.change import Action
from gitops.model.desired import Desired
from gitops.model.guard import Allowance
from gitops.model.live import Live
from gitops.workflows.carrying import Surroundings
from gitops.workflows.edges import Ask, Edges
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Desk
from tests.fakes.history import FakeHistory
from tests.fakes.platform import FakePlatform
from tests.projects import EVERYTHING, projects

HOUSES = (("aloha", "local"), ("aloha", "staging"), ("greeter", "local"))
"""Project and environment of each of the neighbours."""

WITHOUT_ADOPTIONS = EVERYTHING.model_copy(update={"adoptions": 0})


class House(Desk):
    """The desk of one project and environment; the platform, and where histories are kept, are all of theirs.

    Attributes:
        opened: the histories that were asked for, by project and environment.
    """

    def __init__(
        self, key: tuple[str, str], clock: FakeClock, platform: FakePlatform, histories: Mapping[Any, FakeHistory]
    ) -> None:
        super().__init__()
        self.key, self.clock, self.platform = key, clock, platform
        self.history = histories[key]
        self.opened: set[tuple[str, str]] = set()
        self._histories = histories

    @property
    def around(self) -> Surroundings:
        return replace(super().around, parallelism=1)

    @property
    def edges(self) -> Edges:
        return replace(super().edges, history_of=self._open)

    def _open(self, project: str, environment: str, settings: object) -> FakeHistory:
        self.opened.add((project, environment))
        return self._histories[project, environment]

    def bring(self, desired: Desired, allowance: Allowance) -> None:
        project, environment = self.key
        self.source.desired = replace(desired, project=project, environment=environment)
        with suppress(GuardRefused):
            self.apply(ask=Ask(allowance=allowance))

    @property
    def owned(self) -> set[str]:
        return {name for name, entry in self.entries.items() if entry.owned is not None}


def street() -> list[House]:
    clock = FakeClock()
    platform, histories = FakePlatform(clock), {key: FakeHistory(clock=clock) for key in HOUSES}
    return [House(key, clock, platform, histories) for key in HOUSES]


def standing(platform: FakePlatform, names: set[str]) -> Mapping[str, object]:
    """What a neighbour would see of what is its own."""
    there = platform.read(sorted(names))
    return {
        name: (live.version, live.replicas, live.gpus_per_replica, live.policy) if isinstance(live, Live) else None
        for name, live in there.items()
    }


visits = st.lists(st.tuples(st.sampled_from(range(len(HOUSES))), projects(least=0)), min_size=2, max_size=3)


@settings(max_examples=100)
@given(visits)
def test_nobody_touches_or_reads_what_is_another_ones(several: list[tuple[int, Desired]]):
    houses = street()
    for number, desired in several:
        house, others = houses[number], [one for one in houses if one is not houses[number]]
        theirs = set().union(*(other.owned for other in others))
        mine, before = house.owned, standing(house.platform, theirs)
        calls = len(house.platform.writes)
        house.bring(desired, WITHOUT_ADOPTIONS)

        assert before == standing(house.platform, theirs)
        assert {call.subject for call in house.platform.writes[calls:] if call.method == "delete"} <= mine - theirs
        assert {house.key} == house.opened
        assert set() == house.owned & theirs


@settings(max_examples=100)
@given(visits)
def test_what_is_taken_over_from_a_neighbour_is_shown_as_adopted_first(several: list[tuple[int, Desired]]):
    houses = street()
    for number, desired in several:
        house = houses[number]
        there = {name for name, live in house.platform.read(list(desired.endpoints)).items() if isinstance(live, Live)}
        strangers = there - house.owned
        project, environment = house.key
        house.source.desired = replace(desired, project=project, environment=environment)
        plan = house.plan()

        assert strangers == {change.endpoint for change in plan.changes if change.adopts}
        assert strangers.isdisjoint(change.endpoint for change in plan.changes if change.action is Action.DELETE)
        house.bring(desired, EVERYTHING)
        assert house.owned == desired.endpoints.keys()
