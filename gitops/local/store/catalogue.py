"""The versions of all model cards: the platform names them when they are pushed, and finds them by name or content."""

from datetime import datetime

from gitops.errors import Rejected
from gitops.local.state import Source, Version
from gitops.local.store.store import Store
from gitops.model.live import ModelVersion


class Catalogue:
    """The versions of all models: names them, finds them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, list[Version]] = {}

    def models(self) -> list[str]:
        """The names of all cards that have a version."""
        return self._store.models()

    def versions(self, model: str) -> list[Version]:
        """A model's versions, oldest first."""
        if model not in self._known:
            self._known[model] = self._store.versions(model)
        return self._known[model]

    def version(self, model: str, name: str) -> Version:
        """One version.

        Raises:
            Rejected: the model has no such version.
        """
        for version in self.versions(model):
            if version.name == name:
                return version
        have = ", ".join(version.name for version in self.versions(model)) or "none"
        raise Rejected(f"model card {model} has no version {name}", hint=f"it has: {have}")

    def find(self, model: str, digest: str, secrets: dict[str, str]) -> Version | None:
        """The newest version of this content and these secrets, among those whose content was checked."""
        for version in reversed(self.versions(model)):
            if version.digest == digest and version.secrets == secrets and version.source is None:
                return version
        return None

    def add(
        self,
        model: str,
        digest: str,
        config: dict[str, object],
        secrets: dict[str, str],
        now: datetime,
        source: Source | None = None,
    ) -> Version:
        """Name and keep a new version: v0, v1, ..."""
        number = len(self.versions(model))
        version = Version(
            model=model,
            name=f"v{number}",
            digest=digest,
            config=config,
            secrets=secrets,
            source=source,
            pushed_at=now,
        )
        with self._store.transaction():
            self._store.add_version(version, number)
        self._known[model].append(version)
        return version


def public(version: Version) -> ModelVersion:
    """What a reader is told of a version: no configuration, no secret."""
    return ModelVersion(name=version.name, digest=version.digest, secrets=version.secrets)
