"""Where an endpoint's replicas run: TensorOpera's *Computing Resource*, devices of one's own or a cloud."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, StringConstraints, model_validator

from gitops.model.frozen import Strict


class ResourceType(StrEnum):
    """The kinds of computing resource; the wire has names of its own for them."""

    ON_PREMISE = "on_premise"
    FEDML_CLOUD = "fedml_cloud"
    PUBLIC_CLOUD = "public_cloud"


def _digits(value: object) -> object:
    # An id that was a float once has lost digits: 19 of them do not fit.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


DeviceId = Annotated[str, BeforeValidator(_digits), StringConstraints(pattern=r"^[0-9]{1,19}$")]
"""The id of a device as the platform's pages show it; digits, kept as text because 19 of them fit no float."""


class Resource(Strict):
    """A computing resource.

    Attributes:
        master: the device that takes requests and hands them on; only with `on_premise`.
        workers: the devices that run replicas, in the order in which they are given work; only with `on_premise`.
    """

    type: ResourceType
    master: DeviceId | None = None
    workers: tuple[DeviceId, ...] = ()

    @model_validator(mode="after")
    def _check_devices(self) -> Self:
        if self.type is ResourceType.ON_PREMISE and (self.master is None or not self.workers):
            raise ValueError("on_premise needs master and at least one of workers, by their device ids")
        if self.type is not ResourceType.ON_PREMISE and (self.master is not None or self.workers):
            raise ValueError(f"{self.type} has no devices of yours: remove master and workers")
        if len(set(self.workers)) != len(self.workers):
            raise ValueError("names a worker twice")
        return self


def resource_text(resource: Resource) -> str:
    """`on_premise, master 101, workers 102 103`, or `fedml_cloud`."""
    if resource.type is not ResourceType.ON_PREMISE:
        return resource.type
    workers = " ".join(resource.workers)
    return f"{resource.type}, master {resource.master}, worker{'s' if len(resource.workers) != 1 else ''} {workers}"


def same_place(one: Resource | None, other: Resource | None) -> bool:
    """Whether two resources are the same devices; a platform may list workers in an order of its own."""
    if one is None or other is None:
        return one is other
    return (one.type, one.master, set(one.workers)) == (other.type, other.master, set(other.workers))


def in_order(resource: Resource) -> Resource:
    """The same place with its workers sorted: two readings of it are equal, in whatever order they come."""
    return resource.model_copy(update={"workers": tuple(sorted(resource.workers))})
