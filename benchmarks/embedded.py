"""A real embedded platform in a temporary folder, serving the quickstart's aloha; ended with all that it started."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from benchmarks.children import ROOT
from gitops.local import daemon
from gitops.local.folder import DataFolder, ServerRecord
from gitops.local.system.environ import DATA
from gitops.local.system.marks import end_marked
from gitops.model.live import Live, Phase, ReplicaState
from gitops.platforms.local import LocalAdapter
from gitops.platforms.transport import Transport
from gitops.sources.package import ZipPackager
from gitops.sources.project import FileSource

ENDPOINT: Final = "aloha"
QUICKSTART: Final = ROOT / "examples/quickstart"
PATIENCE_S: Final = 60.0
_POLL_S: Final = 0.02

Start = Callable[[DataFolder], AbstractContextManager[ServerRecord]]
"""Starts a platform in a folder, and ends it with the context if nobody else does."""


@dataclass(frozen=True)
class Embedded:
    """One running platform, with two versions of aloha pushed.

    Attributes:
        versions: as the platform named them; the second answers V2 where the first answers V1.
        up_s: how long the platform took to answer, in seconds.
    """

    record: ServerRecord
    folder: DataFolder
    platform: LocalAdapter
    versions: tuple[str, str]
    up_s: float

    @property
    def url(self) -> str:
        """Where requests to the endpoint go."""
        return f"{self.record.url}/inference/{ENDPOINT}"

    @property
    def key_file(self) -> Path:
        """The file with the API key."""
        return self.folder.api_key_file

    @property
    def scratch(self) -> Path:
        """A folder that goes away with the platform."""
        return self.folder.root.parent

    def push(self, project: Path, card: str = "aloha") -> str:
        """Push a card of a project as it lies there; returns how the platform named the version."""
        desired = FileSource(project).load("local").desired
        assert desired is not None, f"the files in {project} are not valid"
        with ZipPackager().pack(desired.cards[card]) as archive:
            return self.platform.push(desired.cards[card], archive).name

    def create(self, replicas: int, version: str | None = None) -> float:
        """A new endpoint, of the first version unless told; returns the seconds until all replicas were ready."""
        began = time.perf_counter()
        self.platform.create(
            ENDPOINT,
            model="aloha",
            version=version or self.versions[0],
            replicas=replicas,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=PATIENCE_S,
        )
        self.until(lambda live: live.ready == replicas)
        return time.perf_counter() - began

    def roll_out(self, version: str) -> float:
        """Replace all replicas, one more at a time and none missing; returns the seconds until none is old."""
        began = time.perf_counter()
        self.platform.roll_out(
            ENDPOINT,
            version=version,
            gpus_per_replica=0,
            updated=self.live().replicas,
            max_surge=1,
            max_unavailable=0,
            progress_deadline_s=PATIENCE_S,
        )
        self.until(lambda live: live.phase is Phase.SERVING and live.version == version and _settled(live))
        return time.perf_counter() - began

    def scale(self, replicas: int) -> float:
        """Hold so many replicas; returns the seconds until so many are ready and no other one is there."""
        began = time.perf_counter()
        self.platform.scale(ENDPOINT, replicas=replicas)
        self.until(lambda live: live.replicas == replicas and _settled(live))
        return time.perf_counter() - began

    def live(self) -> Live:
        """The endpoint as it is now."""
        live = self.platform.read([ENDPOINT])[ENDPOINT]
        assert isinstance(live, Live)
        return live

    def until(self, condition: Callable[[Live], bool]) -> Live:
        """The endpoint, once it is so.

        Raises:
            RuntimeError: it is not so in time; says how it is instead.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not condition(live := self.live()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"after {PATIENCE_S:g} s it is still not so: {live}")
            time.sleep(_POLL_S)
        return live

    def server(self) -> psutil.Process:
        """The process of gateway and supervisor."""
        return psutil.Process(self.record.pid)

    def replicas(self) -> list[psutil.Process]:
        """The processes of the ready replicas."""
        members = self.live().members
        return [psutil.Process(one.pid) for one in members if one.pid and one.state is ReplicaState.READY]

    def replica_urls(self) -> list[str]:
        """Where the replicas themselves answer, past the gateway."""
        return [f"http://127.0.0.1:{_port_of(process)}/predict" for process in self.replicas()]


def _settled(live: Live) -> bool:
    """Every replica serves the endpoint's version, and no other one is there any more."""
    return len(live.members) == live.replicas == live.ready_on(live.version or "")


def _port_of(process: psutil.Process) -> int:
    (port,) = {one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
    return int(port)


@contextmanager
def by_daemon(folder: DataFolder) -> Iterator[ServerRecord]:
    """Start it as every command does."""
    yield daemon.up(folder)[0]


@contextmanager
def embedded(start: Start = by_daemon) -> Iterator[Embedded]:
    """A platform of one's own."""
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        folder = DataFolder(Path(scratch).resolve() / "data")
        began = time.perf_counter()
        try:
            with start(folder) as record:
                up_s = time.perf_counter() - began
                key = folder.api_key()
                with closing(LocalAdapter(Transport(record.url, key), key)) as platform:
                    site = Embedded(record, folder, platform, ("", ""), up_s)
                    yield replace(site, versions=_pushed(site))
        finally:
            _end(folder)


def _pushed(site: Embedded) -> tuple[str, str]:
    """Two versions of the quickstart's card, made as its story makes them: by an edit of one file."""
    project = quickstart(site.scratch / "quickstart")
    first = site.push(project)
    entry_point = project / "aloha/main_entry.py"
    entry_point.write_text(entry_point.read_text().replace("AlohaV1", "AlohaV2"))
    second = site.push(project)
    assert first != second, "the edit made no other version"
    return first, second


def quickstart(project: Path) -> Path:
    """A copy of the quickstart's files."""
    shutil.copytree(QUICKSTART, project, ignore=shutil.ignore_patterns("__pycache__", ".gitops"))
    return project


def _end(folder: DataFolder) -> None:
    """End the platform; what is left of it after that is killed, each process by its own id and start time."""
    # Children of ours, not of its record: a stop can come before the record is written.
    ours = [process for process in psutil.Process().children(recursive=True) if _is_of(process, folder)]
    try:
        daemon.down(folder)
    finally:
        for process in ours:
            with suppress(psutil.Error):
                process.kill()
        # Replicas of a platform that was killed are no children of ours any more.
        end_marked(str(folder.root), lambda _: True)


def _is_of(process: psutil.Process, folder: DataFolder) -> bool:
    """Whether a process is a platform in this folder, or was started by one."""
    with suppress(psutil.Error, OSError):
        return str(folder.root) in process.cmdline() or process.environ().get(DATA) == str(folder.root)
    return False
