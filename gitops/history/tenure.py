"""The lock, held: renewed in the background, looked after before each write, and given back with the last one."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from gitops.errors import HistoryError, HistoryNotPushed, LockLost
from gitops.history import tree
from gitops.history.here import Here, Moved
from gitops.history.ledger import Ledger
from gitops.history.message import lock_message, record_message
from gitops.history.objects import Objects, Signature
from gitops.history.refs import Move, Names
from gitops.model.event import Event
from gitops.model.plan import Plan
from gitops.model.quantity import duration_text
from gitops.model.record import Declared, Lock, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.ports import Clock, Past

RENEWALS_PER_TTL: Final = 3


class GitTenure:
    """The lock of an environment in our hands.

    Attributes:
        lock: as it stands in git.
        took_over: whose lock was taken over and why; empty where nobody's was.
        past: as it is under the lock.
        onto: where the chain begins behind another one, that one's tip.
    """

    def __init__(
        self, ledger: Ledger, here: Here, objects: Objects, names: Names, clock: Clock, lock: Lock, commit: str
    ) -> None:
        self.lock = lock
        self.took_over = ""
        self.past = Past()
        self.onto: str | None = None
        self._ledger = ledger
        self._here = here
        self._objects = objects
        self._names = names
        self._clock = clock
        self._commit: str | None = commit  # None once it was given back, or is known to be lost
        self._unsure: set[str] = set()  # commits that the lock may stand at, because the answer to a push was lost
        self._tip: str | None = None
        self._files: dict[str, str] = {}
        self._turn = threading.RLock()
        self._over = threading.Event()
        self._renewed = self._looked = self._now()

    # The lock.

    def keep_renewing(self) -> None:
        """Renew it from now on, as long as it is ours."""
        threading.Thread(target=self._renew_again, name="gitops-lock", daemon=True).start()

    def check(self) -> None:
        """Go on if the lock is still ours.

        Raises:
            LockLost: it could not be renewed for a ttl, or somebody took it.
        """
        with self._turn:
            self._raise_if_lost()
            if self._since(self._looked) >= self._ledger.trust_s:
                self._look()
                self._raise_if_lost()

    def renew(self) -> None:
        """Say that the holder is still there; a remote that does not answer is asked again with the next renewal."""
        with self._turn:
            if self._commit is None or self._over.is_set():
                return
            began = self._now()
            lock, commit = self._next_lock()
            try:
                self._ledger.move(Move(self._names.lock, self._commit, commit))
            except Moved:
                self._look()
            except HistoryError:
                self._unsure.add(commit)
            else:
                self._holds(lock, commit, began)

    def leave(self) -> None:
        """Give the lock back if it is still ours; where that cannot be done, it ends with this process or its ttl."""
        self._over.set()
        with self._turn, suppress(HistoryError):
            if self._commit is not None and self._unsure:
                self._look()
            if self._commit is not None:
                self._ledger.move(Move(self._names.lock, self._commit, None))
                self._commit = None

    # What is written under it.

    def start(self, record: Record, declared: Declared, plan: Plan | None, state: State) -> None:
        """Keep that a deployment begins.

        Raises:
            LockLost: the lock is not ours any more.
            HistoryError: it could not be kept; nothing was.
        """
        with self._turn:
            self._raise_if_lost()
            files = self._objects.write(tree.begun(record, declared, plan, state))
            commit = self._commit_record(record, files)
            began = self._now()
            lock, renewed = self._next_lock()
            self._unsure.add(renewed)
            self._move(Move(self._names.history, self.past.tip, commit), Move(self._names.lock, self._commit, renewed))
            self._holds(lock, renewed, began)
            self._tip, self._files = commit, files

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
            LockLost: the lock was taken; the record is kept aside, in this clone.
            HistoryNotPushed: the record lies in this clone only.
        """
        assert self._tip is not None, "a deployment ends that never began"
        with self._turn:
            new = self._objects.write(tree.ended(record, state, events, before, after, report))
            commit = self._commit_record(record, {**self._files, **new})
            move = Move(self._names.history, self._tip, commit)
            try:
                self._raise_if_lost()
                self._move(move, Move(self._names.lock, self._commit, None))
            except LockLost as lost:
                raise self._kept_aside(record, commit, lost) from lost
            except HistoryError as fault:
                if self._ledger.remote is None:
                    raise
                self._ledger.keep_here(move)
                raise self._not_pushed(fault) from fault
            self._over.set()
            self._commit = None

    def replace(self, commit: str) -> None:
        """Let the history stand at another chain, under the lock.

        Raises:
            LockLost: the lock is not ours any more.
            HistoryError: it could not be written; nothing was.
        """
        with self._turn:
            self._raise_if_lost()
            self._move(Move(self._names.history, self.past.tip, commit))

    def _commit_record(self, record: Record, files: dict[str, str]) -> str:
        parent = self._tip or self.past.tip or self.onto
        signature = Signature(record.applied_by, record.finished_at or record.started_at)
        return self._objects.commit(
            self._objects.tree(files), [parent] if parent else [], record_message(record), signature
        )

    def _move(self, *moves: Move) -> None:
        try:
            self._ledger.move(*moves)
        except Moved:
            self._look()
            self._raise_if_lost()
            raise

    # Whether it is ours.

    def _raise_if_lost(self) -> None:
        hint = "nothing more was written; see who is at work, then plan again"
        if self._commit is None:
            raise LockLost(f"the lock of {self._names.environment} was taken away from this command", hint=hint)
        if self._since(self._renewed) >= self.lock.ttl_s:
            raise LockLost(
                f"the lock of {self._names.environment} could not be renewed for {duration_text(self.lock.ttl_s)}, "
                "and somebody may have taken it",
                hint=hint,
            )

    def _look(self) -> None:
        """See whether the lock stands where we left it; where nobody answers, the ttl decides."""
        now = self._now()
        try:
            stands = self._ledger.lock()
        except HistoryError:
            return
        self._looked = now
        if stands in self._unsure:
            self._commit = stands
        elif stands != self._commit:
            self._commit = None

    def _holds(self, lock: Lock, commit: str, since: tuple[float, float]) -> None:
        self.lock, self._commit = lock, commit
        self._unsure.clear()
        self._renewed = self._looked = since

    def _next_lock(self) -> tuple[Lock, str]:
        lock = self.lock.model_copy(update={"renewed": self._clock.now()})
        return lock, write_lock(self._objects, lock)

    def _now(self) -> tuple[float, float]:
        """By both clocks: one jumps, the other one may stand still while the machine sleeps."""
        return self._clock.monotonic(), self._clock.now().timestamp()

    def _since(self, then: tuple[float, float]) -> float:
        return max(now - before for now, before in zip(self._now(), then, strict=True))

    def _renew_again(self) -> None:
        while not self._over.wait(self.lock.ttl_s / RENEWALS_PER_TTL):
            self.renew()

    # What is said where it went wrong.

    def _kept_aside(self, record: Record, commit: str, lost: LockLost) -> LockLost:
        ref = self._names.lost(record.number)
        self._here.put(ref, commit)
        return LockLost(
            f"{lost.message}; how deployment {record.number} ended is not in the history, and is kept as {ref}",
            hint=f"see it with git show {ref}; then plan again",
        )

    def _not_pushed(self, fault: HistoryError) -> HistoryNotPushed:
        return HistoryNotPushed(
            f"what was done is done, but its record lies in this clone only: {fault.message}",
            hint=f"push it: gitops history push -e {self._names.environment}",
        )


def write_lock(objects: Objects, lock: Lock) -> str:
    """The commit of a lock."""
    ids = objects.write(tree.written({tree.LOCK: lock}))
    return objects.commit(objects.tree(ids), [], lock_message(lock), Signature(lock.holder, lock.renewed))
