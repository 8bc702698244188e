"""A person with real YAML in a real git repository, before a fake platform; the commands' use cases in this process."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gitops.cli.wiring import Shop, open_console
from gitops.model.desired import Environment
from gitops.model.plan import Plan
from gitops.workflows.apply import apply
from gitops.workflows.carrying import Applied, Mission, Surroundings
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import prepare
from gitops.workflows.revert import branch_back, revert
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeShelf, yes
from tests.fakes.packager import FakePackager
from tests.fakes.platform import FakePlatform
from tests.fakes.sink import FakeSink
from tests.fakes.stop import FakeStop
from tests.history import git
from tests.integration.project import QUICKSTART


class _Wired(Shop):
    """The real wiring, but for the platform."""

    platform: FakePlatform

    def connect(self, environment: Environment) -> FakePlatform:
        return self.platform


class GitShop:
    """What somebody does in a project's folder."""

    def __init__(self, folder: Path, platform: FakePlatform | None = None) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.platform = platform or FakePlatform(self.clock)

    @contextmanager
    def edges(self) -> Iterator[Edges]:
        with self._shop().edges() as edges:
            yield edges

    def _shop(self) -> Shop:
        shop = _Wired(self.folder.resolve(), {}, open_console(color="never", quiet=True, verbose=False))
        object.__setattr__(shop, "platform", self.platform)
        return shop

    @property
    def around(self) -> Surroundings:
        clock = self.platform.clock
        return Surroundings(FakePackager(), clock, FakeStop(), FakeShelf(), 4, self._shop().scribe(), "gitops apply")

    def plan(self, **ask: Any) -> Plan:
        with self.edges() as edges:
            return prepare(edges, Ask(**ask)).plan

    def apply(self, mission: Mission | None = None, **ask: Any) -> Applied:
        with self.edges() as edges:
            return apply(edges, Ask(**ask), yes, self._progress, self.around, mission)

    def revert(self, to: str, **ask: Any) -> Applied:
        with self.edges() as edges:
            return revert(edges, Ask(**ask), to, yes, self._progress, self.around)

    def branch_back(self, to: str, branch: str = "") -> tuple[str, str]:
        with self.edges() as edges:
            return branch_back(edges, Ask(), to, branch)

    @contextmanager
    def _progress(self) -> Iterator[FakeSink]:
        yield FakeSink()

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def commit(self, words: str = "Change") -> str:
        """Commit everything; the commit's id."""
        git(self.folder, "add", "--all", ".")
        git(self.folder, "commit", "--quiet", "-m", words)
        return git(self.folder, "rev-parse", "HEAD")

    def message(self, ref: str = "refs/gitops/aloha/local/history") -> str:
        """Of the newest commit of a history."""
        return git(self.folder, "log", "-1", "--format=%B", ref)


def lay_out(folder: Path, name: str = "aloha") -> Path:
    """A copy of the quickstart, under a name of its own."""
    ignored = shutil.ignore_patterns("__pycache__", ".gitops", "run.py", "load.py")
    shutil.copytree(QUICKSTART, folder, ignore=ignored, dirs_exist_ok=True)
    path = folder / "gitops.yaml"
    path.write_text(path.read_text().replace("name: aloha\n", f"name: {name}\n"))
    return folder


def make_shop(top: Path, project: str = "", name: str = "aloha") -> GitShop:
    """Somebody whose project lies in a folder of a repository, all of it committed."""
    fresh = not (top / ".git").exists()
    lay_out(top / project, name)
    if fresh:
        git(top, "init", "--quiet")
    shop = GitShop(top / project)
    shop.commit("The beginning")
    return shop


def everything(top: Path) -> dict[str, bytes | str]:
    """What is the user's in a repository: work tree, index, head, branches, stash, configuration."""
    told = {
        "refs": git(top, "for-each-ref", "refs/heads", "refs/tags", "refs/remotes", "refs/stash"),
        "status": git(top, "--no-optional-locks", "status", "--porcelain=v2", "--branch"),
        "stash": git(top, "stash", "list"),
    }
    files = {
        str(path.relative_to(top)): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in sorted(top.rglob("*"))
        if (path.is_file() or path.is_symlink()) and not _ours(path.relative_to(top).parts)
    }
    return {**told, **files}


def _ours(parts: tuple[str, ...]) -> bool:
    """Objects only ever come to be; below refs/gitops, and in a folder of its own, is what we write."""
    return (
        parts[:2] in {(".git", "objects"), (".git", "gitops")}
        or parts[:3] == (".git", "refs", "gitops")
        or (".gitops" in parts)
    )
