"""What an embedded platform's event log must never show, whichever wishes, deaths and restarts led to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gitops.model.quantity import Rounding, share
from gitops.wire.messages import PlatformEvent

ORDER = {
    "replica_starting": {None},
    "replica_launched": {"replica_starting", "replica_adopted"},
    "replica_ready": {"replica_launched", "replica_adopted"},
    "replica_adopted": {"replica_launched", "replica_ready", "replica_draining", "replica_adopted"},
    "replica_draining": {"replica_starting", "replica_launched", "replica_ready", "replica_adopted"},
    "replica_failed": {"replica_starting", "replica_launched", "replica_ready", "replica_adopted"},
    "replica_stopped": {
        "replica_starting",
        "replica_launched",
        "replica_ready",
        "replica_draining",
        "replica_adopted",
    },
}
"""Event of a replica -> the events that may have come before it."""


@dataclass
class _Reading:
    """What the log has told so far of one endpoint."""

    ready: int = 0
    surge: int | str = 0
    unavailable: int | str = "100%"
    bounds: tuple[int, int] | None = None
    last: dict[str, str] = field(default_factory=dict)


def breaches(events: Iterable[PlatformEvent]) -> list[str]:
    """Every promise that was broken, with the event that broke it; the events are those of one endpoint."""
    reading, found = _Reading(), []
    for event in events:
        found += [f"{event.seq} {event.kind} {event.replica or ''}: {what}" for what in _broken(reading, event)]
        _take_notice(reading, event)
    return found


def _broken(reading: _Reading, event: PlatformEvent) -> Iterator[str]:
    surge = share(reading.surge, event.wanted, Rounding.UP)
    unavailable = share(reading.unavailable, event.wanted, Rounding.DOWN)
    surge = surge if surge or unavailable else 1
    if event.replica is not None:
        before = reading.last.get(event.replica)
        if before not in ORDER[event.kind]:
            yield f"came after {before}"
    if event.kind == "replica_starting" and event.total > event.wanted + surge:
        yield f"{event.total} replicas are more than {event.wanted} + {surge}"
    taken = event.kind == "replica_draining" and event.ready < reading.ready
    if taken and event.ready < event.wanted - unavailable:
        yield f"{event.ready} ready are fewer than {event.wanted} - {unavailable}"
    if event.kind == "autoscaled":
        yield from _badly_scaled(reading, event.detail)


def _badly_scaled(reading: _Reading, numbers: dict[str, int]) -> Iterator[str]:
    assert reading.bounds is not None, "autoscaled without a policy"
    lowest, highest = reading.bounds
    before, after = numbers["before"], numbers["after"]
    if not lowest <= after <= highest:
        yield f"{after} is outside {lowest}..{highest}"
    if after < before <= highest and after < numbers["highest"]:
        yield f"went down to {after} though {numbers['highest']} was wanted during the delay"
    if before < after and after not in {numbers["wanted"], lowest}:
        yield f"went up to {after} though {numbers['wanted']} was wanted"


def _take_notice(reading: _Reading, event: PlatformEvent) -> None:
    reading.ready = event.ready
    if event.replica is not None:
        reading.last[event.replica] = event.kind
    if "max_surge" in event.detail:
        reading.surge, reading.unavailable = event.detail["max_surge"], event.detail["max_unavailable"]
    if event.kind == "endpoint_deleting":  # From now on fewer are wanted at every moment, and in the end none.
        reading.unavailable = "100%"
    if event.kind == "autoscale_set":
        reading.bounds = event.detail["min_replicas"], event.detail["max_replicas"]
