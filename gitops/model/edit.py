"""A live value that is to be written into the files."""

from dataclasses import dataclass
from typing import Literal

from gitops.model.autoscale import Autoscale
from gitops.model.resource import Resource

EditedField = Literal["version", "replicas", "gpus_per_replica", "autoscale", "resource"]
"""The fields of an endpoint that can be written; another model is another endpoint."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of a declared endpoint, and the value that the files shall say from now on.

    Attributes:
        value: None for `autoscale` and `resource` where there is none.
    """

    endpoint: str
    field: EditedField
    value: str | int | Autoscale | Resource | None
