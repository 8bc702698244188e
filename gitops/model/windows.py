"""How TensorOpera's own rolling update goes over an endpoint's replicas: in place, window by window.

The contract is the replica controller of fedml 0.9.6 (`device_replica_controller.py`): the window is
`max(1, floor(n * rate))` for n replicas that differ, and it limits the number of *devices* in a chunk, not of replicas:

    the first chunk    window 1: one replica.
                       window k: all replicas of the first k - 1 devices, and one of the k-th
    every later chunk  all replicas of the first k - 1 devices that are still behind, and one of every further device

The next chunk begins when the one before is done; each replica of a chunk is stopped before its successor starts, so
that as many replicas are missing as the chunk has. Worked numbers, at the default rate of 0.1:

    replicas on devices     chunks
    a                       1                   the only replica is missing: downtime
    a a a a                 1 1 1 1
    a a b b                 1 2 1               the second chunk takes one of each device
    a b c                   1 2
    20 on a                 20                  window 2, one device: all at once
    10 on a, 10 on b        11 9
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

RATE: Final = Fraction(1, 10)
"""`max_unavailable_rate` where nobody says another; the platform's API does not let it be said."""


def window(replicas: int, rate: Fraction = RATE) -> int:
    """How many devices a chunk may take from: `max(1, floor(replicas * rate))`."""
    return max(1, int(replicas * rate))


def chunks(devices: Sequence[str], rate: Fraction = RATE) -> tuple[tuple[int, ...], ...]:
    """The chunks in which replicas are replaced.

    Args:
        devices: of each replica that differs, the device that it runs on.

    Returns:
        For each chunk the places in `devices` of the replicas that it takes.
    """
    size = window(len(devices), rate)
    order = list(dict.fromkeys(devices))
    behind = {device: [place for place, one in enumerate(devices) if one == device] for device in order}
    found: list[tuple[int, ...]] = []
    while any(behind.values()):
        chunk: list[int] = []
        for number, device in enumerate(device for device in order if behind[device]):
            if not found and number >= size:
                break
            take = len(behind[device]) if number < size - 1 else 1
            chunk += behind[device][:take]
            behind[device] = behind[device][take:]
        found.append(tuple(chunk))
    return tuple(found)


def spread(replicas: int, workers: Sequence[str]) -> tuple[str, ...]:
    """The device of each replica where so many are spread evenly, the first devices taking one more where need be.

    Without workers each replica counts as one of a single device.
    """
    if not workers:
        return ("",) * replicas
    each, more = divmod(replicas, len(workers))
    return tuple(device for number, device in enumerate(workers) for _ in range(each + (number < more)))
