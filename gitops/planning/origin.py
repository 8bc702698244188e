"""Why a field differs: from D = desired, B = desired at the base, V = live, L = last applied.

| D = V | D = B | V = L | origin                 |
|-------|-------|-------|------------------------|
| yes   |       |       | no change              |
| no    | no    | yes   | declared               |
| no    | no    | no    | declared, over drift   |
| no    | yes   | D /= L| pending                |
| no    | yes   | D = L | drift                  |

Where nothing was ever applied to an endpoint, V = L; where there is no base, or the endpoint was not declared there,
D is another than B.
"""

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import Action, Change, FieldChange, Origin, Value, VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.live import Absent, Live
from gitops.model.record import Applied, Entry
from gitops.model.resource import Resource, same_place
from gitops.planning.diff import State, asked

_SELECTORS = ("sha256:", "commit:")


def with_origins(change: Change, live: Live | Absent, entry: Entry | None, base: DesiredEndpoint | None) -> Change:
    """The change with every field's origin.

    Args:
        change: an endpoint's, all of its fields.
        live: what the platform has now.
        entry: what is remembered of the endpoint; None where nothing is.
        base: how it was declared at the base; None where it was not.
    """
    if change.action is Action.NOOP:
        return change
    applied = entry.applied if entry is not None else None
    before = asked(base, live, base_version(base)) if base is not None else None
    fields = tuple(
        field.model_copy(update={"origin": _origin(field, before, applied, live, begun=entry is not None)})
        for field in change.fields
    )
    return change.model_copy(update={"fields": fields})


def _origin(
    field: FieldChange, before: State | None, applied: Applied | None, live: Live | Absent, *, begun: bool
) -> Origin:
    as_before = before is not None and alike(field.new, getattr(before, field.field))
    if applied is None:
        # Asked for by a record that never came to its end, or by none.
        return Origin.PENDING if as_before and begun else Origin.DECLARED
    last = last_applied(applied, field.field, live)
    moved = isinstance(live, Absent) or not alike(field.old, last)
    if not as_before:
        return Origin.OVER_DRIFT if moved else Origin.DECLARED
    return Origin.DRIFT if alike(field.new, last) else Origin.PENDING


def last_applied(applied: Applied, field: str, live: Live | Absent) -> Value:
    """The last applied value of a field; under an autoscaler, any number that it may choose is the one applied."""
    if field == "replicas" and applied.autoscale is not None and isinstance(live, Live):
        return applied.autoscale.within(live.replicas)
    if field == "gpus_per_replica" and applied.gpus_per_replica is None:
        return live.gpus_per_replica if isinstance(live, Live) else None
    value: Value = getattr(applied, field)
    return value


def base_version(declared: DesiredEndpoint) -> VersionRef:
    """The version that an endpoint was declared with, as far as it can be told without asking a platform."""
    selector = declared.endpoint.version
    if declared.digest is not None:
        return VersionRef(digest=declared.digest)
    if selector.startswith(_SELECTORS):
        return VersionRef(digest=selector)
    return VersionRef(name=selector)


def alike(one: Value, other: Value) -> bool:
    """Whether two values of a field are the same thing, however each of them is known."""
    match one, other:
        case VersionRef(), VersionRef():
            return _same_version(one, other)
        case Resource(), Resource():
            return same_place(one, other)
        case Autoscale(), Autoscale():
            return one == other
        case Bounds(), Bounds():
            # Where only the bounds are told, they are all that can be compared.
            return (one.min_replicas, one.max_replicas) == (other.min_replicas, other.max_replicas)
        case _:
            return one == other


def _same_version(one: VersionRef, other: VersionRef) -> bool:
    """By content where both tell it, else by name; `v3` is `v3-<date>` too, and a part of a digest the whole."""
    if one.digest and other.digest:
        return one.digest.startswith(other.digest) or other.digest.startswith(one.digest)
    if one.name and other.name:
        return (
            one.name == other.name
            or f"{one.name}-" == other.name[: len(one.name) + 1]
            or (f"{other.name}-" == one.name[: len(other.name) + 1])
        )
    return False
