"""One request to an endpoint, as its users send it: how long it took, and whether the model answered it."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gitops.errors import GitopsError
from gitops.model.sounding import ProbeResult

PATIENCE_S: Final = 30.0
"""TensorOpera's own `request_timeout_sec` where a card names none."""

Send = Callable[[Mapping[str, Any], float], tuple[int, bytes]]
"""Sends a body and waits at most so many seconds: the HTTP status and the body of the answer."""


def probe(send: Send, body: Mapping[str, Any]) -> ProbeResult:
    """Send it, once; nothing is raised."""
    at, began = _now(), time.monotonic()
    try:
        status, content = send(body, PATIENCE_S)
    except GitopsError as fault:
        return ProbeResult(at=at, ok=False, message=fault.message)
    latency_ms = (time.monotonic() - began) * 1000
    wrong = _wrong(status, content)
    return ProbeResult(at=at, ok=not wrong, latency_ms=latency_ms, status=status, message=wrong)


def unasked(fault: GitopsError) -> ProbeResult:
    """The result where there was nobody to ask, and why."""
    return ProbeResult(at=_now(), ok=False, message=fault.message)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _wrong(status: int, content: bytes) -> str:
    """Why an answer is none; a gateway of TensorOpera may say so in a body with HTTP 200."""
    if not 200 <= status < 300:
        return f"HTTP {status}"
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    code = said.get("code") if {"code", "data"} <= said.keys() else "SUCCESS"
    return "the gateway answered an error" if said.get("error") is True or code != "SUCCESS" else ""
