"""The names of the refs that an environment's history has; only below `refs/gitops/`."""

from dataclasses import dataclass


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

    def lost(self, number: int) -> str:
        """A record whose place in the chain was taken by another one before it could be kept."""
        return f"{self.folder}/lost/{number}"


@dataclass(frozen=True, slots=True)
class Tips:
    """Where the two refs stand at one moment; None where there is none."""

    history: str | None = None
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that goes from one commit to another, only if it stands at the first; None is "not there"."""

    ref: str
    old: str | None
    new: str | None
