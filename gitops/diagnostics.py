"""What is wrong with a user's files, as data: collected, sorted and rendered once, never raised one by one.

A diagnostic says what happened, where, and what to do. Only `InputError` is an exception: it carries all of them to
the command line when the work cannot go on.
"""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from gitops.errors import ErrorCode, ExitCode, GitopsError


class Severity(StrEnum):
    """Errors stop the work, warnings are shown and the work goes on."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The stable code of every diagnostic; each has its line in `docs/errors.md`."""

    ALIAS_EXPANSION = "alias-expansion"
    BEHIND_DEPLOYMENT = "behind-deployment"
    BAD_DOCUMENT = "bad-document"
    COMMIT_UNUSABLE = "commit-unusable"
    CONFIG_AND_SPEC = "config-and-spec"
    DEPENDENCY_ABSENT = "dependency-absent"
    DEPENDENCY_CYCLE = "dependency-cycle"
    DOWNTIME = "downtime"
    DUPLICATE_KEY = "duplicate-key"
    DUPLICATE_NAME = "duplicate-name"
    ENTRY_POINT_MISSING = "entry-point-missing"
    ENTRY_POINT_OUTSIDE = "entry-point-outside"
    ENV_NOT_ALLOWED = "env-not-allowed"
    ENVIRONMENT_LEFT = "environment-left"
    ENV_NOT_SET = "env-not-set"
    FILE_UNREADABLE = "file-unreadable"
    IMMUTABLE_FIELD = "immutable-field"
    INVALID_VALUE = "invalid-value"
    INVALID_YAML = "invalid-yaml"
    KEY_NOT_ACTED_ON = "key-not-acted-on"
    MISSING_KEY = "missing-key"
    NESTING_TOO_DEEP = "nesting-too-deep"
    NO_ROLLOUT_ROOM = "no-rollout-room"
    OVERLAY_WITHOUT_TARGET = "overlay-without-target"
    PATTERN_MATCHES_NOTHING = "pattern-matches-nothing"
    POLICY_NOT_HONOURED = "policy-not-honoured"
    PROJECT_NOT_FOUND = "project-not-found"
    RESOURCE_MISSING = "resource-missing"
    RESOURCE_NOT_TOLD = "resource-not-told"
    ROLLOUT_IN_PROGRESS = "rollout-in-progress"
    SECRET_NOT_COMPARABLE = "secret-not-comparable"  # noqa: S105 - the name of a diagnostic
    SYMLINK_OUTSIDE = "symlink-outside"
    TOO_LARGE = "too-large"
    UNKNOWN_CARD = "unknown-card"
    UNKNOWN_ENDPOINT = "unknown-endpoint"
    UNKNOWN_ENVIRONMENT = "unknown-environment"
    UNKNOWN_KEY = "unknown-key"
    UNKNOWN_STATUS = "unknown-status"
    UNKNOWN_VARIABLE = "unknown-variable"
    UNKNOWN_VERSION = "unknown-version"
    UNTRACKED_FILES = "untracked-files"
    UNUSED_CARD = "unused-card"
    WORKSPACE_MISSING = "workspace-missing"
    WORKSPACE_OUTSIDE = "workspace-outside"
    WRONG_TYPE = "wrong-type"


class Place(BaseModel):
    """A point in a file as people count it: the path relative to the project, line and column from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Diagnostic(BaseModel):
    """One problem in the user's files.

    Attributes:
        code: stable, kebab-case, documented.
        summary: what is wrong, one sentence, in the user's words.
        place: where; absent only if no file is to blame.
        excerpt: the source lines around the place, as they stand in the file.
        hint: what to do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    severity: Severity
    code: Code
    summary: str
    place: Place | None = None
    excerpt: tuple[str, ...] = ()
    hint: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the work has to stop."""
        return self.severity is Severity.ERROR


def error(code: Code, summary: str, place: Place | None = None, hint: str = "") -> Diagnostic:
    """An error without its excerpt; whoever has the text of the file adds that."""
    return Diagnostic(severity=Severity.ERROR, code=code, summary=summary, place=place, hint=hint)


def warning(code: Code, summary: str, place: Place | None = None, hint: str = "") -> Diagnostic:
    """A warning without its excerpt."""
    return Diagnostic(severity=Severity.WARNING, code=code, summary=summary, place=place, hint=hint)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics by file, line and column, errors before warnings at one place, duplicates dropped."""

    def key(diagnostic: Diagnostic) -> tuple[str, int, int, str, str, str]:
        place = diagnostic.place or Place(file="", line=0, column=0)
        return place.file, place.line, place.column, diagnostic.severity, diagnostic.code, diagnostic.summary

    return tuple(sorted(dict.fromkeys(diagnostics), key=key))


class InputError(GitopsError):
    """The files cannot be used as they are; carries every diagnostic, warnings included.

    Args:
        diagnostics: all of them.
        about: which files, where it is not those that lie here: those of another commit.
    """

    code = ErrorCode.INVALID_INPUT
    exit_code = ExitCode.INVALID_INPUT

    def __init__(self, diagnostics: Iterable[Diagnostic], about: str = "") -> None:
        self.diagnostics = in_order(diagnostics)
        self.about = about
        errors = sum(diagnostic.is_error for diagnostic in self.diagnostics)
        found = f"{errors} error{'s' if errors != 1 else ''}"
        super().__init__(f"{about}: {found}" if about else f"{found} in the project's files")
