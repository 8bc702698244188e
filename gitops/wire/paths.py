"""The paths of the native face, written once for the server's routes and the client's requests."""

from typing import Final
from urllib.parse import quote

PREFIX: Final = "/gitops/v1"
PLATFORM: Final = f"{PREFIX}/platform"
ENDPOINTS: Final = f"{PREFIX}/endpoints"
ENDPOINT: Final = f"{PREFIX}/endpoints/{{name}}"
ROLLOUT: Final = f"{PREFIX}/endpoints/{{name}}/rollout"
SCALE: Final = f"{PREFIX}/endpoints/{{name}}/scale"
AUTOSCALE: Final = f"{PREFIX}/endpoints/{{name}}/autoscale"
COUNTERS: Final = f"{PREFIX}/counters"
LOGS: Final = f"{PREFIX}/endpoints/{{name}}/logs"
LOG: Final = f"{PREFIX}/endpoints/{{name}}/logs/{{log}}"
VERSIONS: Final = f"{PREFIX}/models/{{model}}/versions"
EVENTS: Final = f"{PREFIX}/events"
INFERENCE: Final = "/inference/{name}"
COMPLETIONS: Final = "/inference/{name}/completions"
CHAT: Final = "/inference/{name}/chat/completions"
MODEL_CHAT: Final = "/inference/api/v1/chat/completions"
BELOW: Final = "/inference/{name}/{path:.*}"
CUSTOM: Final = "/custom_inference/{name}/{path:.*}"
PROMETHEUS: Final = "/metrics"

REPLICA_HEADER: Final = "X-Gitops-Replica"
"""On every answer of the gateway that a replica gave: the replica's id."""

VERSION_HEADER: Final = "X-Gitops-Version"
"""On every answer of the gateway that a replica gave: the version it serves."""


def fill(path: str, **parts: str) -> str:
    """A path with its parts filled in, each of them URL-encoded."""
    return path.format(**{name: quote(part, safe="") for name, part in parts.items()})
