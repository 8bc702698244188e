"""The port `History` where there is no git repository to keep one in: it remembers nothing, and takes nothing."""

from contextlib import AbstractContextManager

from gitops.errors import ErrorCode, UsageError
from gitops.model.record import Lock
from gitops.ports import Deployment, DeploymentDetail, Past, Tenure


class NoHistory:
    """The history of an environment that cannot have one yet: it can be planned, and not applied."""

    def __init__(self, environment: str) -> None:
        self._environment = environment

    def past(self, *, fetch: bool = True, strict: bool = False) -> Past:
        """Nothing is remembered, and the reader is told why; refused where somebody is about to write."""
        if strict:
            raise self._nowhere()
        return Past(notes=("the project is in no git repository, so nothing is remembered of what was applied",))

    def claim(self, command: str) -> AbstractContextManager[Tenure]:
        """Refused: what cannot be remembered is not begun."""
        raise self._nowhere()

    def deployments(self, limit: int | None = None) -> tuple[Deployment, ...]:
        """There are none."""
        return ()

    def deployment(self, number: int) -> DeploymentDetail:
        """There are none."""
        raise UsageError(
            f"there is no deployment {number} of {self._environment}: the project is in no git repository",
            hint="make one of it: git init",
            code=ErrorCode.NO_SUCH_DEPLOYMENT,
        )

    def push(self) -> bool:
        """There is nothing to push."""
        return False

    def prune(self, keep: int, command: str) -> int:
        """There is nothing to forget."""
        return 0

    def unlock(self, lock_id: str) -> Lock:
        """Nobody can hold it."""
        raise UsageError(f"nobody holds the lock of {self._environment}", hint="there is nothing to take away")

    def holder(self) -> Lock | None:
        """Nobody can hold it."""
        return None

    def _nowhere(self) -> UsageError:
        return UsageError(
            f"environment {self._environment} cannot be worked on from a folder that is in no git repository: git "
            "keeps what is ours, and what was applied, when and by whom",
            hint="make one of it: git init; then commit its files",
        )
