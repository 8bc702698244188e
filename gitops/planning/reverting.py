"""Going back: what the files ask for now and an earlier state does not -> what stays held until they ask otherwise."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from gitops.model.change import Value
from gitops.model.desired import DesiredEndpoint
from gitops.model.live import ABSENT
from gitops.model.record import EXISTENCE, Hold
from gitops.planning.diff import State, asked
from gitops.planning.holding import ABSENT_WORD, PRESENT
from gitops.planning.origin import alike, base_version

_NEVER = frozenset({"model"})
"""Fields that cannot move, so that nothing of them can be held."""


def holds(
    now: Mapping[str, DesiredEndpoint],
    back: Mapping[str, DesiredEndpoint],
    reason: str,
    number: int,
    since: datetime,
) -> dict[str, tuple[Hold, ...]]:
    """Endpoint -> what its files ask for that going back left; nothing for those that ask for the same.

    Args:
        now: what the files that lie here declare.
        back: what is gone back to.
        reason: for people: "reverted to deployment 3".
        number, since: of the deployment that goes back.
    """
    found = {}
    for name in sorted(now.keys() | back.keys()):
        held = tuple(
            Hold(field=field, value=value, reason=reason, since=since, deployment=number)
            for field, value in _asked_otherwise(now.get(name), back.get(name))
        )
        if held:
            found[name] = held
    return found


def _asked_otherwise(now: DesiredEndpoint | None, back: DesiredEndpoint | None) -> Iterator[tuple[str, Value]]:
    if now is None:
        yield EXISTENCE, ABSENT_WORD
    elif back is None:
        yield EXISTENCE, PRESENT
    else:
        new, old = (asked(one, ABSENT, base_version(one)) for one in (now, back))
        for field in State._fields:
            value = getattr(new, field)
            if field not in _NEVER and not alike(value, getattr(old, field)):
                yield field, value
