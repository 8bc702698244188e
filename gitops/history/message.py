"""A record -> the message of its commit, for people who read `git log` and have never heard of this program."""

import re
from typing import Final, assert_never

from gitops.model.event import Outcome
from gitops.model.record import Lock, Record, RecordKind

PRUNED_FROM: Final = "Pruned-From"

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]+")


def record_message(record: Record) -> str:
    """The message of either commit of a deployment: the one that begins it, and the one that ends it."""
    changes = [_line(f"{endpoint}: {line}") for endpoint, lines in record.changes.items() for line in lines]
    troubles = [
        _line(f"{step.number}. {step.words}: {_ended(step.outcome)}{f': {step.message}' if step.message else ''}")
        for step in record.steps
        if step.outcome not in {Outcome.SUCCEEDED, Outcome.UNCHANGED}
    ]
    parts = [_subject(record), "\n".join(changes), "\n".join(troubles), _trailers(record)]
    return "\n\n".join(part for part in parts if part) + "\n"


def lock_message(lock: Lock) -> str:
    """The message of a lock's commit."""
    return _line(f"Locked by {lock.holder} on {lock.host}: {lock.command}") + "\n"


def pruned_message(environment: str, first: int, last: int, tip: str) -> str:
    """The message of the commit that stands for all that was forgotten."""
    numbers = f"deployment {first}" if first == last else f"deployments {first} to {last}"
    return f"Forget {numbers} of {environment}\n\n{PRUNED_FROM}: {tip}\n"


def pruned_from(message: str) -> str | None:
    """The commit that a chain was cut from, by the message of its root; None where it was never cut."""
    found = re.search(rf"^{PRUNED_FROM}: ([0-9a-f]+)$", message, re.MULTILINE)
    return found[1] if found else None


def number_of(message: str) -> int:
    """The deployment that a commit belongs to, by its message; 0 where it belongs to none."""
    found = re.findall(r"^Deployment: (\d+)$", message, re.MULTILINE)
    return int(found[-1]) if found else 0


def _subject(record: Record) -> str:
    ended = f" {_ended(record.outcome)}" if record.outcome else ""
    back = f" {record.back_to}" if record.back_to else ""
    return _line(f"{_what(record)}{back}{ended}: {record.summary}")


def _what(record: Record) -> str:
    match record.kind:
        case RecordKind.APPLY:
            return f"Apply {record.number} to {record.environment}"
        case RecordKind.REVERT:
            return f"Revert {record.number} of {record.environment}"
        case RecordKind.DESTROY:
            return f"Destroy {record.number} of {record.environment}"
        case RecordKind.IMPORT:
            return f"Import {record.number} into {record.environment}"
    assert_never(record.kind)


def _ended(outcome: Outcome) -> str:
    match outcome:
        case Outcome.SUCCEEDED:
            return "succeeded"
        case Outcome.UNCHANGED:
            return "changed nothing"
        case Outcome.ROLLED_BACK:
            return "was put back"
        case Outcome.FAILED:
            return "failed"
        case Outcome.NOT_TRIED:
            return "was not tried"
        case Outcome.INTERRUPTED:
            return "was interrupted"
    assert_never(outcome)


def _trailers(record: Record) -> str:
    trailers = {
        "Deployment": str(record.number),
        "Project": record.project,
        "Environment": record.environment,
        "Platform": f"{record.platform.kind} {record.platform.url}",
        "Source-Commit": record.source.commit or "",
        "Source-Changed": record.source.dirty or "",
        "Outcome": record.outcome.value if record.outcome else "running",
        "Plan-Fingerprint": record.fingerprint,
        "Applied-By": record.applied_by,
        "Allowed": record.allowed,
        "Run": record.run_url or "",
        "Took-Over": record.took_over,
    }
    return "\n".join(f"{name}: {_line(value)}" for name, value in trailers.items() if value)


def _line(text: str) -> str:
    """One line, whatever was in it."""
    return _BLANK.sub(" ", text).strip()
