"""A history of many deployments, as applies leave it, but written into a repository in one go by `git fast-import`."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gitops.history import tree
from gitops.history.message import record_message
from gitops.history.refs import Names
from gitops.model.change import VersionRef
from gitops.model.desired import Endpoint
from gitops.model.event import Outcome
from gitops.model.live import PlatformIdentity
from gitops.model.record import (
    Applied,
    Declared,
    DeclaredEndpoint,
    Entry,
    Ownership,
    PlatformState,
    Record,
    State,
    StepOutcome,
)
from gitops.model.source import SourceState

ENDPOINTS: Final = 100
_CHANGED: Final = 5
_WHO: Final = "Ada <ada@example.org>"
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DIGEST: Final = f"sha256:{7:064x}"


def write_history(git_dir: Path, names: Names, deployments: int) -> None:
    """So many deployments of 100 endpoints; each moves 5 of them to another version, all succeeded.

    Raises:
        subprocess.CalledProcessError: git does not take it.
    """
    subprocess.run(
        ["git", f"--git-dir={git_dir}", "fast-import", "--quiet"],
        input=b"".join(_commands(names, deployments)),
        check=True,
        timeout=120,
    )


def _commands(names: Names, deployments: int) -> Iterator[bytes]:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:8080", installation="benchmark")
    entries: dict[str, Entry] = {}
    declared = Declared(endpoints={name: DeclaredEndpoint(endpoint=_endpoint(name)) for name in _names()})
    for number in range(1, deployments + 1):
        begun = _record(number, names, platform)
        state = State(platforms=(PlatformState(platform=platform, endpoints=dict(entries)),))
        yield _commit(names, begun, begun.started_at, tree.begun(begun, declared, None, state))
        entries |= {name: _entry(number) for name in (_names() if number == 1 else _changed(number))}
        ended = _ended(begun)
        state = State(platforms=(PlatformState(platform=platform, endpoints=dict(entries)),))
        yield _commit(names, ended, ended.started_at, tree.ended(ended, state, (), None, None, None))


def _commit(names: Names, record: Record, at: datetime, files: dict[str, bytes]) -> bytes:
    """One commit on top of the last one; files that it does not name stay, as they do in an apply."""
    message = record_message(record).encode()
    head = f"commit {names.history}\ncommitter {_WHO} {int(at.timestamp())} +0000\n".encode()
    changed = (b"M 100644 inline " + path.encode() + b"\n" + _data(content) for path, content in files.items())
    return head + _data(message) + b"".join(changed) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _names() -> list[str]:
    return [f"aloha-{number}" for number in range(ENDPOINTS)]


def _changed(number: int) -> list[str]:
    return [f"aloha-{(number * _CHANGED + index) % ENDPOINTS}" for index in range(_CHANGED)]


def _endpoint(name: str) -> Endpoint:
    return Endpoint(name=name, model="aloha", replicas=3)


def _entry(number: int) -> Entry:
    version = VersionRef(name=f"v{number}", digest=_DIGEST)
    applied = Applied(model="aloha", version=version, replicas=3, gpus_per_replica=0)
    return Entry(owned=Ownership.CREATED, applied=applied, since=_BEGAN, deployment=number)


def _record(number: int, names: Names, platform: PlatformIdentity) -> Record:
    return Record(
        number=number,
        project=names.project,
        environment=names.environment,
        platform=platform,
        source=SourceState(commit=f"{number:040x}"),
        started_at=_BEGAN + timedelta(hours=number),
        summary=f"{_CHANGED} to update",
        changes=dict.fromkeys(_changed(number), (f"version v{number - 1} -> v{number}",)),
        fingerprint=f"{number:064x}",
        applied_by=_WHO,
        tool="0",
    )


def _ended(record: Record) -> Record:
    steps = tuple(
        StepOutcome(
            number=place,
            subject=f"endpoint {name}",
            kind="roll_out",
            words=f"roll out endpoint {name}: v{record.number - 1} -> v{record.number}, 3 replicas",
            outcome=Outcome.SUCCEEDED,
        )
        for place, name in enumerate(record.changes, start=1)
    )
    return record.model_copy(
        update={
            "finished_at": record.started_at + timedelta(seconds=42),
            "outcome": Outcome.SUCCEEDED,
            "steps": steps,
            "summary": f"{_CHANGED} updated",
        }
    )
