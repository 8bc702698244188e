"""The fault by which a version says that nothing of it can run here, whoever tries: no replica of it was started."""

from collections.abc import Sequence

from gitops.errors import GitopsError


class Unprepared(GitopsError):
    """What a version's replicas run with could not be made.

    Attributes:
        reason: why: `the bootstrap exited with status 3`.
        last_lines: the end of what was said meanwhile, without the values of secrets.
    """

    def __init__(self, message: str, hint: str = "", *, reason: str, last_lines: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.last_lines = tuple(last_lines)
