"""What is known of an endpoint's traffic where the platform counts nothing: one request of our own, and its totals."""

from pydantic import AwareDatetime

from gitops.model.frozen import Strict


class ProbeResult(Strict):
    """One request to an endpoint, sent by this tool and by nobody else.

    Attributes:
        ok: whether the model answered it.
        latency_ms: from the request's first byte to the answer's last; None where nothing came.
        status: the HTTP status; None where nobody answered.
        message: what was wrong, or why nothing was asked; empty if it was answered.
    """

    at: AwareDatetime
    ok: bool
    latency_ms: float | None = None
    status: int | None = None
    message: str = ""


class PlatformTotals(Strict):
    """Totals as the platform itself tells them, from keys that the environment names; what is not told is None.

    Attributes:
        keys: what was read from which key of the endpoint's detail, for people ("requests from requests").
    """

    requests: int | None = None
    average_latency_ms: float | None = None
    keys: tuple[str, ...] = ()
