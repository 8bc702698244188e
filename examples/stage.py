"""What the examples have in common: a copy of their folder, the public command line, a load, promises that are checked.

Whatever an example starts is ended with it, also after a failure, Ctrl-C or SIGTERM. The load client is the
quickstart's own `load.py`.
"""

import json
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

sys.path.append(str(Path(__file__).parent / "quickstart"))

from load import LoadClient, LoadResult, Sample

__all__ = ["PATIENCE_S", "Event", "LoadClient", "LoadResult", "Promises", "Sample", "Stage", "begin", "say"]

GITOPS = [sys.executable, "-m", "gitops"]
PATIENCE_S = 60.0
"""How long an example waits for what shall happen, before it says that it did not."""


@dataclass(frozen=True)
class Event:
    """Something that the platform itself says to have done, as `gitops logs --events` shows it."""

    at: float
    text: str

    @property
    def numbers(self) -> dict[str, float]:
        """What stands behind its text: `(2 of 4 ready; before 2; after 4)` -> before and after."""
        words = [part.rpartition(" ") for part in self.text.rpartition("(")[2].rstrip(")").split("; ")]
        return {name: float(value) for name, _, value in words if value.replace(".", "", 1).isdigit()}


@dataclass
class Stage:
    """One endpoint's project, copied to a place of its own.

    Attributes:
        project: the copy.
        endpoint: the name of its endpoint.
    """

    project: Path
    endpoint: str

    def run(self, *words: str, expect: int = 0) -> str:
        """Run a command as a person would, show it with what it prints, and return what it printed.

        Raises:
            RuntimeError: it ended with another exit code than expected.
        """
        print(f"$ gitops {' '.join(words)}", flush=True)
        done = subprocess.run(
            [*GITOPS, *words],
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(done.stdout, flush=True)
        if done.returncode != expect:
            raise RuntimeError(f"gitops {words[0]} ended with {done.returncode}, not with {expect}")
        return done.stdout

    def text(self, *words: str) -> str:
        """What a command prints, unseen."""
        done = subprocess.run(
            [*GITOPS, *words], cwd=self.project, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def status(self) -> dict[str, Any]:
        """The endpoint, as `gitops status --json` has it."""
        endpoints = json.loads(self.text("status", "--json"))["endpoints"]
        return next(one for one in endpoints if one["name"] == self.endpoint)

    def platform(self) -> dict[str, Any]:
        """The platform's address and process."""
        return json.loads(self.text("platform", "status", "--json"))

    def events(self, since: float = 0.0) -> list[Event]:
        """What the platform has done with the endpoint at that time or later, in seconds of `time.time`."""
        lines = map(json.loads, self.text("logs", self.endpoint, "--events", "--json").splitlines())
        events = [
            Event(datetime.fromisoformat(line["at"]).timestamp(), line["text"])
            for line in lines
            if line["source"] == "platform"
        ]
        return [event for event in events if event.at >= since]

    def until(self, what: str, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The endpoint's status, once it is so.

        Raises:
            TimeoutError: it never came to be.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not condition(status := self.status()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"it never came to be: {what}; the last status: {json.dumps(status)}")
            time.sleep(0.1)
        return status

    def until_whole(self, replicas: int) -> dict[str, Any]:
        """The endpoint's status, once so many replicas are wanted and ready."""
        return self.until(f"{replicas} replicas ready", lambda now: now["ready"] == now["replicas"] == replicas)

    def until_settled(self) -> dict[str, Any]:
        """The endpoint's status, once nothing of it starts or ends."""
        return self.until("nothing moves", lambda now: now["ready"] == now["replicas"] and now["health"] == "healthy")

    def answer(self) -> str:
        """What the endpoint answers to a user."""
        url, key = self.address()
        request = urllib.request.Request(
            url,
            data=json.dumps({"text": "hello"}).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.dumps(json.load(answer))

    def address(self) -> tuple[str, str]:
        """Where the endpoint answers, and the key to ask it."""
        return self.status()["url"], Path(self.platform()["api_key_file"]).read_text().strip()

    def repository(self, message: str) -> None:
        """Make a git repository of the project, with all of it in one commit."""
        self.git("init", "--quiet", "--initial-branch", "main")
        for key, value in {"user.name": "Ada", "user.email": "ada@example.com", "commit.gpgsign": "false"}.items():
            self._git("config", key, value)
        self.commit(message)

    def commit(self, message: str) -> None:
        """Commit every change of the project's files."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def git(self, *words: str) -> str:
        """Run a git command as a person would, show it with what it prints, and return what it printed."""
        print(f"$ {shlex.join(('git', *words))}", flush=True)
        told = self._git(*words)
        if told:
            print(told, flush=True)
        return told

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.project, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def write(self, name: str, text: str) -> None:
        """Write a new file, and show it."""
        (self.project / name).write_text(text)
        print(f"$ cat > {name}\n{text}")

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file as a person would, and show it."""
        path = self.project / name
        text = path.read_text()
        assert text.count(old) == 1, f"{path} should have {old!r} once"
        path.write_text(text.replace(old, new))
        print(f"$ sed -i 's/{old}/{new}/' {name}")


@dataclass
class Promises:
    """What was promised, and what was measured."""

    broken: list[str] = field(default_factory=list)

    def check(self, promise: str, measured: str, *, kept: bool) -> None:
        """Say whether a promise was kept, and remember it if not."""
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}: {measured}", flush=True)
        if not kept:
            self.broken.append(promise)

    def exit_code(self) -> int:
        """0 if every promise was kept."""
        print(f"\nBroken promises: {len(self.broken)}", flush=True)
        return 1 if self.broken else 0


@contextmanager
def begin(folder: Path, endpoint: str) -> Iterator[Stage]:
    """A copy of an example's folder; its platform is ended with all its replicas, whatever happens."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix=f"gitops-{folder.name}-") as scratch:
        stage = Stage(Path(scratch) / folder.name, endpoint)
        shutil.copytree(folder, stage.project, ignore=shutil.ignore_patterns("__pycache__", ".gitops", "run.py"))
        try:
            yield stage
        finally:
            say("Everything is stopped")
            stage.run("platform", "down")
            _end_what_is_left(stage.project.resolve())


def _end_what_is_left(project: Path) -> None:
    """A platform that was being started when the story was stopped, and then its replicas: each by its own id."""
    data = str(project / ".gitops")
    for _ in range(2):
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                named = any(data in word for word in process.cmdline())
                if named or process.environ().get("GITOPS_LOCAL_DATA", "").startswith(data):
                    process.kill()


def say(text: str) -> None:
    """A headline."""
    print(f"\n=== {text}\n", flush=True)
