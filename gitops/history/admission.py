"""Whether a lock may be taken: it is free, its holder has ended, or it stood still for as long as it may."""

from dataclasses import dataclass
from typing import Final

from gitops.errors import Locked
from gitops.history.chain import Chain
from gitops.history.holder import Holder, is_gone
from gitops.history.ledger import Ledger
from gitops.model.quantity import duration_text
from gitops.model.record import Lock
from gitops.ports import Clock

_LOOK_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Admitted:
    """A lock may be taken.

    Attributes:
        instead_of: the commit that it stands at now; None where it is free.
        took_over: whose it was and why it may be taken; empty where it is free.
    """

    instead_of: str | None = None
    took_over: str = ""


class Admission:
    """Decides about the lock of one environment.

    Args:
        wait_s: how long to wait for somebody else; only a wait of a whole ttl tells that a holder elsewhere is gone.
    """

    def __init__(self, ledger: Ledger, chain: Chain, clock: Clock, me: Holder, environment: str, wait_s: float) -> None:
        self._ledger = ledger
        self._chain = chain
        self._clock = clock
        self._me = me
        self._environment = environment
        self._wait_s = wait_s

    def ask(self) -> Admitted:
        """Wait until the lock may be taken.

        Raises:
            Locked: it may not, and there is no time left, or somebody asked to stop.
        """
        began = since = self._clock.monotonic()
        watched = None
        while True:
            stands = self._ledger.reach().lock
            if stands is None:
                return Admitted()
            lock, now = self._chain.lock(stands), self._clock.monotonic()
            if is_gone(lock, self._me):
                return Admitted(stands, f"{_whose(lock)}: its process has ended")
            if stands != watched:
                watched, since = stands, now
            elif now - since >= lock.ttl_s:
                return Admitted(stands, f"{_whose(lock)}: it was not renewed for {duration_text(lock.ttl_s)}")
            if not self._waited(began + self._wait_s - now):
                raise self._locked(lock)

    def _waited(self, left_s: float) -> bool:
        """Let a moment pass; False where there is none left, or a stop was asked for meanwhile."""
        moment, began = min(_LOOK_EVERY_S, left_s), self._clock.monotonic()
        if moment <= 0:
            return False
        self._clock.sleep(moment)
        return self._clock.monotonic() - began >= moment / 2

    def _locked(self, lock: Lock) -> Locked:
        run = f", {lock.run_url}" if lock.run_url else ""
        ago = max(0, round((self._clock.now() - lock.renewed).total_seconds()))
        return Locked(
            f"environment {self._environment} is locked by {lock.holder} on host {lock.host} ({lock.command}{run}) "
            f"since {lock.acquired:%H:%M:%S} UTC, renewed {duration_text(ago)} ago",
            hint=f"wait until that is done; if nobody is at work there any more: gitops unlock {lock.id} "
            f"-e {self._environment}",
        )


def _whose(lock: Lock) -> str:
    return (
        f"the lock of {lock.holder} on host {lock.host} ({lock.command}), held since "
        f"{lock.acquired:%Y-%m-%d %H:%M:%S} UTC"
    )
