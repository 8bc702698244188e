"""Plans and steps with good defaults: a test names only what it is about."""

from datetime import UTC, datetime

from gitops.diagnostics import Place
from gitops.model.autoscale import Autoscale
from gitops.model.change import Action, Change, FieldChange, VersionRef
from gitops.model.field import Effect
from gitops.model.guard import Finding, Guard
from gitops.model.live import PlatformIdentity
from gitops.model.plan import HeldChange, Keeper, KeptField, ManualChange, Plan
from gitops.model.resource import Resource
from gitops.model.step import (
    CreateEndpoint,
    DeleteEndpoint,
    PushModelCard,
    RollOut,
    Scale,
    SetAutoscale,
    SetResource,
)

OLD = VersionRef(name="v1", digest="sha256:" + "1a" * 32)
NEW = VersionRef(digest="sha256:" + "9c" * 32)


def push(**changes) -> PushModelCard:
    fields = {"wave": 0, "model": "aloha", "digest": NEW.digest, "files": 2, "size_bytes": 1229}
    return PushModelCard(**fields | changes)


def create(**changes) -> CreateEndpoint:
    fields = {"wave": 1, "endpoint": "aloha", "model": "aloha", "version": NEW, "replicas": 2, "gpus_per_replica": 0}
    return CreateEndpoint(**fields | {"progress_deadline_s": 600} | changes)


def scale(**changes) -> Scale:
    fields = {"wave": 1, "endpoint": "aloha", "from_replicas": 2, "to_replicas": 4, "progress_deadline_s": 600}
    return Scale(**fields | changes)


POLICY = Autoscale(min_replicas=1, max_replicas=8, requests_per_replica=10)


def set_autoscale(**changes) -> SetAutoscale:
    fields = {"wave": 1, "endpoint": "aloha", "from_policy": None, "to_policy": POLICY, "progress_deadline_s": 600}
    return SetAutoscale(**fields | changes)


DEVICES = Resource(type="on_premise", master="101", workers=("102", "103"))


def set_resource(**changes) -> SetResource:
    fields = {"wave": 1, "endpoint": "aloha", "from_resource": None, "to_resource": DEVICES, "replicas": 2}
    return SetResource(**fields | {"progress_deadline_s": 600} | changes)


def delete(**changes) -> DeleteEndpoint:
    fields = {"wave": 2, "endpoint": "aloha", "model": "aloha", "version": OLD, "progress_deadline_s": 600}
    return DeleteEndpoint(**fields | changes)


def roll_out(**changes) -> RollOut:
    fields = {
        "wave": 1,
        "endpoint": "aloha",
        "model": "aloha",
        "from_version": OLD,
        "to_version": NEW,
        "from_gpus_per_replica": 0,
        "gpus_per_replica": 0,
        "replicas": 4,
        "checkpoints": (1, 2, 4),
        "max_surge": 1,
        "max_unavailable": 0,
        "progress_deadline_s": 600,
    }
    return RollOut(**fields | changes)


def field(name: str, old, new, effect: Effect = Effect.IN_PLACE, **changes) -> FieldChange:
    return FieldChange(field=name, old=old, new=new, effect=effect, **changes)


def change(*fields: FieldChange, action: Action = Action.UPDATE, **changes) -> Change:
    place = Place(file="endpoints/aloha.yaml")
    return Change(**{"endpoint": "aloha", "action": action, "fields": fields, "place": place} | changes)


def removal(endpoint: str = "old", **changes) -> Change:
    fields = (field("model", "aloha", None), field("version", OLD, None))
    return change(
        *fields,
        **{"endpoint": endpoint, "action": Action.DELETE, "place": None, "reason": "no longer declared"} | changes,
    )


def held(**changes) -> HeldChange:
    fields = {"endpoint": "aloha", "field": "version", "asked": NEW, "kept": OLD, "deployment": 12}
    return HeldChange(
        **fields | {"reason": "rolled back: never got ready", "since": datetime(2026, 11, 24, 8, tzinfo=UTC)} | changes
    )


def kept(**changes) -> KeptField:
    fields = {"endpoint": "aloha", "field": "replicas", "declared": 3, "live": 7, "keeper": Keeper.AUTOSCALER}
    return KeptField(**fields | {"note": "declared 3, running 7, the autoscaler owns it (2..10)"} | changes)


def manual(**changes) -> ManualChange:
    fields = {"endpoint": "aloha", "field": "gpus_per_replica", "old": 0, "new": 1, "where": "Endpoint > Edit"}
    return ManualChange(**fields | changes)


def finding(**changes) -> Finding:
    fields = {"guard": Guard.DELETES, "count": 1, "allowed": 0, "subjects": ("old",)}
    return Finding(
        **fields | {"message": "1 endpoint would be deleted, none may be", "hint": "--allow deletes=1"} | changes
    )


def plan(*changes: Change, **more) -> Plan:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:41331")
    fields = {"project": "aloha", "environment": "local", "platform": platform, "changes": changes}
    return Plan(**fields | more)
