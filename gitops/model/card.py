"""A model card: TensorOpera's model configuration YAML, its files, and the digest that identifies a version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import Field

from gitops.diagnostics import Place
from gitops.model.frozen import Strict
from gitops.model.memory import Memory
from gitops.model.probe import Probe, Service
from gitops.model.secret import Secret

TimeoutSeconds = Annotated[int, Field(ge=1, le=86_400)]


class CardSpec(Strict):
    """The configuration of a model card: every key that fedml 0.9.6 reads or its documentation names.

    A key counts in the digest whether or not a platform acts on it, and counts as it is written; which ones a platform
    acts on is the platform's to say (`Traits.card_keys`).
    """

    workspace: str
    entry_point: str = ""
    container_run_command: str | list[str] | None = None
    inference_image_name: str | None = None
    image_pull_policy: str | None = None
    registry_specs: dict[str, Secret] | None = None
    registry_user_name: Secret | None = None
    registry_user_password: Secret | None = None
    bootstrap: str | None = None
    job: str | None = None
    port: int = Field(2345, ge=1, le=65535, strict=True)
    use_gpu: bool | None = None
    num_gpus: int | None = None
    shm_size: str | int | None = None
    storage_opt: dict[str, Any] | None = None
    tmpfs: dict[str, Any] | None = None
    cpus: int | float | None = None
    memory: Memory | None = None
    source_code_dir: str | None = None
    data_cache_dir: str | dict[str, Any] | None = None
    workspace_mount_path: str | None = None
    environment_variables: dict[str, Secret] = Field(default_factory=dict)
    deploy_timeout_sec: TimeoutSeconds | None = None
    deploy_timeout: TimeoutSeconds | None = None
    request_input_example: dict[str, Any] | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    service: Service | None = None
    expose_subdomains: bool | None = None
    request_timeout_sec: TimeoutSeconds | None = None
    authentication_token: Secret | None = None
    worker_internal_port: int | None = None
    worker_external_port: int | None = None
    server_internal_port: int | None = None
    inference_engine: int | None = None
    endpoint_api_type: str | None = None
    computing: dict[str, Any] | None = None
    server_image_name: str | None = None
    machine_num: int | None = None
    volume_mounts: Any = None
    volumes: Any = None
    auto_detect_public_ip: bool | None = None
    enable_custom_image: bool | None = None
    docker_registry: str | None = None
    docker_registry_user_name: Secret | None = None
    docker_registry_user_password: Secret | None = None
    port_inside_container: int | None = None
    worker_port: int | None = None
    use_triton: bool | None = None


class FileEntry(Strict):
    """One file of a package: its path with forward slashes, whether it may be executed, the sha256 of its content."""

    path: str
    executable: bool = False
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    """Bytes."""


@dataclass(frozen=True, slots=True)
class CardContent:
    """A card as its files lie here: what a push would carry.

    Attributes:
        root: the workspace folder, absolute; only the packager opens it.
        pointers: paths whose content is a git-LFS pointer; they count by the object's own digest, and cannot be pushed.
        places: key of the configuration -> place, for the keys that a file names; `""` is the document itself.
    """

    name: str
    spec: CardSpec
    files: tuple[FileEntry, ...]
    digest: str
    root: str
    pointers: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    def place(self, key: str) -> Place | None:
        """Where a key of the configuration is written; the document itself where that is not known."""
        return self.places.get(key) or self.places.get("")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files)


DIGEST_PREFIX: Final = "sha256:"


def short_digest(digest: str) -> str:
    """A digest as people compare it: `sha256:` and 12 digits."""
    return digest[: len(DIGEST_PREFIX) + 12]


def canonical_config(spec: CardSpec) -> dict[str, Any]:
    """A card's configuration as it counts: set keys only, the workspace's own path left out, secrets by name only.

    A value that is written in the file counts by its value (it is in git anyway); one that comes from the
    environment counts by the name of its variable.
    """
    return {
        key: _canonical(value)
        for key in sorted(spec.model_fields_set - {"workspace"})
        if (value := getattr(spec, key)) is not None
    }


def _canonical(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"env": value.reference} if value.reference else {"text": value.reveal()}
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value


def card_digest(files: tuple[FileEntry, ...], spec: CardSpec) -> str:
    """The identity of a version: sha256 over canonical JSON of the file list and the configuration.

    Independent of archive bytes, times, owners and of where the workspace lies. Sizes are left out: equal content has
    equal size, except for a git-LFS pointer, which counts as the object that it stands for.
    """
    entries = sorted((entry.path, entry.executable, entry.sha256) for entry in files)
    body = json.dumps(
        {"files": entries, "config": canonical_config(spec)},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return DIGEST_PREFIX + hashlib.sha256(body.encode()).hexdigest()
