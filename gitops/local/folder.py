"""The data folder: where everything of one installation lies, and who may use it at a time.

lock         held by the running platform (flock), for its whole life
server.json  where it answers: url, pid, start time
api_key      the key, readable by its owner only
installation the folder's own id
behave       whose behaviour it has, where that is not its own
platform.db  the store
platform.log what the server itself says
packages/    unpacked versions, <digest>/
logs/        output of replicas, <endpoint>/<replica>.log, with what was rotated away and when it was written
environments/ what versions with a bootstrap run in, <model>/<version>/; made when the first is
uploads/     parts of uploads that are under way; removed at the next start
storage/     files that were uploaded; made when the first is
"""

import fcntl
import os
import secrets
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitops.errors import DataFolderError
from gitops.model.frozen import Tolerant


class ServerRecord(Tolerant):
    """What a running platform leaves for those who want to talk to it.

    Attributes:
        started: when the process started, as `identity.started_of` tells it: a reused pid is not taken for it.
    """

    url: str
    pid: int
    started: float
    version: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of an installation; making one of these touches nothing."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held while a platform runs here."""
        return self.root / "lock"

    @property
    def database(self) -> Path:
        """The store."""
        return self.root / "platform.db"

    @property
    def api_key_file(self) -> Path:
        """The API key, mode 0600."""
        return self.root / "api_key"

    @property
    def server_log(self) -> Path:
        """What the server itself says."""
        return self.root / "platform.log"

    @property
    def packages(self) -> Path:
        """Unpacked versions."""
        return self.root / "packages"

    @property
    def logs(self) -> Path:
        """Output of replicas."""
        return self.root / "logs"

    @property
    def environments(self) -> Path:
        """What versions with a bootstrap run in."""
        return self.root / "environments"

    @property
    def uploads(self) -> Path:
        """Parts of uploads."""
        return self.root / "uploads"

    @property
    def storage(self) -> Path:
        """Uploaded files."""
        return self.root / "storage"

    def prepare(self) -> None:
        """Make the folder and its key.

        Raises:
            DataFolderError: the folder cannot be made or written.
        """
        try:
            # The store holds the values of secrets. A folder that was there before keeps its rights: it is not ours.
            if not self.root.exists():
                self.root.mkdir(parents=True, mode=0o700)
            self.packages.mkdir(exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            self._write_once(self.api_key_file, lambda: secrets.token_urlsafe(32))
            self._write_once(self.root / "installation", lambda: str(uuid.uuid4()))
        except OSError as fault:
            raise DataFolderError(
                f"the data folder {self.root} cannot be used: {fault.strerror or fault}",
                hint="choose a folder that can be written: gitops platform up --data DIR",
            ) from fault

    @staticmethod
    def _write_once(path: Path, content: Callable[[], str]) -> None:
        if path.exists() and path.stat().st_size:
            return
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(content())
        draft.replace(path)

    def api_key(self) -> str:
        """The key that the platform accepts."""
        return self.api_key_file.read_text().strip()

    def installation(self) -> str:
        """The id that the folder keeps for its life."""
        return (self.root / "installation").read_text().strip()

    def record(self) -> ServerRecord | None:
        """What the last server left; it may be dead."""
        with suppress(OSError, ValueError):
            return ServerRecord.model_validate_json((self.root / "server.json").read_text())
        return None

    def write_record(self, record: ServerRecord) -> None:
        """Say where the server answers."""
        draft = self.root / f"server.json.{os.getpid()}"
        draft.write_text(record.model_dump_json())
        draft.replace(self.root / "server.json")

    def remove_record(self) -> None:
        """Say that this process does not answer any more; the record of another one stays."""
        record = self.record()
        if record is not None and record.pid == os.getpid():
            (self.root / "server.json").unlink(missing_ok=True)

    def behaviour(self) -> str | None:
        """Whose behaviour the platform of this folder has; None for its own."""
        with suppress(OSError):
            return (self.root / "behave").read_text().strip() or None
        return None

    def keep_behaviour(self, whose: str) -> None:
        """Behave so from now on, at every start."""
        (self.root / "behave").write_text(whose)

    def last_port(self) -> int | None:
        """The port that a server of this folder had last."""
        with suppress(OSError, ValueError):
            return int((self.root / "port").read_text())
        return None

    def keep_port(self, port: int) -> None:
        """Remember a port for the next start; on a full disk the next start takes any."""
        if port == self.last_port():
            return
        draft = self.root / f"port.{os.getpid()}"
        with suppress(OSError):
            draft.write_text(f"{port}\n")
            draft.replace(self.root / "port")

    def remove_drafts(self) -> None:
        """Remove what a killed platform was writing; only for whoever holds the lock."""
        for draft in (*self.root.glob("push-*"), *self.root.glob("*.json.[0-9]*"), *self.root.glob("port.[0-9]*")):
            with suppress(OSError):
                draft.unlink()
        for draft in self.packages.glob(".*"):
            shutil.rmtree(draft, ignore_errors=True)

    def is_ours(self, descriptor: int) -> bool:
        """Whether the lock that this process took is still the one that lies in the folder."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.lock.stat())
        except OSError:
            return False

    def is_taken(self) -> bool:
        """Whether some process holds the lock now; a copy of the folder has a lock of its own, which nobody holds."""
        try:
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def take(self) -> int | None:
        """Take the lock for the life of this process; None if another process has it."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor
