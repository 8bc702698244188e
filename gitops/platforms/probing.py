"""One request to an endpoint, as its users send it: how long it took, and whether the model answered it."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import httpx

from gitops.errors import GitopsError
from gitops.model.sounding import ProbeResult

PATIENCE_S: Final = 30.0
"""TensorOpera's own `request_timeout_sec` where a card names none."""


class Sender(Protocol):
    """What can send a request to a platform."""

    def post(self, path: str, body: Mapping[str, Any], timeout_s: float) -> httpx.Response:
        """Send JSON; the answer as it is, whatever its status."""


def probe(sender: Sender, path: str, body: Mapping[str, Any]) -> ProbeResult:
    """Send it, once; nothing is raised."""
    at, began = datetime.fromtimestamp(time.time(), UTC), time.monotonic()
    try:
        answer = sender.post(path, body, PATIENCE_S)
    except GitopsError as fault:
        return ProbeResult(at=at, ok=False, message=fault.message)
    latency_ms = (time.monotonic() - began) * 1000
    wrong = _wrong(answer)
    return ProbeResult(at=at, ok=not wrong, latency_ms=latency_ms, status=answer.status_code, message=wrong)


def _wrong(answer: httpx.Response) -> str:
    """Why an answer is none; a gateway of TensorOpera says so in a body with HTTP 200."""
    if not answer.is_success:
        return f"HTTP {answer.status_code}"
    try:
        said = json.loads(answer.content)
    except ValueError:
        return ""
    return "the gateway answered an error" if isinstance(said, dict) and said.get("error") is True else ""
