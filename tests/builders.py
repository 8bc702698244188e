"""Nouns with good defaults: a test names only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gitops.diagnostics import Place
from gitops.model.card import CardContent, CardSpec, FileEntry, card_digest
from gitops.model.change import VersionRef
from gitops.model.desired import Desired, DesiredEndpoint, Endpoint
from gitops.model.field import Effect, FieldRule, Level, Traits
from gitops.model.live import (
    Absent,
    Live,
    LiveReplica,
    LiveRollout,
    ModelVersion,
    Phase,
    PlatformIdentity,
    ReplicaState,
    Verdict,
)
from gitops.model.record import Applied, Entry, Ownership
from gitops.model.resource import Resource, ResourceType
from gitops.planning.planner import Planned, plan
from gitops.planning.remembered import Remembered, Terms
from gitops.platforms.traits import TENSOROPERA

IDENTITY = PlatformIdentity(kind="local", url="http://127.0.0.1:1", installation="one")

TRAITS = Traits(
    kind="local",
    title="the embedded platform",
    fields={
        "model": FieldRule(level=Level.NATIVE, effect=Effect.IMMUTABLE),
        "version": FieldRule(level=Level.NATIVE, effect=Effect.ROLLING),
        "replicas": FieldRule(level=Level.NATIVE, effect=Effect.IN_PLACE),
        "gpus_per_replica": FieldRule(level=Level.EMULATED, effect=Effect.ROLLING),
        "autoscale": FieldRule(level=Level.NATIVE, effect=Effect.IN_PLACE),
        "resource": FieldRule(level=Level.UNSUPPORTED, effect=Effect.IN_PLACE, note="it has one machine only"),
    },
    card_keys=frozenset({"workspace", "entry_point", "environment_variables", "port", "request_input_example"}),
    needs_entry_point=True,
    not_applicable={"shm_size": "replicas share the machine's own /dev/shm"},
)

WHOLE = TENSOROPERA
"""A platform that rolls by itself, where autoscaling and GPUs are changed by hand."""

DEVICES = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102",))

FIELDS = (
    "",
    "name",
    "model",
    "version",
    "replicas",
    "gpus_per_replica",
    "rollout",
    "autoscale",
    "resource",
    "depends_on",
    "deletion",
)


def content(marker: str = "one") -> tuple[FileEntry, ...]:
    """The files of a card; another marker is another content."""
    return (FileEntry(path="main_entry.py", sha256=sha256(marker.encode()).hexdigest(), size=100 + len(marker)),)


def make_card(name: str = "aloha", marker: str = "one", **spec: Any) -> CardContent:
    whole = CardSpec(**{"workspace": "src", "entry_point": "main_entry.py", **spec})
    files = content(marker)
    return CardContent(
        name=name,
        spec=whole,
        files=files,
        digest=card_digest(files, whole),
        root=f"/cards/{name}",
        places={"": Place(file=f"models/{name}.yaml", line=1)},
    )


def make_endpoint(name: str = "aloha", **fields: Any) -> Endpoint:
    return Endpoint(**{"name": name, "model": "aloha", **fields})


def make_desired(
    endpoints: Sequence[Endpoint] | Endpoint | None = None, cards: Sequence[CardContent] | CardContent | None = None
) -> Desired:
    """Endpoints with their cards; every field has its place in `endpoints/<name>.yaml`."""
    several = [endpoints] if isinstance(endpoints, Endpoint) else endpoints or [make_endpoint()]
    owned = [cards] if isinstance(cards, CardContent) else cards or [make_card()]
    by_name = {card.name: card for card in owned}
    return Desired(
        project="aloha",
        environment="local",
        cards=by_name,
        endpoints={one.name: declare(one, by_name.get(one.model)) for one in several},
    )


def declare(endpoint: Endpoint, card: CardContent | None = None) -> DesiredEndpoint:
    digest = card.digest if card and endpoint.version == "current" else None
    places = {field: Place(file=f"endpoints/{endpoint.name}.yaml", line=line) for line, field in enumerate(FIELDS, 1)}
    return DesiredEndpoint(endpoint, digest, places)


def make_version(name: str = "v0", card: CardContent | None = None, **fields: Any) -> ModelVersion:
    return ModelVersion(name=name, digest=(card or make_card()).digest, **fields)


def make_members(*groups: tuple[int, str, ReplicaState], gpus_per_replica: int = 0) -> tuple[LiveReplica, ...]:
    """So many replicas of a version in a state, group by group."""
    kinds = [(version, state) for number, version, state in groups for _ in range(number)]
    return tuple(
        LiveReplica(id=f"aloha-{index}", version=version, state=state, gpus_per_replica=gpus_per_replica)
        for index, (version, state) in enumerate(kinds, 1)
    )


def make_live(name: str = "aloha", **fields: Any) -> Live:
    """An endpoint that serves v0 with every replica, and nothing moves."""
    replicas, version = fields.get("replicas", 1), fields.get("version", "v0")
    gpus = fields.get("gpus_per_replica", 0)
    members = make_members((replicas, version, ReplicaState.READY), gpus_per_replica=gpus) if version else ()
    defaults: dict[str, Any] = {
        "model": "aloha",
        "version": version,
        "digest": make_card().digest if version else None,
        "replicas": replicas,
        "phase": Phase.SERVING,
        "members": members,
    }
    return Live(**{"name": name, **defaults, **fields})


def make_rollout(version: str = "v1", **fields: Any) -> LiveRollout:
    """A rollout that is paused at its first replica."""
    defaults: dict[str, Any] = {"id": 1, "updated_goal": 1, "updated_ready": 1, "verdict": Verdict.PAUSED}
    return LiveRollout(**{"version": version, "from_version": "v0", **defaults, **fields})


SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def make_applied(live: Live, **fields: Any) -> Applied:
    """What was last applied to an endpoint that nobody has touched since."""
    as_it_is = {
        "model": live.model,
        "version": VersionRef(name=live.version, digest=live.digest),
        "replicas": live.replicas,
        "gpus_per_replica": live.gpus_per_replica,
        "autoscale": live.policy,
        "resource": live.resource,
    }
    return Applied(**{**as_it_is, **fields})


def make_entry(live: Live | None = None, **fields: Any) -> Entry:
    """An endpoint that deployment 1 created, as it is."""
    applied = make_applied(live) if live is not None else None
    return Entry(**{"owned": Ownership.CREATED, "applied": applied, "since": SINCE, "deployment": 1, **fields})


def remember(live: Mapping[str, Live | Absent]) -> Remembered:
    """The memory of somebody who applied everything that is there."""
    entries = {name: make_entry(there) for name, there in live.items() if isinstance(there, Live)}
    return Remembered(entries=entries)


def make_plan(
    desired: Desired,
    live: Mapping[str, Live | Absent] | Live | Absent,
    versions: Sequence[ModelVersion] | Mapping[str, tuple[ModelVersion, ...]] = (),
    secrets: Mapping[str, Mapping[str, str | None]] | None = None,
    traits: Traits = TRAITS,
    remembered: Remembered | None = None,
    terms: Terms | None = None,
) -> Planned:
    """Plan; one live endpoint, or one model's versions, stand for all; what is there was applied by us."""
    by_name = live if isinstance(live, Mapping) else dict.fromkeys(desired.endpoints, live)
    models = {declared.endpoint.model for declared in desired.endpoints.values()}
    by_model = versions if isinstance(versions, Mapping) else {model: tuple(versions) for model in models}
    memory = remember(by_name) if remembered is None else remembered
    return plan(desired, by_name, by_model, secrets or {}, traits, IDENTITY, memory, terms or Terms())
