"""A platform under test, and what the contracts ask of it. They know no clock: things are so at once, or eventually."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from gitops.model.card import CardContent
from gitops.model.health import serving, settled
from gitops.model.live import Live, Phase, Verdict
from gitops.model.log import LogLine, LogQuery
from gitops.model.resource import Resource
from gitops.ports import Platform

Packed = tuple[CardContent, Path]
"""A card and its archive, ready to be pushed."""


class Subject(Protocol):
    """A platform under test, freshly installed, and the cards that it can run. All cards are of the model `aloha`.

    Attributes:
        resource: where endpoints are created; None where the platform has no choice.
        sizes_creation: whether an endpoint is created with its number of replicas, or scaled to it afterwards.
    """

    resource: Resource | None
    sizes_creation: bool

    @property
    def platform(self) -> Platform:
        """The platform."""

    def eventually(self, predicate: Callable[[], bool], timeout_s: float = 30) -> None:
        """Let time pass until the predicate holds; fail if it never does."""

    def good_card(self, marker: str = "one") -> Packed:
        """A card whose replicas get ready soon and answer with the marker; another marker is another content."""

    def crashing_card(self) -> Packed:
        """A card whose replicas die soon after their start."""

    def slow_card(self) -> Packed:
        """A card whose replicas start and do not get ready within a minute."""

    def answer(self) -> str:
        """What the endpoint `aloha` answers to a request of a user."""


def pages(subject: Subject, query: LogQuery, cursor: str | None = None) -> tuple[list[LogLine], str]:
    """All lines that there are at this moment, and where to go on."""
    lines: list[LogLine] = []
    while True:
        page = subject.platform.logs("aloha", query, cursor)
        lines += page.lines
        cursor = page.cursor
        if not page.more:
            return lines, cursor


def said(subject: Subject, **query: Any) -> list[LogLine]:
    return pages(subject, LogQuery(**query))[0]


def push_packed(subject: Subject, packed: Packed) -> str:
    """The name of the pushed version."""
    return subject.platform.push(*packed).name


def push(subject: Subject, marker: str = "one") -> str:
    return push_packed(subject, subject.good_card(marker))


def create(subject: Subject, version: str, replicas: int = 2, progress_deadline_s: float = 60) -> None:
    subject.platform.create(
        "aloha",
        model="aloha",
        version=version,
        replicas=replicas if subject.sizes_creation else None,
        gpus_per_replica=0,
        resource=subject.resource,
        progress_deadline_s=progress_deadline_s,
    )


def created(subject: Subject, replicas: int = 2) -> str:
    """The version of an endpoint that serves."""
    version = push(subject)
    create(subject, version, replicas)
    if not subject.sizes_creation:
        subject.eventually(lambda: found(subject) and settled(read(subject)))
        subject.platform.scale("aloha", replicas=replicas)
    subject.eventually(lambda: serves(subject, version, replicas))
    return version


def found(subject: Subject) -> bool:
    return isinstance(subject.platform.read(["aloha"])["aloha"], Live)


def roll_out(subject: Subject, version: str, *, updated: int, name: str = "aloha", **settings: Any) -> None:
    defaults = {"gpus_per_replica": 0, "max_surge": 1, "max_unavailable": 0, "progress_deadline_s": 60}
    subject.platform.roll_out(name, version=version, updated=updated, **{**defaults, **settings})


def read(subject: Subject) -> Live:
    live = subject.platform.read(["aloha"])["aloha"]
    assert isinstance(live, Live)
    return live


def rollout(subject: Subject) -> Any:
    return read(subject).rollout


def verdict(subject: Subject) -> Verdict:
    return rollout(subject).verdict


def serves(subject: Subject, version: str, replicas: int, gpus_per_replica: int = 0) -> bool:
    """Whether exactly what was asked for is there, and nothing moves."""
    live = read(subject)
    return serving(live, version, replicas, gpus_per_replica) and settled(live) and live.ready == replicas


def put_back(live: Live) -> bool:
    """Whether the last rollout was put back, in either way of telling it."""
    rolled_back = live.rollout is not None and live.rollout.verdict is Verdict.ROLLED_BACK
    return rolled_back or live.phase is Phase.ROLLED_BACK


def ids(live: Live) -> list[str]:
    """Sorted: no platform promises an order."""
    return sorted(member.id for member in live.members)
