"""A model card's configuration -> how the embedded platform runs and asks its replicas."""

from dataclasses import dataclass
from typing import Any, Final

from gitops.model.card import CardSpec

DEFAULT_PROBE: Final = "/ready"
DEFAULT_PREDICT: Final = "/predict"


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
    """

    ready_path: str = DEFAULT_PROBE
    live_path: str = DEFAULT_PROBE
    predict_path: str = DEFAULT_PREDICT
    all_paths: bool = False
    request_timeout_s: float = 30.0
    deploy_timeout_s: float = 600.0
    memory_bytes: int | None = None

    @classmethod
    def of(cls, spec: CardSpec) -> "Runtime":
        """What a card's configuration says."""
        return cls(
            ready_path=_path(spec.readiness_probe, "httpGet") or DEFAULT_PROBE,
            live_path=_path(spec.liveness_probe, "httpGet") or _path(spec.readiness_probe, "httpGet") or DEFAULT_PROBE,
            predict_path=_path(spec.service, "httpPost") or DEFAULT_PREDICT,
            all_paths=bool(spec.expose_subdomains),
            request_timeout_s=float(spec.request_timeout_sec or 30),
            deploy_timeout_s=float(spec.deploy_timeout_sec or spec.deploy_timeout or 600),
        )


def _path(probe: str | dict[str, Any] | None, verb: str) -> str | None:
    """The path of a probe: written as it is, or as `{httpGet: {path: /ready}}`."""
    if isinstance(probe, dict):
        asked = probe.get(verb)
        probe = asked.get("path") if isinstance(asked, dict) else None
    return probe or None
