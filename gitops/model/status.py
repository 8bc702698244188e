"""What `gitops status` and `gitops platform status` say: endpoints with their health, and the embedded platform."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gitops.model.autoscale import Bounds, LiveAutoscale
from gitops.model.frozen import Strict
from gitops.model.health import Health
from gitops.model.live import LiveReplica, PlatformIdentity
from gitops.model.resource import Resource
from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.model.trouble import LiveBootstrap, LiveTrouble


class StatusRow(Strict):
    """One endpoint that is declared, or ours, as it is now. What is not known, or not there, is None.

    Attributes:
        replicas: the number that the platform holds; `ready` of them answer requests.
        updated: how far a rollout is, for people ("2 of 4 on v3"); empty without one.
        message: the reason of its health, for people.
        members: the replicas one by one.
        autoscale: None where the number of replicas is fixed.
        trouble: None where no replica died lately.
        bootstrap: None where the version has none.
        raw_status: the platform's own word for its state; empty where it has none.
        resource: None where the platform does not tell, or has no choice.
        bounds: of its autoscale policy, where the platform tells no more of it.
        probe: one request of our own, where the platform counts nothing.
        totals: as the platform itself tells them.
        declared: False for one that is ours and that the files do not declare any more.
    """

    name: str
    model: str
    version: str | None = None
    digest: str | None = None
    replicas: int | None = None
    ready: int | None = None
    updated: str = ""
    health: Health
    message: str = ""
    url: str | None = None
    input_example: dict[str, Any] | None = None
    members: tuple[LiveReplica, ...] = ()
    autoscale: LiveAutoscale | None = None
    trouble: LiveTrouble | None = None
    bootstrap: LiveBootstrap | None = None
    raw_status: str = ""
    resource: Resource | None = None
    bounds: Bounds | None = None
    probe: ProbeResult | None = None
    totals: PlatformTotals | None = None
    declared: bool = True


class Status(Strict):
    """All endpoints of an environment that are declared, or ours, as they were at one moment."""

    format_version: Literal[1] = 1
    at: datetime
    project: str
    environment: str
    platform: PlatformIdentity
    endpoints: tuple[StatusRow, ...] = Field(default_factory=tuple)


class PlatformStatus(Strict):
    """Whether the embedded platform runs, and where; names the file of its key, never the key.

    Attributes:
        data_folder: where it keeps everything, absolute.
        behaves_like: whose behaviour it has; None for its own.
        api_key_file: the file that holds its key; None where it was never started.
    """

    format_version: Literal[1] = 1
    running: bool
    url: str | None = None
    pid: int | None = None
    data_folder: str
    behaves_like: str | None = None
    api_key_file: str | None = None
