"""Endpoints over TensorOpera's contract: what is asked is work for the agent, what is told is read off both."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import Field, ValidationError

from gitops.local.state import Endpoint, Version
from gitops.local.supervisor.supervisor import Supervisor
from gitops.local.tensoropera.agent import Agent
from gitops.local.tensoropera.behaviour import BUSY, Status, place_of
from gitops.local.tensoropera.calls import Asked, Call
from gitops.local.tensoropera.deployments import Aim, Deployment, Deployments, Task
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.keys import KeyIn
from gitops.local.tensoropera.messages import MaybeId, Text
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.tensoropera.versions import long_name
from gitops.model.frozen import Tolerant
from gitops.model.quantity import MAX_REPLICAS, Name
from gitops.model.resource import ResourceType
from gitops.wire import tensoropera as wire
from gitops.wire.tensoropera import Camel, EndpointDetail, Id

_NUMBERS: Final = frozenset({"replicas", "replicasDesired", "replicaNum", "desiredReplicaNum"})
"""Words for a number of replicas, which no request for a version may carry."""


class EndpointWish(Camel):
    """`endpoint/createFromCli` and `endpoint/applyEndpointId`.

    Attributes:
        id: of the endpoint that is changed; None for a new one.
    """

    id: MaybeId = None
    endpoint_name: Text = ""
    model_id: MaybeId = None
    model_version: Text = ""
    resource_type: Text = ""
    edge_id: Text = ""


class EndpointId(Camel):
    """`endpoint/deleteFromCli`."""

    endpoint_id: Id


class ReplicasWish(Camel):
    """`endpoint/auto-scale`."""

    endpoint_id: Id
    replicas_desired: int = Field(ge=1, le=MAX_REPLICAS)


class _Named(Tolerant):
    name: Name


@dataclass(frozen=True, slots=True)
class EndpointFace:
    """The calls for endpoints.

    Attributes:
        url_of: where predictions are asked for, by the endpoint's id.
    """

    supervisor: Supervisor
    agent: Agent
    deployments: Deployments
    shelf: Shelf
    url_of: Callable[[str], str]
    now: Callable[[], datetime]

    def calls(self) -> list[Call]:
        """Each with who answers it."""
        return [
            Call("POST", wire.CREATE_ENDPOINT, KeyIn.BODY, self.create_or_update),
            Call("POST", wire.APPLY_ENDPOINT_ID, KeyIn.BODY, self.apply_id),
            Call("POST", wire.DELETE_ENDPOINT, KeyIn.BODY, self.delete),
            Call("GET", wire.ENDPOINT_BY_ID, KeyIn.BEARER, self.by_id),
            Call("GET", wire.ENDPOINT_BY_NAME, KeyIn.BEARER, self.by_name),
            Call("POST", wire.AUTO_SCALE, KeyIn.ENDPOINT, self.auto_scale),
            Call("POST", wire.REPLICA_INFO, KeyIn.ENDPOINT, self.replica_info),
        ]

    async def create_or_update(self, asked: Asked) -> Any:
        """A new endpoint, or another version or other devices for one that there is."""
        wish = asked.read(EndpointWish)
        if wish.id is None:
            return self._create(wish)
        there = self._by_id(wish.id)
        if not there.reserved:
            return self._update(wish, numbered=bool(_NUMBERS & asked.body.keys()))
        if wish.endpoint_name not in {"", there.name}:
            raise Declined(f"the id {wish.id} is reserved for the endpoint {there.name}, not {wish.endpoint_name}")
        return self._create(wish.model_copy(update={"endpoint_name": there.name}))

    def _create(self, wish: EndpointWish) -> Any:
        name, model, version = _name(wish.endpoint_name), *self._runnable(wish)
        there = self.deployments.find(name)
        if there is not None and self.agent.status(there) not in {Status.FAILED, Status.INITIALIZING}:
            raise Declined(f"the endpoint name {name} is taken", code=wire.ENDPOINT_EXIST)
        _check_devices(wish.edge_id, wish.resource_type or _on_premise())
        at = self.now()
        made = self.deployments.keep(
            Deployment(
                name=name,
                life=there.life if there is not None and there.reserved else self.deployments.life_after(name),
                model=model,
                resource_type=wish.resource_type or _on_premise(),
                edge_id=wish.edge_id or "[]",
                status=Status.DEPLOYING,
                told_version=version.name,
                created_at=at,
                updated_at=at,
                task=Task(
                    aim=Aim.CREATE,
                    begun_at=at,
                    to_version=version.name,
                    clears=self.supervisor.keeper(name) is not None,
                ),
            )
        )
        return int(self.deployments.id_of(made))

    def _update(self, wish: EndpointWish, *, numbered: bool) -> Any:
        there, endpoint = self._idle(str(wish.id))
        model, version = self._runnable(wish)
        if model != there.model:
            raise Declined(f"endpoint {there.name} serves {there.model}; another model is another endpoint")
        serves = endpoint.stable.version if endpoint.stable else None
        if numbered and version.name != serves:
            raise Declined("a version and a number of replicas cannot be changed in one request")
        resource_type = wish.resource_type or there.resource_type
        if wish.edge_id not in {"", there.edge_id}:
            _check_devices(wish.edge_id, resource_type)
        changes = {
            "resource_type": resource_type,
            "edge_id": wish.edge_id or there.edge_id,
            "told_version": version.name,
            "task": Task(aim=Aim.UPDATE, begun_at=self.now(), to_version=version.name, from_version=serves),
        }
        return int(self.deployments.id_of(self.deployments.keep(there.model_copy(update=changes))))

    def _runnable(self, wish: EndpointWish) -> tuple[str, Version]:
        if wish.model_id is None:
            raise Declined("modelId is missing")
        model = self.shelf.model_of(wish.model_id)
        return model, self.shelf.version(model, wish.model_version)

    async def apply_id(self, asked: Asked) -> Any:
        """The id of an endpoint; for a name that is free, one that `createFromCli` then takes, as fedml launches."""
        name = _name(asked.read(EndpointWish).endpoint_name)
        there = self.deployments.find(name)
        if there is None or self.agent.status(there) is Status.FAILED:
            at, life = self.now(), self.deployments.life_after(name)
            new = Deployment(name=name, life=life, model="", status=Status.INITIALIZING, created_at=at, updated_at=at)
            there = self.deployments.keep(new)
        return int(self.deployments.id_of(there))

    async def delete(self, asked: Asked) -> Any:
        """Let an endpoint be gone; that takes a moment."""
        there = self._by_id(asked.read(EndpointId).endpoint_id)
        task = Task(aim=Aim.DELETE, begun_at=self.now())
        self.deployments.keep(there.model_copy(update={"task": task}))
        return True

    async def by_id(self, asked: Asked) -> EndpointDetail:
        """An endpoint as it is now."""
        return self._told(self._by_id(asked.query("endpointId")))

    async def by_name(self, asked: Asked) -> EndpointDetail:
        """The same, by its name."""
        name = asked.query("endpointName")
        there = self.deployments.find(name)
        if there is None:
            raise Declined(f"the endpoint {name} does not exist")
        return self._told(there)

    async def auto_scale(self, asked: Asked) -> Any:
        """Another number of replicas."""
        wish = asked.read(ReplicasWish)
        there, endpoint = self._idle(wish.endpoint_id)
        if endpoint.replicas != wish.replicas_desired or self.agent.status(there) is Status.ABORTED:
            task = Task(
                aim=Aim.SCALE,
                begun_at=self.now(),
                from_replicas=endpoint.replicas,
                to_replicas=wish.replicas_desired,
                from_serial=endpoint.serial,
                from_crashes=endpoint.trouble.crashes if endpoint.trouble else 0,
            )
            self.deployments.keep(there.model_copy(update={"task": task}))
        return True

    async def replica_info(self, asked: Asked) -> Any:
        """What an agent tells of itself; this one knows."""
        self._by_id(asked.read(EndpointId).endpoint_id)
        return True

    def _by_id(self, endpoint_id: str) -> Deployment:
        name = self.deployments.name_of(endpoint_id)
        there = self.deployments.find(name) if name is not None else None
        if there is None:
            raise Declined(f"the endpoint {endpoint_id} does not exist")
        return there

    def _idle(self, endpoint_id: str) -> tuple[Deployment, Endpoint]:
        """An endpoint of which something can be asked."""
        there = self._by_id(endpoint_id)
        keeper = self.supervisor.keeper(there.name)
        if there.task is not None or self.agent.status(there) in BUSY:
            raise Declined(f"the endpoint {there.name} is busy: wait until its last request is done")
        if there.reserved:
            raise Declined(f"there is only an id of the endpoint {there.name} yet: create it first")
        if keeper is None or self.agent.status(there) is Status.FAILED:
            raise Declined(f"the endpoint {there.name} has failed and its replicas are gone: create it again")
        return there, keeper.endpoint

    def _told(self, there: Deployment) -> EndpointDetail:
        keeper = self.supervisor.keeper(there.name)
        endpoint = keeper.endpoint if keeper else None
        serves = endpoint.stable if endpoint else None
        status = self.agent.status(there)
        settled = there.task is None and status not in BUSY and self.agent.settled_as(there) is Status.DEPLOYED
        name = serves.version if settled and serves else _version_told(there, endpoint)
        version = self.shelf.version(there.model, name) if name and there.model else None
        policy = endpoint.autoscale if endpoint else None
        replicas = endpoint.replicas if endpoint else 1 if there.task else 0
        return EndpointDetail(
            id=self.deployments.id_of(there),
            endpoint_name=there.name,
            model_name=there.model or None,
            model_id=self.shelf.id_of(there.model) if there.model else None,
            model_version=long_name(version) if version else None,
            resource_type=there.resource_type,
            status=status,
            edge_id=there.edge_id,
            create_time=_time(there.created_at),
            update_time=_time(there.updated_at),
            replicas=replicas if status is not Status.FAILED else 0,
            online_replicas=self.agent.ready(there.name),
            min=policy.min_replicas if policy else None,
            max=policy.max_replicas if policy else None,
            request_url=self.url_of(self.deployments.id_of(there)),
            input_json=_example(version),
            autoscaling=policy is not None,
            gpu_number_of_replica=serves.gpus_per_replica if serves else 0,
            replica_ids=json.dumps(_replica_ids(replicas, there.devices)) if settled else None,
            target_queries_per_replica=policy.requests_per_replica if policy else None,
            aggregation_window_size_seconds=policy.window if policy else None,
            scale_down_delay_seconds=policy.scale_down_delay if policy else None,
        )


def _version_told(there: Deployment, endpoint: Endpoint | None) -> str | None:
    """What was asked for last, by whomever, while it is under way and after it was put back."""
    natively = there.task is None and endpoint is not None and endpoint.rollout.under_way
    if there.told_version and not natively:
        return there.told_version
    return endpoint.rollout.to.version if endpoint is not None else None


def _check_devices(edge_id: str, resource_type: str) -> None:
    needed = resource_type == _on_premise() or edge_id not in {"", "[]"}
    if needed and not wire.devices_of(edge_id):
        raise Declined("edgeId names no device: it is a text like [101,102], the master first")


def _replica_ids(replicas: int, devices: Sequence[str]) -> list[str]:
    return sorted(place_of(rank, devices).replica_id for rank in range(replicas))


def _on_premise() -> str:
    return wire.RESOURCE_TYPES[ResourceType.ON_PREMISE]


def _name(text: str) -> str:
    try:
        return _Named(name=text).name
    except ValidationError as fault:
        raise Declined(f"{text!r} is not a name: lower-case letters, digits and hyphens, at most 63") from fault


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _example(version: Version | None) -> str | None:
    example = version.config.get("request_input_example") if version else None
    return json.dumps(example) if example is not None else None
