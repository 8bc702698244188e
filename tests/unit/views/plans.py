"""Plans and steps with good defaults: a test names only what it is about."""

from gitops.diagnostics import Place
from gitops.model.autoscale import Autoscale
from gitops.model.change import Action, Change, FieldChange, VersionRef
from gitops.model.field import Effect
from gitops.model.live import PlatformIdentity
from gitops.model.plan import Plan
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


def plan(*changes: Change, **more) -> Plan:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:41331")
    return Plan(project="aloha", environment="local", platform=platform, changes=changes, **more)
