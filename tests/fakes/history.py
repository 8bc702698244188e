"""A history and a repository in memory. What people share lies in a `Ledger`; each of them has a `FakeHistory`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitops.errors import ErrorCode, HistoryError, HistoryNotPushed, Locked, LockLost, UsageError
from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.record import Declared, Lock, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.source import SourceState
from gitops.ports import Deployment, DeploymentDetail, Past, Tenure
from tests.fakes.clock import FakeClock

ADA = "Ada <ada@example.com>"


@dataclass
class Ledger:
    """What the clones of one repository share: deployments, oldest first, and the lock."""

    kept: list[DeploymentDetail] = field(default_factory=list)
    lock: Lock | None = None
    locks: int = 0
    commits: int = 0

    def commit(self) -> str:
        self.commits += 1
        return f"{self.commits:040x}"


class FakeTenure:
    """The lock, held; `calls` of its history tell what was written."""

    def __init__(self, history: "FakeHistory", lock: Lock, past: Past, took_over: str = "") -> None:
        self.lock = lock
        self.past = past
        self.took_over = took_over
        self._history = history

    def check(self) -> None:
        held = self._history.ledger.lock
        if held is None or held.id != self.lock.id:
            raise LockLost("the lock of this environment is gone", hint="see who has it, then plan again")

    def start(self, record: Record, declared: Declared, plan: Plan | None, state: State) -> None:
        if self._history.start_fault is not None:
            raise self._history.start_fault
        self.check()
        self._history.calls.append(f"start {record.number}")
        commit = self._history.ledger.commit()
        self._history.ledger.kept.append(DeploymentDetail(Deployment(commit, record), plan, declared, state))

    def finish(
        self,
        record: Record,
        state: State,
        events: Sequence[Event] = (),
        before: Snapshot | None = None,
        after: Snapshot | None = None,
        report: Report | None = None,
    ) -> None:
        self.check()
        ledger = self._history.ledger
        self._history.calls.append(f"finish {record.number} {record.outcome}")
        ledger.kept[-1] = replace(
            ledger.kept[-1],
            deployment=Deployment(ledger.commit(), record),
            state=state,
            events=tuple(events),
            before=before,
            after=after,
            report=report,
        )
        ledger.lock = None
        if self._history.refuses_push:
            self._history.unpushed += 1
            raise HistoryNotPushed(
                "the record of this deployment lies in this clone only", hint="gitops history push -e local"
            )


class FakeHistory:
    """The history of one environment.

    Attributes:
        ledger: give two histories the same one, and they are two clones.
        unreachable: the remote does not answer.
        refuses_push: the remote does not take what a finish pushes.
        start_fault: what `start` raises, where it is set.
        others: the project's other environments that have a history.
        calls: what was written, in order: `start 1`, `finish 1 succeeded`.
    """

    def __init__(self, ledger: Ledger | None = None, clock: FakeClock | None = None, holder: str = ADA) -> None:
        self.ledger = ledger or Ledger()
        self.clock = clock or FakeClock()
        self.unreachable = False
        self.refuses_push = False
        self.start_fault: HistoryError | None = None
        self.unpushed = 0
        self.others: frozenset[str] = frozenset()
        self.calls: list[str] = []
        self._holder = holder

    def past(self, *, fetch: bool = True, strict: bool = False) -> Past:
        notes: tuple[str, ...] = ()
        if fetch and self.unreachable:
            if strict:
                self._raise_unreachable()
            notes = ("the history's remote does not answer; what this clone knows is of another time",)
        if not self.ledger.kept:
            return Past(notes=notes, others=self.others)
        newest = self.ledger.kept[-1]
        return Past(
            newest.deployment.commit, newest.deployment.record, newest.state, newest.declared, notes, self.others
        )

    @contextmanager
    def claim(self, command: str) -> Iterator[Tenure]:
        if self.unreachable:
            self._raise_unreachable()
        if self.ledger.lock is not None:
            raise Locked(
                f"the environment is locked by {self.ledger.lock.holder} ({self.ledger.lock.command})",
                hint=f"wait, or take it away: gitops unlock {self.ledger.lock.id}",
            )
        self.ledger.lock = lock = self._new_lock(command)
        try:
            yield FakeTenure(self, lock, self.past())
        finally:
            if self.ledger.lock is not None and self.ledger.lock.id == lock.id:
                self.ledger.lock = None

    def deployments(self, limit: int | None = None) -> tuple[Deployment, ...]:
        return tuple(one.deployment for one in reversed(self.ledger.kept))[:limit]

    def deployment(self, number: int) -> DeploymentDetail:
        for one in self.ledger.kept:
            if one.deployment.record.number == number:
                return one
        raise UsageError(f"there is no deployment {number}", code=ErrorCode.NO_SUCH_DEPLOYMENT)

    def push(self) -> bool:
        if self.unpushed and self.refuses_push:
            raise HistoryNotPushed("the remote does not take it")
        pushed, self.unpushed = self.unpushed > 0, 0
        return pushed

    def prune(self, keep: int, command: str) -> int:
        with self.claim(command):
            forgotten = max(0, len(self.ledger.kept) - keep)
            del self.ledger.kept[:forgotten]
        return forgotten

    def unlock(self, lock_id: str) -> Lock:
        lock = self.ledger.lock
        if lock is None or lock.id != lock_id:
            raise UsageError("nobody holds the lock" if lock is None else f"the lock is {lock.id}, not {lock_id}")
        self.ledger.lock = None
        return lock

    def holder(self) -> Lock | None:
        return self.ledger.lock

    def held_by(self, holder: str, command: str = "gitops apply -e local") -> Lock:
        """Let somebody else hold the lock."""
        self.ledger.lock = self._new_lock(command).model_copy(update={"holder": holder})
        return self.ledger.lock

    def _new_lock(self, command: str) -> Lock:
        self.ledger.locks += 1
        now = self.clock.now()
        return Lock(
            id=f"lock-{self.ledger.locks}",
            holder=self._holder,
            host="example",
            pid=1,
            started=1.0,
            command=command,
            acquired=now,
            renewed=now,
        )

    def _raise_unreachable(self) -> None:
        raise HistoryError("the history's remote does not answer", hint="try again when it does")


class FakeRepository:
    """A repository of folders: `commits` tells for each commit where the project's folder of then lies.

    Attributes:
        source: what `state` answers.
        elsewhere: commits from which what lies here does not come.
        branches: made by `branch_back`: name -> the commit whose folder it puts back.
    """

    def __init__(
        self, source: SourceState | None = None, commits: Mapping[str, Path] | None = None, author: str = ADA
    ) -> None:
        self.source = source or SourceState(repository="a" * 40, commit="c" * 40, branch="main")
        self.commits = dict(commits or {})
        self.branches: dict[str, str] = {}
        self.elsewhere: set[str] = set()
        self._author = author

    def state(self) -> SourceState:
        return self.source

    def resolve(self, revision: str) -> str:
        for commit in self.commits:
            if commit.startswith(revision):
                return commit
        raise UsageError(f"there is no commit {revision} in this repository")

    def contains(self, commit: str) -> bool:
        return commit not in self.elsewhere

    def author(self) -> str:
        return self._author

    @contextmanager
    def files_at(self, commit: str) -> Iterator[Path]:
        if commit not in self.commits:
            raise UsageError(f"the project was not there at commit {commit[:12]}")
        yield self.commits[commit]

    def branch_back(self, commit: str, branch: str, message: str) -> str:
        if branch in self.branches:
            raise UsageError(f"there is a branch {branch} already", hint="name another one")
        self.branches[branch] = commit
        return f"{len(self.branches):040x}"
