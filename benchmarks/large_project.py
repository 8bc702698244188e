"""A project of many endpoints in many files, and what a platform says that has everything as it is declared."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitops.model.change import VersionRef
from gitops.model.desired import Desired
from gitops.model.live import Live, LiveReplica, LiveRollout, ModelVersion, Phase, ReplicaState, Verdict
from gitops.model.plan import Base
from gitops.model.record import Applied, Entry, Ownership
from gitops.planning.remembered import Remembered

FILES: Final = 200
CARD: Final = "aloha"
VERSION: Final = "v0"
_PROJECT: Final = """
kind: Project
name: large
include: [models/*.yaml, endpoints/*.yaml]
environments: {local: {platform: %s}}
"""
_CARD: Final = """
kind: ModelCard
name: aloha
spec: {workspace: ../aloha, entry_point: main_entry.py}
"""
_ENDPOINT: Final = """---
kind: Endpoint
name: aloha-%(number)d
model: aloha
version: %(version)s
replicas: %(replicas)d
rollout:
  max_unavailable: 0
  max_surge: 1
  batches: [1, 50%%, 100%%]
"""
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def write_project(root: Path, size: int) -> Path:
    """A project of so many endpoints of one card; half serve the card as it lies there, half a version by name."""
    for folder in ("models", "endpoints", "aloha"):
        (root / folder).mkdir(parents=True)
    (root / "gitops.yaml").write_text(_PROJECT % "{kind: local}")
    (root / "models/aloha.yaml").write_text(_CARD)
    (root / "aloha/main_entry.py").write_text("print('aloha')\n")
    each = size // FILES
    for number in range(FILES):
        documents = [_document(index) for index in range(number * each, (number + 1) * each)]
        (root / f"endpoints/{number:03}.yaml").write_text("".join(documents))
    return root


def move_to(root: Path, url: str) -> None:
    """Let the project's platform be the one at this address."""
    (root / "gitops.yaml").write_text(_PROJECT % f'{{kind: local, url: "{url}"}}')


def ask_for_more(root: Path, endpoints: int) -> None:
    """Ask for 9 replicas of so many endpoints, each in a file of its own."""
    for path in sorted((root / "endpoints").glob("*.yaml"))[:endpoints]:
        path.write_text(path.read_text().replace("replicas: 1\n", "replicas: 9\n", 1))


def _document(index: int) -> str:
    return _ENDPOINT % {"number": index, "version": ("current", VERSION)[index % 2], "replicas": index % 5 + 1}


def as_declared(desired: Desired) -> Mapping[str, Live]:
    """A platform that has everything as it is declared, told in as many words as the embedded platform uses."""
    return {
        name: _serving(name, declared.endpoint.replicas, desired.cards[CARD].digest)
        for name, declared in desired.endpoints.items()
    }


def owned(desired: Desired) -> Remembered:
    """A memory of all of it, applied as it is declared."""
    version = VersionRef(name=VERSION, digest=desired.cards[CARD].digest)
    return Remembered(
        entries={
            name: Entry(
                owned=Ownership.CREATED,
                applied=Applied(model=CARD, version=version, replicas=declared.endpoint.replicas, gpus_per_replica=0),
                since=BEGAN,
                deployment=1,
            )
            for name, declared in desired.endpoints.items()
        },
        declared=desired.endpoints,
        base=Base(deployment=1),
        last_deployment=1,
    )


def versions_of(desired: Desired) -> tuple[ModelVersion, ...]:
    """The one version of the card that such a platform has."""
    return (ModelVersion(name=VERSION, digest=desired.cards[CARD].digest),)


def _serving(name: str, replicas: int, digest: str) -> Live:
    members = tuple(
        LiveReplica(
            id=f"{name}-{number}",
            version=VERSION,
            state=ReplicaState.READY,
            pid=10_000 + number,
            started_at=BEGAN,
            ready_at=BEGAN,
            log=f"/srv/aloha/.gitops/local/logs/{name}/{name}-{number}.log",
        )
        for number in range(replicas)
    )
    return Live(
        name=name,
        model=CARD,
        version=VERSION,
        digest=digest,
        replicas=replicas,
        phase=Phase.SERVING,
        raw_status=Phase.SERVING,
        url=f"http://127.0.0.1:8080/inference/{name}",
        input_example={"text": "hello"},
        members=members,
        rollout=LiveRollout(
            id=0,
            version=VERSION,
            updated_goal=replicas,
            updated_ready=replicas,
            verdict=Verdict.SUCCEEDED,
            last_progress_at=BEGAN,
        ),
    )
