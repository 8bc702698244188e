"""A person at work in a real git repository: files and platform are fakes, what is remembered is not."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gitops.history.holder import Holder
from gitops.history.opening import open_repository
from gitops.model.desired import Desired
from gitops.model.event import Outcome
from gitops.views.words import PlainWords
from gitops.workflows.recording import Scribe
from tests.builders import make_desired, make_endpoint
from tests.fakes.desk import Desk
from tests.fakes.sink import FakeSink
from tests.history import ADA, BOB, clone, git, make_remote, open_history


class GitDesk(Desk):
    """A desk in a repository, or in a linked work tree of one.

    Args:
        folder: the work tree.
        remote: that the history is shared through; None for none.
        beside: somebody who has the same platform and the same time.
        project: the project's folder, from the top.

    Attributes:
        meanwhile: what happens once, between the beginning of a deployment and its first step.
    """

    def __init__(
        self,
        folder: Path,
        remote: str | None = None,
        holder: Holder = ADA,
        *,
        beside: Desk | None = None,
        project: str = "",
    ) -> None:
        super().__init__(make_desired(make_endpoint(replicas=2)))
        if beside is not None:
            self.clock, self.platform = beside.clock, beside.platform
        self.folder = folder
        self.meanwhile: Callable[[], object] = lambda: None
        self.history = open_history(folder, remote, holder, clock=self.clock)
        self.repository = open_repository(folder / project)
        self.scribe = Scribe(PlainWords(), holder.who, "0.0.1")

    @contextmanager
    def progress(self) -> Iterator[FakeSink]:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        yield self.sink

    def declare(self, replicas: int) -> Desired:
        """Let the files ask for so many replicas."""
        self.source.desired = make_desired(make_endpoint(replicas=replicas))
        return self.source.desired

    def deploy(self, replicas: int) -> int:
        """Apply so many replicas; the number of the deployment."""
        self.declare(replicas)
        applied = self.apply()
        assert applied.unkept is None, applied.unkept
        assert applied.record is not None
        return applied.record.number

    @property
    def base(self) -> int | None:
        """The deployment that a plan compares with now."""
        plan = self.plan()
        return plan.base.deployment if plan.base is not None else None

    @property
    def replicas(self) -> int:
        """How many there really are."""
        return self.platform.live("aloha").replicas

    @property
    def outcomes(self) -> list[Outcome | None]:
        """Of all deployments, newest first, as far as this clone knows."""
        return [one.record.outcome for one in self.history.deployments()]


class Team:
    """Ada and Bob, each with a clone of one remote and the same platform.

    Args:
        folder: with the remote and the clones, which are made where there are none.
        beside: somebody who has the same platform and the same time.
    """

    def __init__(self, folder: Path, beside: Desk | None = None) -> None:
        self.remote = folder / "remote.git"
        self.away = folder / "away.git"
        if not self.remote.exists():
            make_remote(self.remote)
            for name in ("ada", "bob"):
                clone(Path("../remote.git"), folder / name)
        self.ada = GitDesk(folder / "ada", "origin", beside=beside)
        self.bob = GitDesk(folder / "bob", "origin", BOB, beside=self.ada)

    def tip(self, ref: str) -> str:
        """Where a ref of the remote stands; empty where there is none."""
        return git(self.remote, "for-each-ref", "--format=%(objectname)", ref)

    def leave(self) -> None:
        """Let the remote be away."""
        self.remote.rename(self.away)

    def come_back(self) -> None:
        """Let it be there again."""
        self.away.rename(self.remote)

    def decide(self, script: str) -> None:
        """Let a program of the remote decide about what is pushed."""
        hook = self.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)


def lose_answers(team: Team, afterwards: str = ":") -> Path:
    """Let the remote take what is pushed and die before it says so; the program to remove for an end of it."""
    hook = team.remote / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\n[ "$1" = committed ] || exit 0\n{afterwards}\nkill -9 $PPID\n')
    hook.chmod(0o755)
    return hook


def deploy_twice(desk: Desk) -> None:
    """One replica, then two."""
    for replicas in (1, 2):
        desk.source.desired = make_desired(make_endpoint(replicas=replicas))
        desk.apply()


def experienced(template: Path, folder: Path) -> Team:
    """A team whose Ada has deployed twice, and whose Bob has seen it.

    Args:
        template: a folder that is made with the first of them and copied for the others.
    """
    if not template.exists():
        team = Team(template)
        deploy_twice(team.ada)
        assert 2 == team.bob.base
    shutil.copytree(template, folder)
    witness = Desk()
    deploy_twice(witness)
    return Team(folder, witness)
