"""How this clone's copy of a history follows the remote's: never backwards, and never silently onto another chain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from gitops.errors import ErrorCode, HistoryError
from gitops.history.here import Here, Moved
from gitops.history.message import number_of, pruned_from
from gitops.history.objects import Objects
from gitops.history.refs import Move, Names
from gitops.history.seen import Seen, Sight
from gitops.history.there import There


@dataclass(frozen=True, slots=True)
class Agreed:
    """A history as this clone and its remote agree on it.

    Attributes:
        tip: the newest commit, pushed or not.
        pushed: where the remote stands; the same as `tip` where there is no remote.
        lock: the commit of the lock, fetched.
        others: the project's other environments that have a history, here or there.
        notes: for people.
    """

    tip: str | None
    pushed: str | None
    lock: str | None
    notes: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()

    @property
    def ahead(self) -> bool:
        """Whether something lies in this clone only."""
        return self.tip != self.pushed


class Agreement:
    """Lets the history here follow the one there."""

    def __init__(
        self, here: Here, there: There, objects: Objects, names: Names, seen: Seen, now: Callable[[], datetime]
    ) -> None:
        self._here = here
        self._there = there
        self._objects = objects
        self._names = names
        self._seen = seen
        self._now = now

    def reach(self) -> Agreed:
        """Ask the remote, fetch what is missing, and follow.

        Raises:
            Moved: somebody writes right now; ask again.
            HistoryError: the remote does not answer, or its history is another one now.
        """
        # What is known here is read first: another command of this clone may follow the remote while we ask it.
        ours, known = self._here.tips(), self._known()
        theirs = self._there.tips()
        wanted = {self._names.history: theirs.history, self._names.lock: theirs.lock}
        missing = [ref for ref, commit in wanted.items() if commit is not None and not self._objects.has(commit)]
        if missing:
            self._there.fetch(*missing)
            if not all(commit is None or self._objects.has(commit) for commit in wanted.values()):
                raise Moved
        tip, notes = self._follow(ours.history, known, theirs.history)
        self.saw(theirs.history)
        return Agreed(tip, theirs.history, theirs.lock, notes, ours.others | theirs.others)

    def saw(self, tip: str | None) -> None:
        """Remember where the remote stands."""
        self._seen.put(Sight(tip, self._now()))

    def copy(self, fault: HistoryError) -> Agreed:
        """What is here, with a note that it may be old."""
        ours, sight = self._here.tips(), self._seen.last()
        when = f"is of {sight.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if sight else "was never compared with it"
        note = f"{fault.message}; the copy in this clone {when}"
        return Agreed(ours.history, ours.history, None, (note,), ours.others)

    def _follow(self, ours: str | None, known: str | None, theirs: str | None) -> tuple[str | None, tuple[str, ...]]:
        """Let the copy here stand where the remote does, as far as that can be done.

        Args:
            ours: where the copy stood before the remote was asked.
            known: where the remote stood when it was last seen.

        Returns:
            Where the copy stands now, with notes.
        """
        if ours == theirs:
            return ours, ()
        if ours is None:
            return self._advance(ours, theirs)
        if theirs is None:
            if known is not None:
                raise self._deleted()
            return ours, (self._unpushed(),)
        if known is not None and not self._leads(known, theirs) and not self._cut(theirs, known, seen=True):
            raise self._rewritten(known, theirs)
        if self._leads(ours, known or theirs) or self._leads(ours, theirs):
            return self._advance(ours, theirs)
        if self._leads(theirs, ours):
            return ours, (self._unpushed(),)
        if known is None:
            if not self._cut(theirs, ours, seen=False):
                raise self._rewritten(ours, theirs)
            return self._advance(ours, theirs)
        lost = self._names.lost(number_of(self._objects.message(ours)))
        self._here.put(lost, ours)
        self._advance(ours, theirs)
        return theirs, (f"others went on before a record of this clone was pushed; it is kept as {lost}",)

    def _known(self) -> str | None:
        sight = self._seen.last()
        return sight.tip if sight else None

    def _cut(self, theirs: str, older: str, *, seen: bool) -> bool:
        """Whether the remote's chain was made shorter, and an older commit was in what it was cut from.

        Args:
            seen: whether the older commit is known to have been there. Then it is enough that the root of the chain
                says that it was cut, because what it was cut from may be nowhere any more.
        """
        tip = pruned_from(self._objects.message(self._objects.root(theirs)))
        if tip is None:
            return False
        if not self._objects.has(tip):
            return seen
        return self._leads(older, tip) or self._cut(tip, older, seen=seen)

    def _leads(self, older: str, newer: str) -> bool:
        return self._objects.leads_to(older, newer)

    def _advance(self, ours: str | None, theirs: str | None) -> tuple[str | None, tuple[str, ...]]:
        """Let the copy here stand where the remote does; whoever did the same meanwhile has done it."""
        try:
            self._here.move(Move(self._names.history, ours, theirs))
        except Moved:
            if self._here.tips().history != theirs:
                raise
        return theirs, ()

    def _unpushed(self) -> str:
        return f"the newest record lies in this clone only; the next apply pushes it to {self._there.remote}"

    def _deleted(self) -> HistoryError:
        ref, remote = self._names.history, self._there.remote
        return HistoryError(
            f"the history of {self._names.environment} was deleted from the remote {remote}; this clone has it still",
            hint=f"find out who did that and why. To put it back: git push {remote} {ref}; to begin anew: "
            f"git update-ref -d {ref}",
            code=ErrorCode.HISTORY_REWRITTEN,
        )

    def _rewritten(self, known: str, theirs: str) -> HistoryError:
        ref, remote = self._names.history, self._there.remote
        return HistoryError(
            f"the history of {self._names.environment} in the remote {remote} was rewritten: it stands at "
            f"{theirs[:12]}, which does not come from {known[:12]}, where it stood before",
            hint=f"find out who did that and why. To put back what was there: git push --force {remote} "
            f"{known}:{ref}; to take what is there: git update-ref -d {ref}",
            code=ErrorCode.HISTORY_REWRITTEN,
        )
