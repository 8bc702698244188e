"""What `gitops doctor` finds: one check after the other, each with its verdict and what to do."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from gitops.model.frozen import Strict


class Finding(StrEnum):
    """How a check came out; `not_checked` where an earlier one makes it pointless, or nobody asks for it."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    NOT_CHECKED = "not_checked"


class Check(Strict):
    """One check.

    Attributes:
        subject: what was looked at, in a word or two ("api key", "tls", "clock").
        message: what was found.
        hint: what to do; empty where there is nothing to do.
        exit_code: the number that a bad one ends `doctor` with (69 unreachable, 77 not authorised, else 13).
    """

    subject: str
    finding: Finding
    message: str
    hint: str = ""
    exit_code: int = 0


class Checkup(Strict):
    """All checks of one environment's platform, in the order in which they were made."""

    format_version: Literal[1] = 1
    at: AwareDatetime
    environment: str
    kind: str
    url: str | None
    checks: tuple[Check, ...]
