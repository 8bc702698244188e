"""What runs on a platform -> the documents that declare it as it runs. Writes nothing, and no secret into anything."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitops.model.card import CardSpec
from gitops.model.live import Live
from gitops.model.quantity import duration_text
from gitops.model.resource import Resource, ResourceType
from gitops.model.secret import Secret
from gitops.ports import PushedCard

_VARIABLES: Final = "environment_variables"
_SECRET_NAME: Final = re.compile(r"(KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|PRIVATE)", re.IGNORECASE)
_SECRET_KEYS: Final = frozenset(
    key
    for key, field in CardSpec.model_fields.items()
    if key != _VARIABLES and Secret.__name__ in str(field.annotation)
)
_ODD: Final = re.compile(r"[^A-Za-z0-9_]")
_TELLING: Final = 4
"""Characters; shorter secrets are found everywhere by chance."""


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
    if live.doubtful:
        remarks.append("its last update was put back: look in the console which version serves, and correct it here")
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


def card_document(pushed: PushedCard, workspace: str, served: Collection[str]) -> Document:
    """A model card from its configuration, every secret replaced by the name of an environment variable.

    Args:
        workspace: the folder with its files, relative to the document.
        served: the versions of it that run; only the newest one's files are to be had.
    """
    draft = _Draft(pushed)
    spec: dict[str, Any] = {"workspace": workspace}
    for key, value in pushed.config.items():
        if key == "workspace" or value is None:
            continue
        if key not in CardSpec.model_fields:
            draft.remarks.append(f"left out, because no version of fedml reads it: {key}")
        elif draft.reveals(key, value):
            draft.remarks.append(f"left out, because it holds the value of a secret: {key}")
        else:
            spec[key] = draft.written(key, value)
    if others := sorted(set(served) - {pushed.version}):
        draft.remarks.append(f"configuration and files are those of {pushed.version}; served is {', '.join(others)}")
    variables = tuple(dict.fromkeys(draft.variables))
    if variables:
        draft.remarks.append(f"set before gitops is used: {', '.join(variables)}")
    return Document({"kind": "ModelCard", "name": pushed.model, "spec": spec}, variables, tuple(draft.remarks))


class _Draft:
    """The configuration of a card as it may stand in a file.

    Attributes:
        variables: those that the file refers to.
    """

    def __init__(self, pushed: PushedCard) -> None:
        self._pushed = pushed
        self._values = [text for value in self._secrets() if len(text := str(value)) >= _TELLING]
        self.variables: list[str] = []
        self.remarks: list[str] = []

    def reveals(self, key: str, value: Any) -> bool:
        """Whether the value of a secret stands in one that is none."""
        if key in _SECRET_KEYS:
            return False
        if key == _VARIABLES and isinstance(value, Mapping):
            return any(self._told(text) for name, text in value.items() if not self._is_secret(name))
        return self._told(value)

    def written(self, key: str, value: Any) -> Any:
        """A value, or a reference to where it is to be had."""
        if key == _VARIABLES and isinstance(value, Mapping):
            return {
                name: self._reference(name, text) if self._is_secret(name) else _literal(text)
                for name, text in value.items()
            }
        if key not in _SECRET_KEYS:
            return _literal(value)
        base = f"{self._pushed.model}_{key}"
        if isinstance(value, Mapping):
            return {name: self._reference(f"{base}_{name}".upper(), text) for name, text in value.items()}
        return self._reference(base.upper(), value)

    def _reference(self, name: str, value: Any) -> Any:
        if value in ("", None):
            return value
        name = _ODD.sub("_", name)
        self.variables.append(name)
        return f"${{env:{name}}}"

    def _is_secret(self, name: str) -> bool:
        return name in self._pushed.from_environment or _SECRET_NAME.search(name) is not None

    def _secrets(self) -> Iterator[Any]:
        for key, value in self._pushed.config.items():
            values = value.items() if isinstance(value, Mapping) else [(key, value)]
            if key in _SECRET_KEYS:
                yield from (text for _, text in values)
            elif key == _VARIABLES:
                yield from (text for name, text in values if self._is_secret(name))

    def _told(self, value: Any) -> bool:
        match value:
            case str():
                return any(secret in value for secret in self._values)
            case Mapping():
                return any(map(self._told, value.values()))
            case list():
                return any(map(self._told, value))
            case _:
                return False


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
