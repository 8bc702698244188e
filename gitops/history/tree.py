"""The files of a record's commit: models -> JSON that people can read and compare, and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gitops.errors import ErrorCode, HistoryError
from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.record import FORMAT_VERSION, Declared, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot

RECORD: Final = "record.json"
PLAN: Final = "plan.json"
DESIRED: Final = "desired.json"
STATE: Final = "state.json"
EVENTS: Final = "events.jsonl"
BEFORE: Final = "snapshots/before.json"
AFTER: Final = "snapshots/after.json"
REPORT: Final = "report.json"

LOCK: Final = "lock.json"
"""The only file of a lock's commit."""

_UNKNOWN: Final = frozenset({"extra_forbidden", "union_tag_invalid"})
"""What a model finds in a file of a later version that only has more to say."""

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event, config=ConfigDict(defer_build=True))

Kind = TypeVar("Kind", bound=BaseModel)


def begun(record: Record, declared: Declared, plan: Plan | None, state: State) -> dict[str, bytes]:
    """Path -> content of the commit that begins a deployment."""
    return written({RECORD: record, PLAN: plan, DESIRED: declared, STATE: state})


def ended(
    record: Record,
    state: State,
    events: Sequence[Event],
    before: Snapshot | None,
    after: Snapshot | None,
    report: Report | None,
) -> dict[str, bytes]:
    """Path -> content of what the commit that ends it has anew."""
    files = written({RECORD: record, STATE: state, BEFORE: before, AFTER: after, REPORT: report})
    return {**files, EVENTS: b"".join(_EVENT.dump_json(event) + b"\n" for event in events)} if events else files


def written(models: Mapping[str, BaseModel | None]) -> dict[str, bytes]:
    """Path -> content of models that are there."""
    return {path: f"{model.model_dump_json(indent=2)}\n".encode() for path, model in models.items() if model}


def read(kind: type[Kind], content: bytes | None, name: str) -> Kind | None:
    """A model as it was kept; None where there was none.

    Args:
        name: of the file as git takes it, `<commit>:<path>`, for people.

    Raises:
        HistoryError: `history-newer` where a later version of this program wrote it; else `history-corrupt`.
    """
    if content is None:
        return None
    try:
        return kind.model_validate_json(content)
    except ValidationError as fault:
        raise _unreadable(content, name, fault) from fault


def read_events(content: bytes | None, name: str) -> tuple[Event, ...]:
    """The events of a deployment, in order.

    Raises:
        HistoryError: as for `read`.
    """
    try:
        return tuple(_EVENT.validate_json(line) for line in (content or b"").splitlines())
    except ValidationError as fault:
        raise _unreadable(content or b"", name, fault) from fault


def required(found: Kind | None, name: str) -> Kind:
    """What must be there in every record.

    Raises:
        HistoryError: `history-corrupt`, it is not.
    """
    if found is None:
        raise _corrupt(name, "it is not there")
    return found


def _unreadable(content: bytes, name: str, fault: ValidationError) -> HistoryError:
    version = _version(content)
    if version is not None and version > FORMAT_VERSION:
        return _newer(name, f"its format is {version}, and this one reads {FORMAT_VERSION}")
    faults = fault.errors()
    where = ".".join(str(part) for part in faults[0]["loc"])
    if all(one["type"] in _UNKNOWN for one in faults):
        return _newer(name, f"{where or 'a kind of its events'} is not known to this one")
    return _corrupt(name, f"{where}: {faults[0]['msg']}" if where else faults[0]["msg"])


def _newer(name: str, why: str) -> HistoryError:
    return HistoryError(
        f"{name} in the history of deployments was written by a newer gitops: {why}",
        hint="use the version of gitops that applied last, or a newer one",
        code=ErrorCode.HISTORY_NEWER,
    )


def _corrupt(name: str, why: str) -> HistoryError:
    return HistoryError(
        f"{name} in the history of deployments cannot be read: {why}",
        hint=f"see what is there, and who wrote it: git log -1 --stat {name.partition(':')[0]}; git show {name}",
        code=ErrorCode.HISTORY_CORRUPT,
    )


def _version(content: bytes) -> int | None:
    try:
        document: Any = json.loads(content)
    except ValueError:
        return None
    version = document.get("format_version") if isinstance(document, dict) else None
    return version if isinstance(version, int) else None
