"""Records of deployments and drift with good defaults: a test names only what it is about."""

from datetime import UTC, datetime, timedelta

from gitops.model.drift import Drift, DriftItem
from gitops.model.event import Outcome
from gitops.model.live import PlatformIdentity
from gitops.model.record import Record, StepOutcome
from gitops.model.source import SourceState

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
COMMIT = "f00d" * 10
PLATFORM = PlatformIdentity(kind="local", url="http://127.0.0.1:1")


def record(**changes) -> Record:
    fields = {
        "number": 12,
        "project": "aloha",
        "environment": "production",
        "platform": PLATFORM,
        "source": SourceState(commit="1a2b3c4d5e6f", branch="main"),
        "started_at": START,
        "finished_at": START + timedelta(seconds=75),
        "outcome": Outcome.SUCCEEDED,
        "summary": "1 to update",
        "changes": {"aloha": ("version v1 -> v2", "replicas 2 -> 4")},
        "fingerprint": "sha256:" + "3f" * 32,
        "applied_by": "Ada Lovelace <ada@example.com>",
        "tool": "gitops 1.2.3",
    }
    return Record(**fields | changes)


def step(**changes) -> StepOutcome:
    fields = {"number": 1, "subject": "endpoint aloha", "kind": "scale", "outcome": Outcome.SUCCEEDED}
    return StepOutcome(**fields | {"words": "scale endpoint aloha from 2 to 4 replicas"} | changes)


def item(**changes) -> DriftItem:
    fields = {"endpoint": "aloha", "field": "replicas", "declared": 2, "live": 5, "last_applied": 2}
    return DriftItem(**fields | changes)


def drift(*items: DriftItem, **changes) -> Drift:
    fields = {"project": "aloha", "environment": "production", "platform": PLATFORM, "at": START, "endpoints": 3}
    return Drift(**fields | {"items": items} | changes)
