"""Hypothesis strategies for whole projects, and for what people and autoscalers do to a platform behind their back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations
from math import prod
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.desired import Desired, Endpoint
from gitops.model.guard import Allowance
from gitops.model.live import Live
from gitops.model.resource import Resource, ResourceType
from gitops.model.secret import Secret
from gitops.planning.checks import check
from tests.builders import TRAITS, make_card, make_desired
from tests.fakes.awkward import AwkwardPlatform, Manner
from tests.strategies import GOOD

MODELS = {"north": "aloha", "south": "aloha", "east": "bravo", "west": "bravo"}
"""Endpoint -> its model, which never changes."""

NAMES = tuple(MODELS)

_SOME_NAMES = [
    *(some for number in range(3) for some in permutations(NAMES, number)),
    *(some for number in (3, 4) for some in list(permutations(NAMES, number))[::6]),
]

EVERYTHING = Allowance(deletes=99, adoptions=99, updates=99, capacity_drop=999, empty=1, platforms=1, retries=0)
"""Whatever a guard counts, it is meant."""


def each(*dimensions: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """One value of each dimension, drawn at once: many draws cost more than what is done with them.

    It shrinks towards the first value of every dimension.
    """

    def chosen(number: int) -> tuple[Any, ...]:
        values = []
        for dimension in dimensions:
            number, place = divmod(number, len(dimension))
            values.append(dimension[place])
        return tuple(values)

    return st.integers(0, prod(map(len, dimensions)) - 1).map(chosen)


def _policy(least: int, most: int, requests: int, window: float = 30) -> Autoscale:
    return Autoscale(min_replicas=least, max_replicas=most, requests_per_replica=requests, window=window)


POLICIES = (_policy(1, 3, 1), _policy(1, 3, 2), _policy(2, 6, 1), _policy(4, 4, 1), _policy(5, 6, 1, 12.345))

PLACES = (
    Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102",)),
    Resource(type=ResourceType.ON_PREMISE, master="101", workers=("103", "102")),
    Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102", "103", "104")),
    Resource(type=ResourceType.ON_PREMISE, master="104", workers=("102",)),
    Resource(type=ResourceType.FEDML_CLOUD),
)

ROOMS: tuple[dict[str, Any], ...] = (
    {},
    {"max_surge": 0, "max_unavailable": 1},
    {"max_surge": "30%", "max_unavailable": "50%", "batches": [1, "50%"]},
    {"max_surge": 2, "max_unavailable": 5, "batches": ["10%", "100%"]},
)


def card_of(model: str, marker: str, token: str | None = None) -> CardContent:
    """A card; another marker is another content, another token another value of its secret."""
    secrets = {"environment_variables": {"TOKEN": Secret(token, reference="TOKEN")}} if token else {}
    return make_card(model, marker, **secrets)


_CARDS = {
    (model, marker, token): card_of(model, marker, token)
    for model in ("aloha", "bravo")
    for marker in GOOD
    for token in (None, "one", "two")
}


def _endpoint(name: str, card: CardContent, before: Sequence[str], *, whole: bool) -> st.SearchStrategy[Endpoint]:
    """An endpoint that depends on some of those before it."""
    needs = [(), *((other,) for other in before), tuple(before)]
    dimensions = each(
        (None, None, *POLICIES), (None, 1, 2, 5), (None, 0, 1), needs, ROOMS, PLACES, (False, False, True)
    )

    def build(values: tuple[Any, ...]) -> Endpoint:
        policy, number, gpus, depends_on, room, place, by_digest = values
        fields: dict[str, Any] = {"name": name, "model": card.name, "autoscale": policy, "depends_on": depends_on}
        if number is not None:
            fields["replicas"] = policy.within(number) if policy else number
        if gpus is not None:
            fields["gpus_per_replica"] = gpus
        if by_digest:
            fields["version"] = card.digest[:19]
        fields |= {"resource": place} if whole else {"rollout": room}
        return Endpoint.model_validate(fields)

    return dimensions.map(build)


@st.composite
def projects(draw: st.DrawFn, *, whole: bool = False, least: int = 1) -> Desired:
    """A valid project of some of the four endpoints, whose cards get ready wherever they run."""
    markers, tokens = (GOOD, GOOD), ((None, None, "one", "two"),) * 2
    *marked, first, second = draw(each(*markers, *tokens))
    by_model = {
        model: _CARDS[model, marker, token]
        for model, marker, token in zip(("aloha", "bravo"), marked, (first, second), strict=True)
    }
    names = draw(st.sampled_from(_SOME_NAMES[0 if least == 0 else 1 :]))
    several = [
        draw(_endpoint(name, by_model[MODELS[name]], names[:place], whole=whole)) for place, name in enumerate(names)
    ]
    # A list of none would stand for one.
    desired = make_desired(several, list(by_model.values())) if several else Desired("aloha", "local", by_model, {})
    assume(whole or not any(diagnostic.is_error for diagnostic in check(desired, TRAITS)))
    return desired


@dataclass(frozen=True)
class Hand:
    """Something that somebody does with other tools, or in the console."""

    what: str
    name: str
    marker: str
    number: int
    policy: Autoscale | None
    place: Resource
    wait_s: float

    def act(self, platform: AwkwardPlatform, *, whole: bool) -> None:
        """Do it, as far as the platform lets anybody."""
        with suppress(Rejected, Conflict):
            self._act(platform, whole=whole)
        platform.clock.sleep(self.wait_s)

    def _act(self, platform: AwkwardPlatform, *, whole: bool) -> None:
        model = MODELS[self.name]
        version = platform.push(make_card(model, self.marker), Path("/nowhere")).name
        if not isinstance(platform.behind.read([self.name])[self.name], Live):
            self._create(platform, model, version, whole=whole)
            return
        match self.what:
            case "scale":
                platform.scale(self.name, replicas=self.number)
            case "misplace" if whole:
                platform.by_hand(self.name, replicas=self.number)
            case "misplace":
                platform.misplace(self.name, self.number)
            case "policy" if whole:
                platform.by_hand_autoscale(self.name, self.policy)
            case "policy":
                platform.set_autoscale(self.name, policy=self.policy)
            case "place" if whole:
                platform.set_resource(self.name, resource=self.place)
            case "remove":
                platform.remove(self.name)
            case _:
                self._roll_out(platform, version)

    def _create(self, platform: AwkwardPlatform, model: str, version: str, *, whole: bool) -> None:
        place = {"resource": self.place, "replicas": None} if whole else {"resource": None, "replicas": self.number}
        platform.create(self.name, model=model, version=version, gpus_per_replica=0, progress_deadline_s=60, **place)

    def _roll_out(self, platform: AwkwardPlatform, version: str) -> None:
        room = {"max_surge": 1, "max_unavailable": 0}
        platform.roll_out(
            self.name, version=version, gpus_per_replica=0, updated=self.number, progress_deadline_s=60, **room
        )


_WHATS = ("scale", "misplace", "policy", "place", "roll_out", "remove")

hands = st.lists(
    each(_WHATS, NAMES, GOOD, range(1, 8), (None, *POLICIES), PLACES, (0.0, 0.7, 30.0)).map(lambda one: Hand(*one)),
    max_size=3,
)
"""What people do without the tool, one thing after the other."""

manners = each(*[(False, True)] * 6).map(lambda one: Manner(*one))


@dataclass(frozen=True)
class Whim:
    """A number that an autoscaler chooses, right before one of the calls that a tool makes."""

    name: str
    number: int
    call: int


whims = st.lists(each(NAMES, range(1, 7), range(1, 81)).map(lambda one: Whim(*one)), max_size=8)


def let_autoscalers_move(platform: AwkwardPlatform, several: Sequence[Whim]) -> None:
    """Let all of this happen, counted from now; what a policy does not allow, or a rollout makes wait, does not."""
    now = len(platform.calls)
    for whim in several:
        platform.surprises[now + whim.call] = lambda whim=whim: platform.autoscaler_moves(whim.name, whim.number)
