"""A model card's configuration -> how the embedded platform runs and asks its replicas."""

from dataclasses import dataclass
from typing import Any, Final

from gitops.model.card import CardSpec
from gitops.model.memory import memory_bytes
from gitops.model.probe import GET, POST, named_path

DEFAULT_PROBE: Final = "/ready"
DEFAULT_PREDICT: Final = "/predict"
DEFAULT_REQUEST_TIMEOUT_S: Final = 30
DEFAULT_DEPLOY_TIMEOUT_S: Final = 600


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a version asks of the platform that runs it; defaults are those of TensorOpera.

    Attributes:
        ready_path, live_path: asked to learn whether a replica is ready, and whether it still answers.
        predict_path: where requests to the endpoint itself go.
        all_paths: whether every path below the endpoint's goes to the replica as it is.
        request_timeout_s: how long a replica may take until it begins to answer.
        deploy_timeout_s: how long the bootstrap may take, and how long a replica may take to get ready.
        memory_bytes: how much a replica may use; None is no limit.
        sees_gpus: False hides the machine's GPUs from replicas, whatever the endpoint's `gpus_per_replica` says.
    """

    ready_path: str = DEFAULT_PROBE
    live_path: str = DEFAULT_PROBE
    predict_path: str = DEFAULT_PREDICT
    all_paths: bool = False
    request_timeout_s: float = DEFAULT_REQUEST_TIMEOUT_S
    deploy_timeout_s: float = DEFAULT_DEPLOY_TIMEOUT_S
    memory_bytes: int | None = None
    sees_gpus: bool = True

    @classmethod
    def of(cls, spec: CardSpec) -> "Runtime":
        """What a card's configuration says; a liveness probe that it does not name is its readiness probe."""
        ready_path = _path(spec.readiness_probe, GET) or DEFAULT_PROBE
        return cls(
            ready_path=ready_path,
            live_path=_path(spec.liveness_probe, GET) or ready_path,
            predict_path=_path(spec.service, POST) or DEFAULT_PREDICT,
            all_paths=bool(spec.expose_subdomains),
            request_timeout_s=float(spec.request_timeout_sec or DEFAULT_REQUEST_TIMEOUT_S),
            deploy_timeout_s=float(spec.deploy_timeout_sec or spec.deploy_timeout or DEFAULT_DEPLOY_TIMEOUT_S),
            memory_bytes=None if spec.memory is None else memory_bytes(spec.memory),
            sees_gpus=spec.use_gpu is not False,
        )


def _path(written: str | dict[str, Any] | None, verb: str) -> str | None:
    return None if written is None else named_path(written, verb)
