"""A rollout that the platform does by itself, in place: how many windows, how large, and how long that may take."""

from typing import Final, NamedTuple

from gitops.model.card import CardSpec
from gitops.model.change import VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.health import keeps_serving
from gitops.model.live import Live, Phase
from gitops.model.quantity import duration_text
from gitops.model.resource import Resource, ResourceType
from gitops.model.windows import chunks, spread
from gitops.planning.numbers import fewest_during

DEPLOY_TIMEOUT_S: Final = 600
"""How long a replica may take to get ready where its card does not say, as fedml 0.9.6 has it."""


class Windows(NamedTuple):
    """The windows of one rollout: how many there are, and how many replicas are missing in the largest."""

    number: int
    largest: int
    replicas: int

    @property
    def downtime(self) -> bool:
        """Whether one window takes every replica."""
        return self.largest >= self.replicas


def windows(declared: DesiredEndpoint, live: Live) -> Windows:
    """The platform's own windows over the fewest replicas that there may be, on the devices of that moment."""
    replicas = fewest_during(declared, live)
    moved = declared.endpoint.resource if devices_first(declared, live) else None
    resource = moved or live.resource
    found = chunks(spread(replicas, resource.workers if resource else ()))
    return Windows(len(found), max(map(len, found), default=0), replicas)


def devices_first(declared: DesiredEndpoint, live: Live) -> bool:
    """Whether other devices come before everything else that changes.

    Where there are no fewer of them than before, because more replicas may fit only there. Fewer devices come last:
    all replicas may not fit there before the number fell.
    """
    return _room(declared.endpoint.resource) >= _room(live.resource)


def version_first(live: Live, wanted: VersionRef) -> bool:
    """Whether the version comes before number and devices, each of which the platform deploys with what it has.

    Where what it has failed, or cannot be read, neither of them could be had before the wanted version is there. What
    failed with the wanted version is different: then it may be for the number, or the devices.
    """
    failed_otherwise = not keeps_serving(live) and live.version != wanted.name
    return failed_otherwise or (live.doubtful and live.phase is not Phase.UNKNOWN)


def _room(resource: Resource | None) -> float:
    """How many devices there are; a cloud has as many as it takes."""
    if resource is None:
        return 0
    return len(resource.workers) if resource.type is ResourceType.ON_PREMISE else float("inf")


def estimate(found: Windows, card: CardSpec | None) -> str:
    """For people: `in place, 4 windows of at most 1 replica, at most 40m`.

    Args:
        found: the windows.
        card: says how long a replica may take to get ready; None where the version's card is not known.
    """
    each_s = (card and (card.deploy_timeout_sec or card.deploy_timeout)) or DEPLOY_TIMEOUT_S
    missing = f"{found.largest} replica{'s' if found.largest != 1 else ''}"
    several = f"{found.number} windows of at most {missing}" if found.number > 1 else f"1 window of {missing}"
    return f"in place, {several}, at most {duration_text(float(found.number * each_s))}"
