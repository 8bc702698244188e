"""Writes what changes to the store, each change in one transaction with its event."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from gitops.local.census import Census
from gitops.local.state import Endpoint, Replica
from gitops.local.store.store import Store
from gitops.wire.messages import PlatformEvent


class Journal:
    """The only writer of endpoints, replicas and events."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def write(
        self,
        kind: str,
        endpoint: Endpoint,
        replicas: Iterable[Replica],
        changed: Replica | None = None,
        detail: Mapping[str, object] | None = None,
        ends: str | None = None,
    ) -> None:
        """Keep an endpoint (and a replica of it) together with the event that changed it.

        Args:
            kind: what happened, in the past tense.
            endpoint: as it is after the event.
            replicas: all of the endpoint's that are alive after the event; the event carries their counts.
            changed: the replica that it happened to.
            detail: what else is worth knowing.
            ends: the version whose rollout this ends: an event of its own, before this one and kept with it.

        Raises:
            DataFolderError: it could not be kept; then nothing of it was.
        """
        event = self._event(kind, endpoint, replicas, changed, detail)
        with self._store.transaction():
            self._store.put_endpoint(endpoint)
            if changed is not None:
                self._store.put_replica(changed)
            if ends is not None:
                superseded = {"kind": "rollout_superseded", "version": ends, "detail": {"by": event.version}}
                self._store.append(event.model_copy(update=superseded))
            self._store.append(event)

    def forget(self, endpoint: Endpoint) -> None:
        """An endpoint that has no replica any more is gone.

        Raises:
            DataFolderError: it could not be kept; then it is there still.
        """
        with self._store.transaction():
            self._store.remove_endpoint(endpoint.name)
            self._store.append(self._event("endpoint_deleted", endpoint, (), None, None))

    def _event(
        self,
        kind: str,
        endpoint: Endpoint,
        replicas: Iterable[Replica],
        changed: Replica | None,
        detail: Mapping[str, object] | None,
    ) -> PlatformEvent:
        census = Census.of(endpoint, list(replicas))
        return PlatformEvent(
            seq=0,
            at=self._now(),
            endpoint=endpoint.name,
            kind=kind,
            replica=changed.id if changed else None,
            version=changed.template.version if changed else endpoint.rollout.to.version,
            ready=census.ready,
            total=census.total,
            wanted=endpoint.replicas,
            detail=dict(detail or {}),
        )
