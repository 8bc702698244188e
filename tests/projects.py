"""Hypothesis strategies for whole projects, and for what people and autoscalers do to a platform behind their back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.desired import Desired, Endpoint
from gitops.model.field import Traits
from gitops.model.guard import Allowance
from gitops.model.live import Live
from gitops.model.resource import Resource, ResourceType
from gitops.model.secret import Secret
from gitops.planning.checks import check
from tests.builders import TRAITS, make_card, make_desired
from tests.fakes.awkward import AwkwardPlatform, Manner
from tests.strategies import GOOD, policies, quantities

MODELS = {"north": "aloha", "south": "aloha", "east": "bravo", "west": "bravo"}
"""Endpoint -> its model, which never changes."""

NAMES = tuple(MODELS)

EVERYTHING = Allowance(deletes=99, adoptions=99, updates=99, capacity_drop=999, empty=1, platforms=1, retries=0)
"""Whatever a guard counts, it is meant."""

WORKERS = ("102", "103", "104")
places = st.one_of(
    st.lists(st.sampled_from(WORKERS), min_size=1, unique=True).map(
        lambda some: Resource(type=ResourceType.ON_PREMISE, master="101", workers=tuple(some))
    ),
    st.just(Resource(type=ResourceType.FEDML_CLOUD)),
)


def card_of(model: str, marker: str, token: str | None = None) -> CardContent:
    """A card; another marker is another content, another token another value of its secret."""
    secrets = {"environment_variables": {"TOKEN": Secret(token, reference="TOKEN")}} if token else {}
    return make_card(model, marker, **secrets)


@st.composite
def cards(draw: st.DrawFn) -> list[CardContent]:
    """A card for either model, some of them with a secret."""
    tokens = st.sampled_from([None, None, "one", "two"])
    return [card_of(model, draw(st.sampled_from(GOOD)), draw(tokens)) for model in ("aloha", "bravo")]


@st.composite
def endpoints(draw: st.DrawFn, name: str, card: CardContent, before: Sequence[str], *, whole: bool) -> Endpoint:
    """An endpoint that depends on some of those before it."""
    policy = draw(st.none() | st.none() | policies())
    first = st.integers(1, 5) if policy is None else st.integers(policy.min_replicas, policy.max_replicas)
    written: dict[str, Any] = {"replicas": draw(first)} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        written["gpus_per_replica"] = draw(st.integers(0, 1))
    if before and draw(st.booleans()):
        written["depends_on"] = tuple(draw(st.lists(st.sampled_from(before), unique=True)))
    if whole:
        written["resource"] = draw(places)
    elif draw(st.booleans()):
        written["rollout"] = {"max_surge": draw(quantities), "max_unavailable": draw(quantities)}
    version = draw(st.sampled_from(["current", "current", card.digest[:19]]))
    fields = {"name": name, "model": card.name, "version": version, "autoscale": policy}
    return Endpoint.model_validate({**fields, **written})


@st.composite
def projects(draw: st.DrawFn, *, whole: bool = False, least: int = 1, traits: Traits = TRAITS) -> Desired:
    """A valid project of some of the four endpoints, whose cards get ready wherever they run."""
    by_model = {card.name: card for card in draw(cards())}
    names = draw(st.lists(st.sampled_from(NAMES), min_size=least, unique=True))
    several = [
        draw(endpoints(name, by_model[MODELS[name]], names[:place], whole=whole)) for place, name in enumerate(names)
    ]
    # A list of none would stand for one.
    desired = make_desired(several, list(by_model.values())) if several else Desired("aloha", "local", by_model, {})
    if not whole and any(diagnostic.is_error for diagnostic in check(desired, traits)):
        return draw(st.nothing())
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


hands = st.lists(
    st.builds(
        Hand,
        what=st.sampled_from(["scale", "misplace", "policy", "place", "roll_out", "remove"]),
        name=st.sampled_from(NAMES),
        marker=st.sampled_from(GOOD),
        number=st.integers(1, 7),
        policy=st.none() | policies(),
        place=places,
        wait_s=st.sampled_from([0.0, 0.7, 30.0]),
    ),
    max_size=3,
)
"""What people do without the tool, one thing after the other."""

manners = st.builds(
    Manner,
    reorders=st.booleans(),
    adds=st.booleans(),
    shouts=st.booleans(),
    forgets_policy=st.booleans(),
    forgets_place=st.booleans(),
)


@dataclass(frozen=True)
class Whim:
    """A number that an autoscaler chooses, right before one of the calls that a tool makes."""

    name: str
    number: int
    call: int


whims = st.lists(
    st.builds(Whim, name=st.sampled_from(NAMES), number=st.integers(1, 6), call=st.integers(1, 80)), max_size=8
)


def let_autoscalers_move(platform: AwkwardPlatform, several: Sequence[Whim]) -> None:
    """Let all of this happen, counted from now; what a policy does not allow, or a rollout makes wait, does not."""
    now = len(platform.calls)
    for whim in several:
        platform.surprises[now + whim.call] = lambda whim=whim: platform.autoscaler_moves(whim.name, whim.number)
