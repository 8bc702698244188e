"""World failures as exceptions and every exit code; imports nothing of the project, so everything may import it.

    GitopsError                      code, message, hint, exit_code
    ├── UsageError                64  the command line asks for something that makes no sense
    ├── PlanStale                 10  what the plan relied on has moved since it was made
    ├── PlanUnusable              65  a plan file is broken, was changed, or is of something else
    ├── GuardRefused              11  the plan does more than was acknowledged
    ├── HistoryError              69  the deployment history cannot be read or kept
    │   ├── Locked                75  somebody else is at work on this environment
    │   ├── LockLost              75  the lock could not be renewed, or somebody took it
    │   └── HistoryNotPushed      13  the work is done, and its record lies in this clone only
    ├── PlatformError             69  the platform did not do what it was asked
    │   ├── Unreachable           69  nobody answers, or not in time
    │   ├── Unauthorized          77  the key is missing, wrong or may not do this
    │   ├── Rejected              13  the platform understood and said no
    │   ├── Conflict              13  the platform is busy with something else, or has another thing of that name
    │   └── ServerFault           69  the platform broke while answering, or answered nonsense
    ├── StepFailed                13  a step of an apply did not reach its end state
    │   ├── RolledBack            14  a rollout was put back by the platform; the old version serves
    │   ├── NoProgress            13  nothing moved until the deadline
    │   └── NoEffect              13  a request was acknowledged, and nothing of it showed until the deadline
    ├── DataFolderError           69  the embedded platform's data folder cannot be used
    ├── PlatformStartFailed       69  the embedded platform did not come up
    └── Interrupted          130/143  a person or the system asked to stop

User mistakes are diagnostics (`gitops.diagnostics`), bugs are ordinary exceptions with a traceback.
"""

from enum import IntEnum, StrEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process says when it ends; the first match of `docs/errors.md` wins."""

    DONE = 0
    INTERNAL = 1
    CHANGES = 2
    STALE_PLAN = 10
    GUARD_REFUSED = 11
    PARTLY_APPLIED = 13
    ROLLED_BACK = 14
    USAGE = 64
    INVALID_INPUT = 65
    UNREACHABLE = 69
    LOCKED = 75
    UNAUTHORIZED = 77
    INTERRUPTED = 130
    TERMINATED = 143


class ErrorCode(StrEnum):
    """The stable code of every error; each has its section in `docs/errors.md`."""

    CONFLICT = "conflict"
    DATA_FOLDER_FORMAT = "data-folder-format"
    DATA_FOLDER_FULL = "data-folder-full"
    DATA_FOLDER_UNUSABLE = "data-folder-unusable"
    ENDPOINT_FAILED = "endpoint-failed"
    GIT_MISSING = "git-missing"
    GUARD_REFUSED = "guard-refused"
    HISTORY_CORRUPT = "history-corrupt"
    HISTORY_NEWER = "history-newer"
    HISTORY_NOT_PUSHED = "history-not-pushed"
    HISTORY_REWRITTEN = "history-rewritten"
    HISTORY_UNREACHABLE = "history-unreachable"
    INTERNAL = "internal"
    INVALID_INPUT = "invalid-input"
    INTERRUPTED = "interrupted"
    LFS_POINTER = "lfs-pointer"
    LOCKED = "locked"
    LOCK_LOST = "lock-lost"
    NO_EFFECT = "no-effect"
    NO_PROGRESS = "no-progress"
    NO_SUCH_DEPLOYMENT = "no-such-deployment"
    PLAN_FILE = "plan-file"
    PLATFORM_FAULT = "platform-fault"
    PLATFORM_START_FAILED = "platform-start-failed"
    PORT_IN_USE = "port-in-use"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"
    STALE_PLAN = "stale-plan"
    SUPERSEDED = "superseded"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    UNSUPPORTED_SYSTEM = "unsupported-system"
    USAGE = "usage"
    WORKSPACE_CHANGED = "workspace-changed"


class GitopsError(Exception):
    """Anything that can go wrong without being a bug: what happened, and what to do about it.

    Args:
        message: what happened, one sentence, with the names that matter.
        hint: what the reader can do next; empty if there is nothing to do.
        code: the stable code, when it is a special case of the class's own.
    """

    code: ErrorCode = ErrorCode.INTERNAL
    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str = "", code: ErrorCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageError(GitopsError):
    """The command line asks for something that makes no sense, or cannot be asked here."""

    code = ErrorCode.USAGE
    exit_code = ExitCode.USAGE


class PlanStale(GitopsError):
    """Live or the files moved between the plan that was approved and the first write."""

    code = ErrorCode.STALE_PLAN
    exit_code = ExitCode.STALE_PLAN


class PlanUnusable(GitopsError):
    """A plan file is broken, was changed by hand, or is of another project, environment, platform or repository."""

    code = ErrorCode.PLAN_FILE
    exit_code = ExitCode.INVALID_INPUT


class GuardRefused(GitopsError):
    """The plan does more than the limits allow and was acknowledged; nothing was written."""

    code = ErrorCode.GUARD_REFUSED
    exit_code = ExitCode.GUARD_REFUSED


class HistoryError(GitopsError):
    """The deployment history cannot be read or kept."""

    code = ErrorCode.HISTORY_UNREACHABLE
    exit_code = ExitCode.UNREACHABLE


class Locked(HistoryError):
    """Somebody else is at work on this environment; nothing was written."""

    code = ErrorCode.LOCKED
    exit_code = ExitCode.LOCKED


class LockLost(HistoryError):
    """The lock could not be renewed in time, or somebody took it: nothing more may be written."""

    code = ErrorCode.LOCK_LOST
    exit_code = ExitCode.LOCKED


class HistoryNotPushed(HistoryError):
    """The work is done and its record lies in this clone, but not in the remote yet."""

    code = ErrorCode.HISTORY_NOT_PUSHED
    exit_code = ExitCode.PARTLY_APPLIED


class PlatformError(GitopsError):
    """The platform did not do what it was asked."""

    code = ErrorCode.PLATFORM_FAULT
    exit_code = ExitCode.UNREACHABLE


class Unreachable(PlatformError):
    """Nobody answered at the platform's address, or not in time."""

    code = ErrorCode.UNREACHABLE


