"""Git: the deployment history with its lock, and the repository that declarations live in."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.record import Declared, Lock, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.source import SourceState


@dataclass(frozen=True, slots=True)
class Past:
    """What the history of an environment says at its tip.

    Attributes:
        tip: the commit; None where nothing was ever applied to this environment, though it may go on with the state of
            the one that it was called before.
        last: the newest record, with or without an outcome.
        state: what all of them came to.
        declared: what the files said at the newest record; None where there is none.
        notes: what the reader must know of it: that the remote could not be reached and of when the local copy is,
            that it is kept without git, that a record could not be pushed yet.
        others: the project's other environments that have a history, here or in the remote.
    """

    tip: str | None = None
    last: Record | None = None
    state: State = field(default_factory=State)
    declared: Declared | None = None
    notes: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One record with where it stands.

    Attributes:
        commit: of the newer of its two commits.
    """

    commit: str
    record: Record


@dataclass(frozen=True, slots=True)
class DeploymentDetail:
    """Everything that a deployment left.

    Attributes:
        state: cumulative, as of then.
        report: None where it was killed, or took no snapshots.
    """

    deployment: Deployment
    plan: Plan | None
    declared: Declared | None
    state: State
    events: tuple[Event, ...] = ()
    before: Snapshot | None = None
    after: Snapshot | None = None
    report: Report | None = None


class Tenure(Protocol):
    """The lock of an environment, held: only its holder adds to the history. Renewed in the background.

    Attributes:
        lock: as it stands in git.
        took_over: whose lock was taken over and why, for people and the record; empty where nobody's was.
        past: as it is under the lock.
    """

    lock: Lock
    took_over: str
    past: Past

    def check(self) -> None:
        """Go on if the lock is still ours.

        Raises:
            LockLost: it could not be renewed for a ttl, or somebody took it.
        """

    def start(self, record: Record, declared: Declared, plan: Plan | None, state: State) -> None:
        """Keep that a deployment begins: committed, and pushed where there is a remote. Only then may be written.

        Raises:
            HistoryError: it could not be kept; nothing was.
        """

    def finish(
        self,
        record: Record,
        state: State,
        events: Sequence[Event] = (),
        before: Snapshot | None = None,
        after: Snapshot | None = None,
        report: Report | None = None,
    ) -> None:
        """Keep how it ended and give the lock back, in one push.

        Raises:
            HistoryNotPushed: the record lies in this clone only; the next command that can reach the remote pushes it.
        """


class History(Protocol):
    """The deployment history of one environment, a chain of commits of its own: nothing of the user's is touched.

    Every method raises `HistoryError` where it cannot be read; its codes say why: `history-unreachable`,
    `history-rewritten`, `history-corrupt`, `history-newer`.
    """

    def past(self, *, fetch: bool = True, strict: bool = False) -> Past:
        """What is remembered.

        Args:
            fetch: ask the remote first, where there is one.
            strict: raise where it cannot be asked, instead of going on with the local copy and a note.
        """

    def claim(self, command: str) -> AbstractContextManager[Tenure]:
        """Hold the lock; leaving gives it back if `finish` has not.

        Args:
            command: for people who find it locked: "gitops apply -e production".

        Raises:
            Locked: somebody else holds it.
        """

    def deployments(self, limit: int | None = None) -> tuple[Deployment, ...]:
        """The records, newest first, of the local copy as the last `past` left it."""

    def deployment(self, number: int) -> DeploymentDetail:
        """Everything that a deployment left.

        Raises:
            UsageError: there is none of that number.
        """

    def push(self) -> bool:
        """Push what lies in this clone only; False where there was nothing to push.

        Raises:
            HistoryNotPushed: the remote does not take it.
        """

    def prune(self, keep: int, command: str) -> int:
        """Forget all but the newest `keep` deployments, under the lock; the cumulative state stays.

        Returns:
            How many were forgotten.
        """

    def unlock(self, lock_id: str) -> Lock:
        """Take the lock away from whoever holds it, at once.

        Raises:
            UsageError: it is not held, or by another id.
        """

    def holder(self) -> Lock | None:
        """Who holds the lock; None where nobody does."""


class Repository(Protocol):
    """The user's repository, read only but for new branches."""

    def state(self) -> SourceState:
        """Commit, branch, and what differs from it in the project's folder."""

    def resolve(self, revision: str) -> str:
        """The full id of a commit by whatever git takes: a branch, a tag, the beginning of an id.

        Raises:
            UsageError: there is none, or not in this shallow clone.
        """

    def contains(self, commit: str) -> bool:
        """Whether what lies here comes from a commit; yes also where a shallow clone cannot tell."""

    def author(self) -> str:
        """Who applies, as git knows them: `Name <mail>`; else the account and the machine."""

    def files_at(self, commit: str) -> AbstractContextManager[Path]:
        """The project's folder as it was at a commit, its whole repository around it, there while the context lasts.

        Read straight from git's objects: no checkout, no filter, no hook.

        Raises:
            UsageError: the project was not there then.
        """

    def branch_back(self, commit: str, branch: str, message: str) -> str:
        """A new branch with one commit on top of the head that puts the project's folder back to what it was.

        Returns:
            The new commit's id.

        Raises:
            UsageError: there is such a branch already, or nothing to put back.
        """
