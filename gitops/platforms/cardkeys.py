"""The keys of a model card on each kind of platform: those that it acts on, and why it does not act on the others."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gitops.model.card import CardSpec

LOCAL_CARD_KEYS: Final = frozenset(
    {
        "workspace",
        "entry_point",
        "bootstrap",
        "environment_variables",
        "port",
        "readiness_probe",
        "liveness_probe",
        "service",
        "expose_subdomains",
        "request_timeout_sec",
        "deploy_timeout_sec",
        "deploy_timeout",
        "memory",
        "use_gpu",
        "request_input_example",
    }
)

_NO_CONTAINERS: Final = "there are no containers here, the model runs as a process"
_NO_IMAGES: Final = "no image is pulled here"
_NOTHING_MOUNTED: Final = "nothing is mounted here, the model sees the machine's own folders"
_NO_AGENTS: Final = "there are no agents here; gitops platform up --port chooses the platform's port"
_NOT_READ: Final = "fedml 0.9.6 itself does not read it"
_OLD: Final = "a key of fedml 0.8, which fedml 0.9.6 itself does not read"

LOCAL_NOT_APPLICABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "container_run_command": f"{_NO_CONTAINERS}, by entry_point",
        "inference_image_name": _NO_CONTAINERS,
        "image_pull_policy": _NO_IMAGES,
        "registry_specs": _NO_IMAGES,
        "registry_user_name": _NO_IMAGES,
        "registry_user_password": _NO_IMAGES,
        "job": "what shall run before the model belongs in bootstrap",
        "num_gpus": "the endpoint's gpus_per_replica counts GPUs",
        "cpus": "replicas share the machine's processors",
        "shm_size": "replicas share the machine's own /dev/shm",
        "storage_opt": "replicas share the machine's own disk",
        "tmpfs": _NOTHING_MOUNTED,
        "data_cache_dir": _NOTHING_MOUNTED,
        "workspace_mount_path": _NOTHING_MOUNTED,
        "source_code_dir": "workspace is the folder of the model's files",
        "authentication_token": "the platform's own API key lets requests in",
        "worker_internal_port": _NO_AGENTS,
        "worker_external_port": _NO_AGENTS,
        "server_internal_port": _NO_AGENTS,
        "inference_engine": "the model's own server answers",
        "endpoint_api_type": "requests are passed on as they are, whatever they mean",
        "computing": "nothing is rented here, this machine is all there is",
        "server_image_name": _NOT_READ,
        "machine_num": _NOT_READ,
        "volume_mounts": _NOT_READ,
        "volumes": _NOT_READ,
        "auto_detect_public_ip": _NOT_READ,
        "enable_custom_image": f"{_NOT_READ}, an empty entry_point says the same",
        "docker_registry": _OLD,
        "docker_registry_user_name": _OLD,
        "docker_registry_user_password": _OLD,
        "port_inside_container": _OLD,
        "worker_port": _OLD,
        "use_triton": _OLD,
    }
)
"""Key -> why the platform has nothing that it could mean, as the end of a sentence."""

TENSOROPERA_NOT_APPLICABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "computing": "only fedml launch reads it; an endpoint says where it runs in resource",
        "auto_detect_public_ip": _NOT_READ,
        "server_image_name": _NOT_READ,
        "machine_num": _NOT_READ,
        "volume_mounts": "its documentation names it, and fedml 0.9.6 does not read it",
        "volumes": _NOT_READ,
        "enable_custom_image": f"{_NOT_READ}, an empty entry_point says the same",
        "docker_registry": _OLD,
        "docker_registry_user_name": _OLD,
        "docker_registry_user_password": _OLD,
        "port_inside_container": _OLD,
        "worker_port": _OLD,
        "use_triton": _OLD,
    }
)

TENSOROPERA_CARD_KEYS: Final = frozenset(CardSpec.model_fields) - TENSOROPERA_NOT_APPLICABLE.keys()
"""What its agents of fedml 0.9.6 read, by the source of `device_model_deployment.py` and its neighbours."""
