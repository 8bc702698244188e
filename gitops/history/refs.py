"""The names of the refs that an environment's history has; only below `refs/gitops/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PARTS: Final = 5  # refs, gitops, project, environment, history


@dataclass(frozen=True, slots=True)
class Names:
    """Refs by project and environment; both are names that git takes as they are."""

    project: str
    environment: str

    @property
    def folder(self) -> str:
        """What all of them begin with."""
        return f"refs/gitops/{self.project}/{self.environment}"

    @property
    def history(self) -> str:
        """The chain of deployments."""
        return f"{self.folder}/history"

    @property
    def lock(self) -> str:
        """Who may write."""
        return f"{self.folder}/lock"

    @property
    def all_histories(self) -> str:
        """A pattern: the chains of all environments of the project."""
        return f"refs/gitops/{self.project}/*/history"

    def tips(self, stand: Mapping[str, str]) -> "Tips":
        """What the refs of a repository say of this history.

        Args:
            stand: ref -> commit.
        """
        parts = (ref.split("/") for ref in stand)
        others = {part[3] for part in parts if len(part) == _PARTS and part[-1] == "history"} - {self.environment}
        return Tips(stand.get(self.history), stand.get(self.lock), frozenset(others))

    def lost(self, number: int) -> str:
        """A record whose place in the chain was taken by another one before it could be kept."""
        return f"{self.folder}/lost/{number}"


@dataclass(frozen=True, slots=True)
class Tips:
    """Where the two refs stand at one moment; None where there is none.

    Attributes:
        others: the project's other environments that have a history.
    """

    history: str | None = None
    lock: str | None = None
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that goes from one commit to another, only if it stands at the first; None is "not there"."""

    ref: str
    old: str | None
    new: str | None
