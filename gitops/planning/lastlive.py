"""What was last applied, as if it were live: for plans that ask no platform."""

from collections.abc import Collection, Mapping

from gitops.model.autoscale import LiveAutoscale
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, Phase
from gitops.model.record import Entry
from gitops.planning.remembered import Remembered


def as_live(names: Collection[str], entries: Mapping[str, Entry]) -> Mapping[str, Live | Absent]:
    """Each of the names as it was last applied; absent where it never was."""
    return {name: _live(name, entries.get(name)) for name in names}


def known_versions(models: Collection[str], known: Remembered) -> Mapping[str, tuple[ModelVersion, ...]]:
    """Each model's versions as far as they were pushed or served."""
    found: dict[str, dict[str, ModelVersion]] = {model: {} for model in models}
    for model, versions in known.versions.items():
        for version in versions if model in found else ():
            found[model][version.name] = ModelVersion(
                name=version.name, digest=version.digest, secrets=dict(version.secrets)
            )
    for entry in known.entries.values():
        applied = entry.applied
        if applied is not None and applied.model in found and applied.version.name is not None:
            served = ModelVersion(name=applied.version.name, digest=applied.version.digest)
            found[applied.model].setdefault(served.name, served)
    return {model: tuple(versions.values()) for model, versions in found.items()}


def _live(name: str, entry: Entry | None) -> Live | Absent:
    applied = entry.applied if entry is not None and entry.owned is not None else None
    if applied is None:
        return ABSENT
    return Live(
        name=name,
        model=applied.model,
        version=applied.version.name,
        digest=applied.version.digest,
        replicas=applied.replicas,
        gpus_per_replica=applied.gpus_per_replica or 0,
        gpus_told=applied.gpus_per_replica is not None,
        phase=Phase.SERVING,
        online=applied.replicas,
        autoscale=LiveAutoscale(policy=applied.autoscale) if applied.autoscale else None,
        resource=applied.resource,
    )
