"""What runs on a platform -> the documents that declare it as it runs. Writes nothing, and no secret into anything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitops.model.card import CardSpec
from gitops.model.live import Live
from gitops.model.quantity import duration_text
from gitops.model.resource import Resource, ResourceType
from gitops.model.secret import Secret

_SECRET_NAME: Final = re.compile(r"(KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|PRIVATE)", re.IGNORECASE)
_SECRET_KEYS: Final = frozenset(
    key
    for key, field in CardSpec.model_fields.items()
    if key != "environment_variables" and Secret.__name__ in str(field.annotation)
)
_ODD: Final = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class Document:
    """A document to be written.

    Attributes:
        variables: environment variables that it refers to.
        remarks: what its reader must know, for a comment at its head.
    """

    content: Mapping[str, Any]
    variables: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def endpoint_document(live: Live) -> Document:
    """An endpoint as it runs: with its version by name, so that nothing is pushed."""
    remarks: list[str] = []
    content: dict[str, Any] = {"kind": "Endpoint", "name": live.name, "model": live.model}
    content["version"] = (live.version or "current").partition("-")[0]
    policy = live.policy
    if policy is not None:
        content["autoscale"] = {
            "min_replicas": policy.min_replicas,
            "max_replicas": policy.max_replicas,
            "requests_per_replica": policy.requests_per_replica,
            "window": duration_text(policy.window),
            "scale_down_delay": duration_text(policy.scale_down_delay),
        }
    else:
        content["replicas"] = live.replicas
    if live.bounds is not None and policy is None:
        remarks.append(
            f"it autoscales between {live.bounds.min_replicas} and {live.bounds.max_replicas} replicas: the platform "
            "tells no more; copy the rest of the policy from the console into autoscale"
        )
    if live.gpus_told and live.gpus_per_replica:
        content["gpus_per_replica"] = live.gpus_per_replica
    if live.resource is not None:
        content["resource"] = _resource(live.resource)
    return Document(content, remarks=tuple(remarks))


def _resource(resource: Resource) -> dict[str, Any]:
    if resource.type is not ResourceType.ON_PREMISE:
        return {"type": str(resource.type)}
    return {"type": str(resource.type), "master": resource.master, "workers": list(resource.workers)}


def card_document(model: str, config: Mapping[str, Any], hidden: tuple[str, ...], workspace: str) -> Document:
    """A model card from its configuration, every secret replaced by the name of an environment variable.

    Args:
        config: as the platform has it, secrets in clear.
        hidden: names of environment variables that are known to be secret.
        workspace: the folder with its files, relative to the document.
    """
    variables: list[str] = []

    def reference(name: str) -> str:
        variables.append(name)
        return f"${{env:{name}}}"

    spec: dict[str, Any] = {"workspace": workspace}
    unknown: list[str] = []
    for key, value in config.items():
        if key == "workspace" or value is None:
            continue
        if key not in CardSpec.model_fields:
            unknown.append(key)
        elif key == "environment_variables" and isinstance(value, Mapping):
            spec[key] = {
                name: reference(name) if name in hidden or _SECRET_NAME.search(name) else _literal(text)
                for name, text in value.items()
            }
        elif key in _SECRET_KEYS:
            spec[key] = _referred(model, key, value, reference)
        else:
            spec[key] = _literal(value)
    remarks = [f"left out, because no version of fedml reads it: {key}" for key in sorted(unknown)]
    if variables:
        remarks.append(f"set before gitops is used: {', '.join(dict.fromkeys(variables))}")
    content = {"kind": "ModelCard", "name": model, "spec": spec}
    return Document(content, tuple(dict.fromkeys(variables)), tuple(remarks))


def _referred(model: str, key: str, value: Any, reference: Any) -> Any:
    """A secret, or a mapping of secrets, by names made from the card's and the key's."""
    base = _ODD.sub("_", f"{model}_{key}").upper()
    if isinstance(value, Mapping):
        return {name: reference(_ODD.sub("_", f"{base}_{name}").upper()) for name in value}
    return reference(base)


def _literal(value: Any) -> Any:
    """A value as it is written: what looks like a reference is meant as it stands."""
    match value:
        case str():
            return value.replace("${", "$${")
        case Mapping():
            return {key: _literal(item) for key, item in value.items()}
        case list():
            return [_literal(item) for item in value]
        case _:
            return value
