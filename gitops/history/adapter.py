"""The port `History`, in git: a chain of commits and a lock, in this repository or shared through a remote of it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from gitops.errors import ErrorCode, HistoryError, HistoryNotPushed, UsageError
from gitops.history import pruning
from gitops.history.admission import Admission
from gitops.history.agreement import Agreement
from gitops.history.chain import Chain
from gitops.history.here import Here
from gitops.history.holder import Holder, is_gone
from gitops.history.ledger import Ledger, LocalLedger, SharedLedger, again
from gitops.history.objects import Objects
from gitops.history.plumbing import Git
from gitops.history.refs import Move, Names
from gitops.history.seen import Seen
from gitops.history.tenure import GitTenure, write_lock
from gitops.history.there import There
from gitops.model.record import Lock
from gitops.ports import Clock, Deployment, DeploymentDetail, Past

TTL_S = 300.0


class GitHistory:
    """The history of one environment.

    Args:
        git: the repository; a bare one that is not there yet is made with the first claim.
        remote: where it is shared; None where this repository is all that there is.
        holder: this process, for the lock.
        wait_s: how long to wait for a lock that somebody else holds.
        ttl_s: how long a lock may stand still before others may take it.
        notes: what must be known of it before it begins.
        before: the history of the environment that this one goes on with.
    """

    def __init__(
        self,
        git: Git,
        project: str,
        environment: str,
        *,
        remote: str | None,
        clock: Clock,
        holder: Holder,
        wait_s: float = 0.0,
        ttl_s: float = TTL_S,
        notes: tuple[str, ...] = (),
        before: "GitHistory | None" = None,
    ) -> None:
        self._names = Names(project, environment)
        self._here = Here(git, self._names)
        self._objects = Objects(git)
        self._chain = Chain(git, self._objects, environment)
        self._ledger = self._open_ledger(git, remote, clock)
        self._admission = Admission(self._ledger, self._chain, clock, holder, environment, wait_s)
        self._clock = clock
        self._me = holder
        self._ttl_s = ttl_s
        self._notes = notes
        self._before = before

    def _open_ledger(self, git: Git, remote: str | None, clock: Clock) -> Ledger:
        if remote is None:
            return LocalLedger(self._here)
        assert git.git_dir is not None
        there = There(git, self._names, remote)
        seen = Seen(git.git_dir, self._names)
        agreement = Agreement(self._here, there, self._objects, self._names, seen, clock.now)
        return SharedLedger(self._here, there, agreement, self._names)

    @property
    def environment(self) -> str:
        """Whose history it is."""
        return self._names.environment

    def newest(self) -> str | None:
        """The tip in this clone; of the chain that it will begin behind, as long as there is none."""
        return self._here.tips().history or (self._before.newest() if self._before else None)

    def past(self, *, fetch: bool = True, strict: bool = False) -> Past:
        """What is remembered."""
        if fetch or self._ledger.remote is None:
            try:
                agreed = self._ledger.reach()
            except HistoryError as fault:
                if strict or fault.code is not ErrorCode.HISTORY_UNREACHABLE:
                    raise
                agreed = self._ledger.copy(fault)
            return self._told(agreed.tip, agreed.notes, agreed.others, fetch=fetch)
        tips = self._here.tips()
        return self._told(tips.history, (), tips.others, fetch=fetch)

    @contextmanager
    def claim(self, command: str) -> Iterator[GitTenure]:
        """Hold the lock; leaving gives it back if `finish` has not."""
        self._here.make()
        tenure = again(lambda: self._acquire(command))
        try:
            tenure.past = again(self._past_under_lock)
            tenure.onto = self.newest()
            tenure.keep_renewing()
            yield tenure
        finally:
            tenure.leave()

    def deployments(self, limit: int | None = None) -> tuple[Deployment, ...]:
        """The records, newest first, of the copy here."""
        return self._chain.deployments(self.newest(), limit)

    def deployment(self, number: int) -> DeploymentDetail:
        """Everything that a deployment left."""
        return self._chain.deployment(self.newest(), number)

    def push(self) -> bool:
        """Push what lies in this clone only."""
        try:
            return again(lambda: self._push(gives_back=True))
        except HistoryError as fault:
            raise HistoryNotPushed(fault.message, hint=fault.hint) from fault

    def prune(self, keep: int, command: str) -> int:
        """Forget all but the newest deployments, under the lock."""
        with self.claim(command) as tenure:
            links = self._chain.links(tenure.past.tip)
            cut = pruning.cut(links, keep)
            if cut.forgotten:
                who, now = self._me.who, self._clock.now()
                tenure.replace(pruning.rebuilt(self._objects, cut, self._names.environment, who, now))
            return len(cut.forgotten)

    def unlock(self, lock_id: str) -> Lock:
        """Take the lock away from whoever holds it."""
        return again(lambda: self._unlock(lock_id))

    def holder(self) -> Lock | None:
        """Who holds the lock."""
        stands = self._ledger.reach().lock
        return self._chain.lock(stands) if stands else None

    def _acquire(self, command: str) -> GitTenure:
        admitted = self._admission.ask()
        now = self._clock.now()
        lock = Lock(
            id=secrets.token_hex(4),
            holder=self._me.who,
            host=self._me.host,
            boot=self._me.boot,
            pid=self._me.pid,
            started=self._me.started,
            command=command,
            run_url=self._me.run_url,
            acquired=now,
            renewed=now,
            ttl_s=self._ttl_s,
        )
        commit = write_lock(self._objects, lock)
        tenure = GitTenure(self._ledger, self._here, self._objects, self._names, self._clock, lock, commit)
        tenure.took_over = admitted.took_over
        self._ledger.move(Move(self._names.lock, admitted.instead_of, commit))
        return tenure

    def _past_under_lock(self) -> Past:
        """The newest that there is; what lies in this clone only is pushed first."""
        self._push(gives_back=False)
        agreed = self._ledger.reach()
        return self._told(agreed.tip, (), agreed.others, fetch=True)

    def _told(self, tip: str | None, notes: tuple[str, ...], others: frozenset[str], *, fetch: bool) -> Past:
        """What a chain says; as long as there is none, what the one says that it will begin behind."""
        if tip is None:
            notes = (*self._notes, *notes)
        if tip is not None or self._before is None:
            return replace(self._chain.past(tip, notes), others=others)
        old, name = self._before.past(fetch=fetch), self._before.environment
        words = f"goes on with the history of environment {name}"
        if old.tip is None:
            words = f"environment {name} has no history to go on with"
        return replace(old, tip=None, notes=(*notes, words), others=others)

    def _push(self, *, gives_back: bool) -> bool:
        """Push what lies here only; and the lock back, if its holder has ended: it could push neither."""
        agreed = self._ledger.reach()
        if not agreed.ahead:
            return False
        moves = [Move(self._names.history, agreed.pushed, agreed.tip)]
        if gives_back and agreed.lock is not None and is_gone(self._chain.lock(agreed.lock), self._me):
            moves.append(Move(self._names.lock, agreed.lock, None))
        self._ledger.move(*moves)
        return True

    def _unlock(self, lock_id: str) -> Lock:
        stands = self._ledger.reach().lock
        lock = self._chain.lock(stands) if stands else None
        if lock is None or lock.id != lock_id:
            raise self._not_held(lock_id, lock)
        self._ledger.move(Move(self._names.lock, stands, None))
        return lock

    def _not_held(self, lock_id: str, lock: Lock | None) -> UsageError:
        environment = self._names.environment
        if lock is None:
            return UsageError(f"nobody holds the lock of {environment}", hint="there is nothing to take away")
        return UsageError(
            f"the lock of {environment} has the id {lock.id}, not {lock_id}: {lock.holder} holds it ({lock.command})",
            hint=f"if nobody is at work there any more: gitops unlock {lock.id} -e {environment}",
        )
