"""Changes -> the order in which people should meet them: what can hurt most stands first, whatever its name."""

from collections.abc import Iterable
from enum import IntEnum

from gitops.model.autoscale import Bounds
from gitops.model.change import Action, Change, FieldChange, Value
from gitops.model.field import Effect


class Danger(IntEnum):
    """How much a change deserves to be looked at; the least number stands first."""

    DELETION = 0
    ADOPTION = 1
    DOWNTIME = 2
    LOSS = 3
    ROLLING = 4
    OTHER = 5


def dangerous_first(changes: Iterable[Change]) -> list[Change]:
    """All of them, by danger and then by name."""
    return sorted(changes, key=lambda change: (change_danger(change), change.endpoint))


def change_danger(change: Change) -> Danger:
    """The worst of what a change does; what is only created endangers nothing."""
    if change.action is Action.DELETE:
        return Danger.DELETION
    if change.adopts:
        return Danger.ADOPTION
    if change.action is Action.UPDATE:
        # One without a field is a rollout that the files do not ask for, taken back.
        return min(map(field_danger, change.fields), default=Danger.ROLLING)
    return Danger.OTHER


def field_danger(field: FieldChange) -> Danger:
    """What moving one field costs; fewer replicas cost what they could have answered."""
    if field.effect in (Effect.DOWNTIME, Effect.IMMUTABLE):
        return Danger.DOWNTIME
    if field.effect is Effect.ROLLING:
        return Danger.ROLLING
    return Danger.LOSS if loses(field.old, field.new) else Danger.OTHER


def loses(old: Value, new: Value) -> bool:
    """Whether the new number, or a bound of it, is less than the old."""
    before, after = _bounds(old), _bounds(new)
    if before is None or after is None:
        return False
    return after[0] < before[0] or after[1] < before[1]


def _bounds(value: Value) -> tuple[int, int] | None:
    match value:
        case int():
            return value, value
        case Bounds():
            return value.min_replicas, value.max_replicas
        case _:
            return None
