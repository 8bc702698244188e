"""What this face remembers of an endpoint besides the engine: its id, its devices, and the request under way."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from gitops.local.state import Endpoint
from gitops.local.store.store import Store
from gitops.local.tensoropera.behaviour import Place, Status, place_of
from gitops.local.tensoropera.ids import Ids
from gitops.model.frozen import Strict
from gitops.model.live import Verdict
from gitops.model.resource import ResourceType
from gitops.wire.tensoropera import RESOURCE_TYPES, devices_of

_ON_PREMISE: Final = RESOURCE_TYPES[ResourceType.ON_PREMISE]


class Aim(StrEnum):
    """What a request is about."""

    CREATE = "create"
    UPDATE = "update"
    SCALE = "scale"
    DELETE = "delete"


class Task(Strict):
    """A request that is being carried out.

    Attributes:
        begun_at: when it was acknowledged.
        to_version, from_version: as the engine names them.
        to_replicas, from_replicas: of a scale.
        from_serial, from_crashes: the endpoint's last replica and its crashes in a row when a scale was asked for.
        clears: what is left of an endpoint of that name that had failed goes away first.
        asked: the engine was asked for it (for a new endpoint: was, or is about to be).
        window: which part of an update is under way, from 0.
        aborting: it has failed, and what was there before comes back.
        reason: why it failed.
    """

    aim: Aim
    begun_at: datetime
    to_version: str | None = None
    from_version: str | None = None
    to_replicas: int | None = None
    from_replicas: int | None = None
    from_serial: int = 0
    from_crashes: int = 0
    clears: bool = False
    asked: bool = False
    window: int = 0
    aborting: bool = False
    reason: str = ""


class Deployment(Strict):
    """One endpoint as this face knows it.

    Attributes:
        life: how often the name was used before, so that each endpoint of a name has an id of its own.
        edge_id: the devices as they were given; the first is the master.
        status: what the last request came to; INITIALIZING where only the id was asked for.
        told_version: the version that was asked for last, which is told even after it was put back.
        task: what is under way; None if nothing is.
        reason: why it failed, or was put back.
        rollout_id: the engine's last rollout when that came to be so; a later one is somebody else's.
        gone: it was deleted; only its name and how often that was used are kept.
    """

    name: str
    life: int
    model: str
    resource_type: str = _ON_PREMISE
    edge_id: str = "[]"
    status: Status = Status.DEPLOYED
    told_version: str | None = None
    created_at: datetime
    updated_at: datetime
    task: Task | None = None
    reason: str = ""
    rollout_id: int = 0
    gone: bool = False

    @property
    def reserved(self) -> bool:
        """Whether it has its id, and there is nothing else of it yet."""
        return self.status is Status.INITIALIZING and self.task is None

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices, the master first."""
        return devices_of(self.edge_id)

    @property
    def workers(self) -> tuple[str, ...]:
        """The devices that are said to run replicas."""
        return self.devices[1:]


class Deployments:
    """All of them; those of endpoints that were made natively are made up when they are asked for.

    Args:
        native: an endpoint that the engine has.
        names: all that it has.
    """

    def __init__(
        self,
        store: Store,
        ids: Ids,
        native: Callable[[str], Endpoint | None],
        names: Callable[[], Iterable[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ids = ids
        self._native = native
        self._names = names
        self._now = now
        self._known = {found.name: found for found in map(Deployment.model_validate_json, store.deployments())}

    def all(self) -> list[Deployment]:
        """Those that this face has made, or was asked to change."""
        return list(self._known.values())

    def find(self, name: str) -> Deployment | None:
        """The deployment of a name; None if there is none."""
        known, endpoint = self._known.get(name), self._native(name)
        if known is not None and known.gone:
            known = None
        natively = endpoint is not None and endpoint.rollout.verdict is not Verdict.FAILED
        if known is not None and not (known.reserved and natively):
            return known
        if endpoint is None:
            return None
        at = endpoint.rollout.progressed_at or self._now()
        life, rollout = known.life if known else self.life_after(name), endpoint.rollout.id
        return Deployment(name=name, life=life, model=endpoint.model, created_at=at, updated_at=at, rollout_id=rollout)

    def keep(self, deployment: Deployment) -> Deployment:
        """Keep it as it is now; it was changed at this moment."""
        kept = deployment.model_copy(update={"updated_at": self._now()})
        self._store.put_deployment(kept.name, kept.model_dump_json())
        self._known[kept.name] = kept
        return kept

    def id_of(self, deployment: Deployment) -> str:
        """Its id."""
        return self._ids.of("endpoint", deployment.name, *([deployment.life] if deployment.life else []))

    def life_after(self, name: str) -> int:
        """The life of the next endpoint of a name."""
        return self._known[name].life + 1 if name in self._known else 0

    # What the rest of this face asks (`Directory`).

    def name_of(self, endpoint_id: str) -> str | None:
        """The name of the endpoint with this id; None if there is none, or not any more."""
        for name in {*self._names(), *self._known}:
            found = self.find(name)
            if found is not None and self.id_of(found) == endpoint_id:
                return name
        return None

    def devices_of(self, name: str) -> tuple[str, ...]:
        """The devices of an endpoint, the master first; none where nobody has said."""
        known = self._known.get(name)
        return () if known is None or known.gone else known.devices

    def place_of(self, name: str, rank: int) -> Place:
        """Where an endpoint's replica of this rank is said to run."""
        return place_of(rank, self.devices_of(name))
