"""What is asked to change: one thing in a request, and nothing while the platform is at work on the endpoint.

A version and a number of replicas never travel together; the agents of fedml 0.9.6 trip over it.
"""

from collections.abc import Mapping
from typing import Any

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.live import Phase
from gitops.model.operation import Auth
from gitops.model.resource import Resource, ResourceType, same_place
from gitops.model.secret import Secret
from gitops.platforms.tensoropera.calls import Calls, Extra
from gitops.platforms.tensoropera.cards import Cards, token_of
from gitops.platforms.tensoropera.endpoints import Endpoints, Found
from gitops.platforms.tensoropera.operations import SET_AUTOSCALE, SET_GPUS, where_manual
from gitops.wire.tensoropera import RESOURCE_TYPES, CardObject, edge_ids


class Changes:
    """Writes to the endpoints of one platform."""

    def __init__(self, calls: Calls, cards: Cards, endpoints: Endpoints) -> None:
        self._calls = calls
        self._cards = cards
        self._endpoints = endpoints

    def create(self, name: str, *, model: str, version: str, resource: Resource | None) -> None:
        """Ask for a new endpoint; the same again is no conflict.

        Raises:
            Rejected: the card is not there, or nobody says where it shall run.
            Conflict: there is another one of that name.
        """
        if resource is None:
            raise Rejected(
                f"endpoint {name} does not say where its replicas run",
                hint="declare it, e.g. resource: {type: on_premise, master: '101', workers: ['102']}",
            )
        card = self._card(model)
        arguments = {
            "endpoint_name": name,
            "model_name": model,
            "model_id": int(card.id),
            "model_version": version,
            **_where(resource),
        }
        try:
            self._calls.data("create_endpoint", arguments)
        except Conflict as fault:
            found = self._endpoints.find(name)
            if found is not None and found.live.phase is Phase.FAILED:
                raise Conflict(
                    f"endpoint {name} has failed, and the platform does not give its name free ({fault.message})",
                    hint="delete it in the console: Model Serving > Endpoints; then apply again",
                ) from fault
            there = (found.live.model, found.live.version, found.live.resource) if found is not None else None
            if there != (model, version, resource):
                raise

    def roll_out(self, name: str, *, version: str, gpus_per_replica: int) -> None:
        """Ask for another version, on the devices where it is; for GPUs where they alone differ.

        Raises:
            Conflict: the platform is at work on it.
            Rejected: it takes GPUs, and no operation can set them.
        """
        found = self._idle(name)
        moves = found.detail.model_version != version or found.live.phase is not Phase.SERVING
        other_gpus = found.live.gpus_told and found.live.gpus_per_replica != gpus_per_replica
        if moves and other_gpus and SET_GPUS in self._calls.rows:
            raise Rejected(
                f"endpoint {name} cannot get another version and other GPUs at once",
                hint="change one of them, apply, then change the other",
            )
        if moves:
            self._calls.data("update_endpoint", {**arguments_of(found), "model_version": version})
        elif other_gpus:
            self._extra(found, SET_GPUS, {"gpus_per_replica": gpus_per_replica, "replicas": found.live.replicas})

    def scale(self, name: str, *, replicas: int) -> None:
        """Ask for so many replicas.

        Raises:
            Conflict: the platform is at work on it.
        """
        found = self._idle(name)
        if found.live.replicas != replicas or found.live.phase is not Phase.SERVING:
            self._extra(found, "set_replicas", {"replicas": replicas})

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        """Ask for a policy, or for none, where the environment knows how.

        Raises:
            Rejected: no operation can.
        """
        found = self._idle(name)
        arguments = {
            "autoscaling": policy is not None,
            "min_replicas": policy.min_replicas if policy else None,
            "max_replicas": policy.max_replicas if policy else None,
            "requests_per_replica": policy.requests_per_replica if policy else None,
            "window_s": _whole(policy.window) if policy else None,
            "scale_down_delay_s": _whole(policy.scale_down_delay) if policy else None,
            "replicas": found.live.replicas,
        }
        self._extra(found, SET_AUTOSCALE, arguments)

    def set_resource(self, name: str, *, resource: Resource) -> None:
        """Ask for other devices, with the version that it has.

        Raises:
            Conflict: the platform is at work on it, or nobody knows which version it has.
        """
        found = self._idle(name)
        if found.live.doubtful or found.live.version is None:
            raise Conflict(
                f"which version of endpoint {name} serves is not known ({found.live.raw_status}), so it is not moved",
                hint="apply a version first",
            )
        if not same_place(found.live.resource, resource):
            self._calls.data("update_endpoint", {**arguments_of(found), **_where(resource)})

    def delete(self, name: str) -> None:
        """Ask for an endpoint to be deleted; one that is not there is deleted already."""
        found = self._endpoints.find(name)
        if found is None:
            return
        try:
            self._calls.data("delete_endpoint", arguments_of(found))
        except Rejected:
            if self._endpoints.find(name) is not None:
                raise  # Else it went away between the two calls.

    def _extra(self, found: Found, operation: str, arguments: Mapping[str, Any]) -> None:
        """An operation that may want the endpoint's own token, or that only an environment can know."""
        place = where_manual(self._calls.rows).get(operation)
        if place:
            raise Rejected(
                f"TensorOpera's API cannot do this to endpoint {found.live.name}", hint=f"do it by hand: {place}"
            )
        wanted = self._calls.row(operation).auth is Auth.BEARER_OF_ENDPOINT
        token = self._token(found) if wanted else None
        self._calls.data(operation, {**arguments_of(found), **arguments}, Extra(token=token))

    def _token(self, found: Found) -> Secret | None:
        """The endpoint's own token: as the platform tells it, else as its card sets it; else nobody knows it."""
        told = found.detail.token
        return Secret(told) if told else token_of(self._cards.find(found.live.model))

    def _idle(self, name: str) -> Found:
        found = self._endpoints.need(name)
        if found.live.busy:
            raise Conflict(
                f"the platform is at work on endpoint {name} ({found.live.raw_status or 'it does not say on what'})",
                hint="wait until it is done, then apply again",
            )
        return found

    def _card(self, model: str) -> CardObject:
        card = self._cards.find(model)
        if card is None:
            raise Rejected(f"the platform has no model card {model}", hint="plan again: its push comes first")
        return card


def arguments_of(found: Found) -> dict[str, Any]:
    """The arguments that an endpoint's own detail gives; what is not to change is said as it is."""
    detail = found.detail
    return {
        "endpoint_id": int(detail.id),
        "endpoint_name": found.live.name,
        "model_name": detail.model_name,
        "model_id": int(detail.model_id) if detail.model_id else None,
        "model_version": detail.model_version,
        "edge_ids": detail.edge_id,
        "resource_type": detail.resource_type,
    }


def _where(resource: Resource) -> dict[str, str]:
    devices = [resource.master or "", *resource.workers] if resource.type is ResourceType.ON_PREMISE else []
    return {"edge_ids": edge_ids(devices), "resource_type": RESOURCE_TYPES[resource.type]}


def _whole(seconds: float) -> float:
    """Seconds without a fraction where there is none: 60 and not 60.0."""
    return int(seconds) if seconds == int(seconds) else seconds
