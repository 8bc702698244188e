"""What the rest of this face has to know of endpoints: their ids and where their replicas are said to run."""

from typing import Protocol

from gitops.local.tensoropera.behaviour import Place


class Directory(Protocol):
    """The endpoints that this face can name."""

    def name_of(self, endpoint_id: str) -> str | None:
        """The name of the endpoint with this id; None if there is none, or not any more."""

    def devices_of(self, name: str) -> tuple[str, ...]:
        """The devices of an endpoint, the master first; none where nobody has said."""

    def place_of(self, name: str, rank: int) -> Place:
        """Where an endpoint's replica of this rank is said to run."""