class Unauthorized(PlatformError):
    """The platform does not accept the key."""

    code = ErrorCode.UNAUTHORIZED
    exit_code = ExitCode.UNAUTHORIZED


class Rejected(PlatformError):
    """The platform understood the request and refused it; asking again will not help."""

    code = ErrorCode.REJECTED
    exit_code = ExitCode.PARTLY_APPLIED


class Conflict(PlatformError):
    """The request contradicts what the platform has or is doing."""

    code = ErrorCode.CONFLICT
    exit_code = ExitCode.PARTLY_APPLIED


class ServerFault(PlatformError):
    """The platform broke while answering, or answered something that is not its contract."""

    code = ErrorCode.PLATFORM_FAULT


class StepFailed(GitopsError):
    """A step of an apply was carried out and did not reach its end state."""

    code = ErrorCode.ENDPOINT_FAILED
    exit_code = ExitCode.PARTLY_APPLIED


class RolledBack(StepFailed):
    """The platform put an endpoint back to its old version, which serves."""

    code = ErrorCode.ROLLED_BACK
    exit_code = ExitCode.ROLLED_BACK


class NoProgress(StepFailed):
    """Nothing moved until the deadline passed."""

    code = ErrorCode.NO_PROGRESS


class NoEffect(StepFailed):
    """A request was acknowledged, and nothing of it showed until the deadline passed."""

    code = ErrorCode.NO_EFFECT


class DataFolderError(GitopsError):
    """The embedded platform's data folder cannot be used: its format, its rights or its disk."""

    code = ErrorCode.DATA_FOLDER_UNUSABLE
    exit_code = ExitCode.UNREACHABLE


class PlatformStartFailed(GitopsError):
    """The embedded platform did not come up, or did not go down."""

    code = ErrorCode.PLATFORM_START_FAILED
    exit_code = ExitCode.UNREACHABLE


class Interrupted(GitopsError):
    """A person (SIGINT) or the system (SIGTERM) asked to stop before the work was done."""

    code = ErrorCode.INTERRUPTED
    exit_code = ExitCode.INTERRUPTED
