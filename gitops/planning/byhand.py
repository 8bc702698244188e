"""Fields that a platform changes only in its console -> what is left for people, and what the tool plans without them.

Nothing that is planned may depend on such a field: until somebody has changed it there, it stays what it is.
"""

from collections.abc import Iterator

from gitops.model.change import Value
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import FieldTable, Level
from gitops.model.live import Absent, Live
from gitops.model.plan import ManualChange


def by_hand(field: str, fields: FieldTable) -> bool:
    """Whether only people can change this field on the platform."""
    return fields[field].level is Level.MANUAL


def in_reach(declared: DesiredEndpoint, live: Live | Absent, fields: FieldTable) -> DesiredEndpoint:
    """The endpoint with everything that is not the tool's to change as it is there.

    That is what only people can change, and GPUs or a `resource` that are not told, which are as good as not declared:
    nobody would see them reached. A number of replicas belongs to whoever scales by another policy than the declared
    one, until that is changed by hand.
    """
    endpoint = declared.endpoint
    kept: dict[str, object] = {}
    if by_hand("autoscale", fields):
        kept |= _number_by_hand(declared, live)
    if isinstance(live, Live):
        if by_hand("gpus_per_replica", fields) or not live.gpus_told:
            kept["gpus_per_replica"] = live.gpus_per_replica
        if live.resource is None:
            kept["resource"] = None
    if all(getattr(endpoint, field) == value for field, value in kept.items()):
        return declared
    return DesiredEndpoint(endpoint.model_copy(update=kept), declared.digest, declared.places)


def _number_by_hand(declared: DesiredEndpoint, live: Live | Absent) -> dict[str, object]:
    endpoint = declared.endpoint
    if isinstance(live, Absent):
        return {"autoscale": None, "replicas": endpoint.first_replicas}
    if live.told_policy is None:
        policy = endpoint.autoscale
        return {"autoscale": None, "replicas": policy.within(live.replicas) if policy else endpoint.replicas}
    return {} if live.follows(endpoint.autoscale) else {"autoscale": None, "replicas": live.replicas}


def left_by_hand(declared: DesiredEndpoint, live: Live | Absent, fields: FieldTable) -> Iterator[ManualChange]:
    """What reading back does not show yet of the fields that only people can change."""
    endpoint = declared.endpoint
    there = live if isinstance(live, Live) else None
    if by_hand("autoscale", fields) and not (there.follows(endpoint.autoscale) if there else not endpoint.autoscale):
        yield _line(declared, "autoscale", there.told_policy if there else None, fields)
    if by_hand("gpus_per_replica", fields) and "gpus_per_replica" in endpoint.model_fields_set:
        told = there.gpus_per_replica if there and there.gpus_told else None
        if told != endpoint.gpus_per_replica:
            yield _line(declared, "gpus_per_replica", told, fields)


def _line(declared: DesiredEndpoint, field: str, old: Value, fields: FieldTable) -> ManualChange:
    return ManualChange(
        endpoint=declared.endpoint.name,
        field=field,
        old=old,
        new=getattr(declared.endpoint, field),
        where=fields[field].where,
        place=declared.place(field),
    )
