"""Which replicas to start and to stop next: a pure function of what is wanted and what is there.

With `n` replicas wanted, `surge` (rounded up) and `unavailable` (rounded down), at every moment

    total = starting + ready + draining  <=  n + surge          ready  >=  n - unavailable (unless replicas die)

A start is made only if `total` has room, a ready replica is stopped only if `ready` can spare it; a replica that is
not ready is stopped freely. Draining replicas count in `total`: they still hold their memory and their GPUs.

Worked numbers, each line what the window allows at once (o = old ready, n = new ready, s = new starting, d = draining):

    n  surge  unavailable   goes through
    3    1        0         ooo  -> ooo s -> ooo n -> oo d n -> oo n s -> oo n n -> o d n n -> ... -> nnn
    3    0        1         ooo  -> oo d  -> oo s  -> oo n  -> o d n  -> ... -> nnn
    3    1        1         ooo  -> oo d s -> oo s s -> ... -> nnn
    1    1        0         o    -> o s   -> o n   -> d n   -> n
    1    0        1         o    -> d     -> s     -> n               (nobody answers meanwhile: downtime)
    4   50 %     25 %       surge 2, unavailable 1: total <= 6, ready >= 3
    3   10 %     10 %       surge 1 (up), unavailable 0 (down)

A rollout to `goal` < n stops when `goal` new and `n - goal` old replicas are ready, and waits there.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from gitops.local.state import Endpoint, Replica, Template
from gitops.model.live import ReplicaState
from gitops.model.quantity import Rounding, share


@dataclass(frozen=True, slots=True)
class Room:
    """How far a rollout may go over and under the wanted number."""

    surge: int
    unavailable: int

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Room":
        """The room of the endpoint's last rollout, for the number of replicas that it has now."""
        rollout = endpoint.rollout
        surge = share(rollout.max_surge, endpoint.replicas, Rounding.UP)
        unavailable = share(rollout.max_unavailable, endpoint.replicas, Rounding.DOWN)
        # Percents of a number that was scaled meanwhile may both come to 0: one on top, or nothing could ever move.
        return cls(surge if surge or unavailable else 1, unavailable)


@dataclass(frozen=True, slots=True)
class Moves:
    """What to do now: templates to start a replica of, ids of replicas to stop."""

    start: tuple[Template, ...] = ()
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """How many replicas shall run the new template and how many the old one; both may be 0."""

    new: Template | None
    new_count: int
    old: Template | None
    old_count: int


def split(endpoint: Endpoint) -> Split:
    """What an endpoint wants of each template, whatever is there now."""
    rollout, n, stable = endpoint.rollout, endpoint.replicas, endpoint.stable
    if endpoint.wanted is None:
        return Split(None, 0, None, 0)
    if endpoint.wanted == stable:
        return Split(stable, n, None, 0)
    count = min(rollout.goal, n)
    return Split(rollout.to, count, stable, n - count if stable else 0)


@dataclass(slots=True)
class _Ledger:
    """Counts that go along while moves are chosen."""

    total: int
    ready: int
    sure: int
    limit: int
    floor: int

    def spare(self, replica: Replica, stable: Template | None) -> bool:
        """Whether this replica may be stopped now; if so, it is counted as gone.

        Args:
            stable: the template that is known to work: a starting replica of it is as good as ready, of any other not.
        """
        starting = replica.state is ReplicaState.STARTING
        if starting and replica.template != stable:
            return True
        if (self.sure if starting else self.ready) - 1 < self.floor:
            return False
        self.sure -= 1
        self.ready -= not starting
        return True


def moves(endpoint: Endpoint, replicas: Sequence[Replica], resting: Container[Template] = ()) -> Moves:
    """The next moves for an endpoint.

    Args:
        endpoint: what is wanted.
        replicas: those of the endpoint that are alive; dead ones are ignored.
        resting: templates that are not to be started now, because their replicas crash.

    Returns:
        Every move that the window allows at once; nothing if it must wait for a replica to get ready or to be gone.
    """
    room, want = Room.of(endpoint), split(endpoint)
    alive = [replica for replica in replicas if replica.alive]
    active = [replica for replica in alive if replica.state is not ReplicaState.DRAINING]
    new = [replica for replica in active if replica.template == want.new]
    old = [replica for replica in active if replica.template != want.new]
    nobody = want.new is None
    ready = sum(replica.state is ReplicaState.READY for replica in alive)
    coming = [replica for replica in active if replica.state is ReplicaState.STARTING]
    ledger = _Ledger(
        total=len(alive),
        ready=ready,
        sure=ready + sum(replica.template == endpoint.stable for replica in coming),
        limit=endpoint.replicas + room.surge,
        floor=0 if nobody else endpoint.replicas - room.unavailable,
    )
    stop = [
        replica.id
        for replica in (*_surplus(new, want.new_count, None), *_surplus(old, want.old_count, want.old))
        if ledger.spare(replica, endpoint.stable)
    ]
    if nobody:
        return Moves(stop=tuple(stop))
    space = max(0, ledger.limit - ledger.total)
    # What is missing of the capacity comes back as the version that is known to work, whatever else is wanted.
    missing_old = max(0, want.old_count - len(old), ledger.floor - ledger.sure if want.old else 0)
    missing_new = max(0, want.new_count - len(new))
    start = [want.old] * missing_old + [want.new] * missing_new
    # What rests keeps its share of the room: nothing else may be started in its place.
    chosen = [template for template in start if template is not None][:space]
    return Moves(start=tuple(template for template in chosen if template not in resting), stop=tuple(stop))


def _surplus(replicas: Sequence[Replica], keep: int, preferred: Template | None) -> list[Replica]:
    """The replicas beyond `keep`: abandoned templates first, then those not ready, then the highest rank."""

    def worth(replica: Replica) -> tuple[bool, bool, int]:
        return (
            preferred is None or replica.template == preferred,
            replica.state is ReplicaState.READY,
            -replica.rank,
        )

    return sorted(replicas, key=worth)[: max(0, len(replicas) - keep)]


def room_or_reason(max_surge: int | str, max_unavailable: int | str, replicas: int) -> str:
    """Why a rollout could never move, or an empty string."""
    if share(max_surge, replicas, Rounding.UP) or share(max_unavailable, replicas, Rounding.DOWN):
        return ""
    return f"max_surge and max_unavailable both come to 0 of {replicas} replicas, so no replica could ever be replaced"
