"""The refs that count: those of this repository, or those of its remote with a copy here."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from gitops.errors import HistoryError
from gitops.history.agreement import Agreed, Agreement
from gitops.history.here import Here, Moved
from gitops.history.refs import Move, Names
from gitops.history.there import There

_TRIES: Final = 5

Answer = TypeVar("Answer")


class Ledger(Protocol):
    """Where a history and its lock stand for everybody.

    Attributes:
        trust_s: for so long a look at it is believed, because the next one costs a round trip.
        remote: None where it is this repository.
    """

    trust_s: float
    remote: str | None

    def reach(self) -> Agreed:
        """How it stands now, and everything of it here.

        Raises:
            HistoryError: it cannot be reached, or is another history now.
        """

    def copy(self, fault: HistoryError) -> Agreed:
        """What is here, where it cannot be reached."""

    def lock(self) -> str | None:
        """Where the lock stands, without fetching anything."""

    def move(self, *moves: Move) -> None:
        """Move refs, all or none.

        Raises:
            Moved: one stands somewhere else than was thought.
            HistoryError: it cannot be reached, or does not take it.
        """

    def keep_here(self, move: Move) -> None:
        """Move the history in this clone only."""


class LocalLedger:
    """A history that lies in one repository."""

    trust_s = 0.0
    remote: str | None = None

    def __init__(self, here: Here) -> None:
        self._here = here

    def reach(self) -> Agreed:
        """How the refs stand."""
        tips = self._here.tips()
        return Agreed(tips.history, tips.history, tips.lock, others=tips.others)

    def copy(self, fault: HistoryError) -> Agreed:
        """Never asked: what is here is all that there is."""
        raise fault

    def lock(self) -> str | None:
        """Where the lock stands."""
        return self._here.tips().lock

    def move(self, *moves: Move) -> None:
        """Move refs, all or none."""
        self._here.move(*moves)

    def keep_here(self, move: Move) -> None:
        """Move the history."""
        self._here.move(move)


class SharedLedger:
    """A history that counts as it stands in a remote; each write here follows one there."""

    trust_s = 15.0

    def __init__(self, here: Here, there: There, agreement: Agreement, names: Names) -> None:
        self.remote: str | None = there.remote
        self._here = here
        self._there = there
        self._agreement = agreement
        self._names = names

    def reach(self) -> Agreed:
        """How the remote stands, fetched; a moment in which somebody writes is waited out."""
        return again(self._agreement.reach)

    def copy(self, fault: HistoryError) -> Agreed:
        """What is here, with a note of when it was compared."""
        return self._agreement.copy(fault)

    def lock(self) -> str | None:
        """Where the lock stands in the remote."""
        return self._there.tips().lock

    def move(self, *moves: Move) -> None:
        """Push, then let the copy here follow."""
        self._there.move(*moves)
        for move in moves:
            if move.ref == self._names.history and move.new is not None:
                self._agreement.saw(move.new)
                self.keep_here(move)

    def keep_here(self, move: Move) -> None:
        """Let the copy here stand there, wherever another command of this clone has left it."""
        assert move.new is not None
        self._here.put(move.ref, move.new)


def again(call: Callable[[], Answer]) -> Answer:
    """Call once more where somebody wrote at the same moment, a few times.

    Raises:
        Moved: somebody always did.
    """
    for _ in range(_TRIES - 1):
        try:
            return call()
        except Moved:
            continue
    return call()
