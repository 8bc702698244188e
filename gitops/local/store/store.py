"""The embedded platform's memory: SQLite in WAL mode, one writer, every change a transaction with its event."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitops.errors import DataFolderError, ErrorCode
from gitops.local.state import Endpoint, Replica, Version
from gitops.wire.messages import PlatformEvent

FORMAT: Final = 2
"""Of the data folder; a folder of another format is refused, never converted silently."""

_SCHEMA: Final = """
CREATE TABLE endpoints (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions (
    model TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (model, number)
) WITHOUT ROWID;
CREATE TABLE replicas (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, alive INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX replicas_alive ON replicas (endpoint) WHERE alive;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, endpoint TEXT NOT NULL, kind TEXT NOT NULL,
    replica TEXT, version TEXT, ready INTEGER NOT NULL, total INTEGER NOT NULL, wanted INTEGER NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX events_endpoint ON events (endpoint, seq);
"""

Opener = Callable[[Path], sqlite3.Connection]


def open_database(path: Path) -> sqlite3.Connection:
    """The ordinary way to open the database file; tests hand in another to make a disk full or read-only."""
    return sqlite3.connect(path, isolation_level=None)


class Store:
    """Endpoints, versions, replicas and events.

    Args:
        path: the database file; made if it is not there.
        opener: how to open it.

    Raises:
        DataFolderError: `data-folder-format` for a file of another format, `data-folder-full` when there is no space,
            `data-folder-unusable` for anything else that SQLite says. Every method may raise the last two.
    """

    def __init__(self, path: Path, opener: Opener = open_database) -> None:
        self._path = path
        with self._translated():
            self._db = opener(path)
            self._db.execute("PRAGMA busy_timeout = 2000")
            # One process owns the file for its whole life, so that nobody can lock it out of its own memory.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._check_format()
            self._db.execute("CREATE TABLE IF NOT EXISTS deployments (name TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def _check_format(self) -> None:
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found == 0 and not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with self.transaction():
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {FORMAT}")
        elif found != FORMAT:
            raise DataFolderError(
                f"{self._path.parent} was written in data format {found}, this gitops reads format {FORMAT}",
                hint="use the gitops that wrote it, or start afresh with another folder: gitops platform up --data DIR",
                code=ErrorCode.DATA_FOLDER_FORMAT,
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise self._error(fault) from fault

    def _error(self, fault: sqlite3.Error) -> DataFolderError:
        text = str(fault)
        # An I/O error while the file is being locked is about rights, any other one about the disk.
        locking = getattr(fault, "sqlite_errorname", "") == "SQLITE_IOERR_LOCK"
        if "full" in text or ("disk I/O" in text and not locking):
            return DataFolderError(
                f"no space left for the embedded platform's data in {self._path.parent} ({text})",
                hint="free some space; the platform goes on where it stopped, nothing is lost",
                code=ErrorCode.DATA_FOLDER_FULL,
            )
        return DataFolderError(
            f"the embedded platform cannot use its data in {self._path.parent} ({text})",
            hint="check that the folder may be written and that no other program holds it",
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what happens inside."""
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; nothing can be asked afterwards."""
        self._db.close()

    def endpoints(self) -> list[Endpoint]:
        """All endpoints by name."""
        with self._translated():
            rows = self._db.execute("SELECT body FROM endpoints ORDER BY name").fetchall()
        return [Endpoint.model_validate_json(body) for (body,) in rows]

    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Keep an endpoint as it is now."""
        with self._translated():
            self._db.execute(
                "INSERT INTO endpoints VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                (endpoint.name, endpoint.model_dump_json()),
            )

    def remove_endpoint(self, name: str) -> None:
        """Forget an endpoint; its replicas' rows and its events stay."""
        with self._translated():
            self._db.execute("DELETE FROM endpoints WHERE name = ?", (name,))

    def last_serial(self, endpoint: str) -> int:
        """The highest number that a replica of an endpoint ever had, also in an earlier life; 0 if there was none."""
        with self._translated():
            rows = self._db.execute("SELECT id FROM replicas WHERE endpoint = ?", (endpoint,)).fetchall()
        return max((int(identity.rpartition("-")[2]) for (identity,) in rows), default=0)

    def deployments(self) -> list[str]:
        """What the second face remembers of endpoints, as JSON."""
        with self._translated():
            return [body for (body,) in self._db.execute("SELECT body FROM deployments ORDER BY name")]

    def put_deployment(self, name: str, body: str) -> None:
        """Keep it as it is now."""
        with self._translated():
            self._db.execute(
                "INSERT INTO deployments VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                (name, body),
            )

    def living(self) -> list[Replica]:
        """Replicas that were alive when the store was last written."""
        with self._translated():
            rows = self._db.execute("SELECT body FROM replicas WHERE alive ORDER BY id").fetchall()
        return [Replica.model_validate_json(body) for (body,) in rows]

    def put_replica(self, replica: Replica) -> None:
        """Keep a replica as it is now."""
        with self._translated():
            self._db.execute(
                "INSERT INTO replicas VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET alive = excluded.alive, body = excluded.body",
                (replica.id, replica.endpoint, replica.alive, replica.model_dump_json()),
            )

    def versions(self, model: str) -> list[Version]:
        """A model's versions, oldest first."""
        with self._translated():
            rows = self._db.execute("SELECT body FROM versions WHERE model = ? ORDER BY number", (model,)).fetchall()
        return [Version.model_validate_json(body) for (body,) in rows]

    def models(self) -> list[str]:
        """The names of all models that have a version."""
        with self._translated():
            rows = self._db.execute("SELECT DISTINCT model FROM versions ORDER BY model").fetchall()
        return [model for (model,) in rows]

    def add_version(self, version: Version, number: int) -> None:
        """Keep a new version of a model; its number must be new."""
        with self._translated():
            self._db.execute(
                "INSERT INTO versions VALUES (?, ?, ?, ?)",
                (version.model, number, version.digest, version.model_dump_json()),
            )

    def append(self, event: PlatformEvent) -> None:
        """Add an event to the log; its `seq` is given by the log."""
        with self._translated():
            self._db.execute(
                "INSERT INTO events (at, endpoint, kind, replica, version, ready, total, wanted, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    event.at.isoformat(),
                    event.endpoint,
                    event.kind,
                    event.replica,
                    event.version,
                    event.ready,
                    event.total,
                    event.wanted,
                    json.dumps(event.detail),
                ),
            )

    def events(self, after: int, endpoint: str | None, limit: int) -> list[PlatformEvent]:
        """Events with a greater `seq` than `after`, oldest first, of one endpoint or of all."""
        with self._translated():
            # Two statements, because one with a choice in it would walk through the events of everybody.
            if endpoint is None:
                found = self._db.execute(
                    "SELECT seq, at, endpoint, kind, replica, version, ready, total, wanted, detail FROM events"
                    " WHERE seq > ? ORDER BY seq LIMIT ?",
                    (after, limit),
                )
            else:
                found = self._db.execute(
                    "SELECT seq, at, endpoint, kind, replica, version, ready, total, wanted, detail FROM events"
                    " WHERE endpoint = ? AND seq > ? ORDER BY seq LIMIT ?",
                    (endpoint, after, limit),
                )
            rows = found.fetchall()
        return [
            PlatformEvent(
                seq=seq,
                at=datetime.fromisoformat(at).astimezone(UTC),
                endpoint=name,
                kind=kind,
                replica=replica,
                version=version,
                ready=ready,
                total=total,
                wanted=wanted,
                detail=json.loads(detail),
            )
            for seq, at, name, kind, replica, version, ready, total, wanted, detail in rows
        ]

    def replicas(self, endpoint: str, ids: Iterable[str]) -> list[Replica]:
        """Those of an endpoint's replicas, living or dead, that have these ids."""
        wanted = sorted(ids)
        with self._translated():
            rows = [
                row
                for one in wanted
                for row in self._db.execute("SELECT body FROM replicas WHERE id = ? AND endpoint = ?", (one, endpoint))
            ]
        return [Replica.model_validate_json(body) for (body,) in rows]
