"""A real embedded platform for a test: started as its users start it, ended by its own id whatever happens."""

import hashlib
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from gitops.local import daemon
from gitops.local.folder import DataFolder, ServerRecord
from gitops.local.system.environ import DATA, OWNER
from gitops.model.card import CardContent, CardSpec, FileEntry, card_digest
from gitops.model.live import Live, Phase
from gitops.platforms.local import LocalAdapter
from gitops.platforms.transport import Transport

PATIENCE_S = 60.0

GOOD = """
import os, sys, time
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Aloha(FedMLPredictor):
    def predict(self, request):
        if "seconds" in request:
            print("asked", flush=True)
            time.sleep(request["seconds"])
        return {{"version": {marker!r}, "rank": os.environ["FEDML_REPLICA_RANK"], "token": os.environ.get("TOKEN")}}

    async def async_predict(self, request):
        import asyncio
        for number in range(request["items"]):
            await asyncio.sleep(request.get("seconds", 0))
            yield f"{{number}}\\n"

if __name__ == "__main__":
    print("aloha", {marker!r}, flush=True)
    FedMLInferenceRunner(Aloha()).run()
"""
CRASHING = "# {marker}\nimport there_is_no_such_module\n"
NEVER_READY = """
# {marker}
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Never(FedMLPredictor):
    def predict(self, request):
        return request
    def ready(self):
        return False

FedMLInferenceRunner(Never()).run()
"""
WITH_CHILDREN = """
# {marker}
import os, subprocess, sys
for apart in (False, True):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=apart)
if {marker!r} == "dies":
    os._exit(3)
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Parent(FedMLPredictor):
    def predict(self, request):
        return request

FedMLInferenceRunner(Parent()).run()
"""
STUBBORN_PORT = """
# {marker}
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{{}}")
    do_POST = do_GET

http.server.HTTPServer(("127.0.0.1", {port}), Handler).serve_forever()
"""


def make_card(
    folder: Path, text: str, marker: str = "1", name: str = "aloha", **spec: object
) -> tuple[CardContent, Path]:
    """A card of one file, and its archive."""
    content = text.format(marker=marker, port=spec.get("port", 0)).encode()
    entry = FileEntry(path="main_entry.py", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    card_spec = CardSpec.model_validate({"workspace": ".", "entry_point": "main_entry.py", **spec})
    digest = card_digest((entry,), card_spec)
    archive = folder / f"{digest[7:19]}.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main_entry.py", content)
    return CardContent(name, card_spec, (entry,), digest, str(folder)), archive


@dataclass
class Embedded:
    """One running platform."""

    folder: DataFolder
    record: ServerRecord | None
    adapters: dict[str, LocalAdapter] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.folder.api_key()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def platform(self) -> LocalAdapter:
        url = self.record.url
        if url not in self.adapters:
            self.adapters[url] = LocalAdapter(Transport(url, self.key), self.key)
        return self.adapters[url]

    def url(self, endpoint: str = "aloha") -> str:
        return f"{self.record.url}/inference/{endpoint}"

    def push(self, text: str = GOOD, marker: str = "1", **spec: object) -> str:
        return self.platform.push(*make_card(self.folder.root.parent, text, marker, **spec)).name

    def create(self, version: str, replicas: int = 1, deadline_s: float = 30.0, name: str = "aloha") -> None:
        self.platform.create(
            name,
            model="aloha",
            version=version,
            replicas=replicas,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=deadline_s,
        )

    def roll_out(self, version, updated=100, surge=1, unavailable=0, deadline_s=30.0, name="aloha") -> None:
        self.platform.roll_out(
            name,
            version=version,
            gpus_per_replica=0,
            updated=updated,
            max_surge=surge,
            max_unavailable=unavailable,
            progress_deadline_s=deadline_s,
        )

    def scale(self, replicas: int, name: str = "aloha") -> None:
        self.platform.scale(name, replicas=replicas)

    def live(self, name: str = "aloha") -> Live:
        live = self.platform.read([name])[name]
        assert isinstance(live, Live)
        return live

    def until(self, condition: Callable[[Live], object], name: str = "aloha", patience_s: float = PATIENCE_S) -> Live:
        """The endpoint, once it is so."""
        return eventually(lambda: self.live(name), condition, patience_s)

    def until_serving(self, version: str | None = None, name: str = "aloha") -> Live:
        return self.until(
            lambda live: (
                live.phase is Phase.SERVING and version in {None, live.version} and len(live.members) == live.ready
            ),
            name,
        )

    def kill(self) -> None:
        """SIGKILL the platform; its replicas stay behind."""
        os.kill(self.record.pid, signal.SIGKILL)
        eventually(lambda: daemon.running(self.folder), lambda record: record is None)

    def up(self, port: int = 0) -> None:
        """Start it again."""
        self.record, _ = daemon.up(self.folder, port)

    def processes(self) -> list[psutil.Process]:
        """Every process that this installation started and that lives."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                environment = process.environ()
                ours = OWNER in environment and environment.get(DATA) == str(self.folder.root)
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found


def eventually(read: Callable[[], object], condition: Callable[[object], object], patience_s: float = PATIENCE_S):
    """What is read, once the condition holds; fails with the last reading when patience ends."""
    deadline = time.monotonic() + patience_s
    while True:
        value = read()
        if condition(value):
            return value
        assert time.monotonic() < deadline, f"it never came to be: {value}"
        time.sleep(0.01)


@contextmanager
def embedded(folder: Path, port: int = 0, behave: str | None = None) -> Iterator[Embedded]:
    """A platform in a folder, ended with everything it started."""
    data = DataFolder((folder / "data").resolve())
    record, _ = daemon.up(data, port, behave)
    running = Embedded(data, record)
    try:
        yield running
    finally:
        end(running)


def end(running: Embedded) -> None:
    """End a platform and whatever is left of it, by their own ids."""
    for adapter in running.adapters.values():
        adapter.close()
    try:
        daemon.down(running.folder)
    finally:
        for process in running.processes():
            with suppress(psutil.Error):
                process.kill()
