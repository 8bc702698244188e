"""The command line and its history as processes: five at once, killed, interrupted, and a record that is refused."""

import json
import shutil
import signal
import socket
from pathlib import Path

import pytest

from gitops.local import daemon
from tests.history import HISTORY, LOCK, git, isolate, make_remote
from tests.integration.embedded import Embedded, embedded, eventually
from tests.integration.project import Project, project_in
from tests.integration.test_history_weather import REFUSE_THE_END
from tests.integration.test_tensoropera import EXAMPLE
from tests.integration.turns import chain

pytestmark = pytest.mark.slow

WAITS = """
import os, pathlib, time
while not os.path.exists({gate!r}):
    pathlib.Path({waiting!r}).touch()
    time.sleep(0.02)
"""


class Gated(Project):
    """A project in a repository, whose model gets ready only once its gate is open."""

    @property
    def gate(self) -> Path:
        return self.folder.parent / "gate"

    @property
    def waiting(self) -> Path:
        return self.folder.parent / "waiting"

    def until_waiting(self) -> None:
        """Until a replica stands at the gate; then the apply waits for it."""
        self.waiting.unlink(missing_ok=True)
        eventually(self.waiting.exists, lambda there: there)

    def outcomes(self) -> list[tuple[str, str]]:
        """Number and outcome of every commit of the history."""
        return [(one["Deployment"], one["Outcome"]) for one in chain(self.folder, HISTORY)]

    def until_recorded(self, number: int) -> None:
        """Until a deployment has begun. Its ref is looked at as the file that it is: git itself is slow to ask."""
        ref, tip = self.folder / ".git" / HISTORY, ""
        while tip == "" or self.outcomes()[-1] != (str(number), "running"):
            tip = eventually(ref.read_text, lambda read, tip=tip: read not in {"", tip})

    def lock(self) -> str:
        return git(self.folder, "for-each-ref", LOCK)


@pytest.fixture
def gated(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")
    with project_in(tmp_path) as project:
        gated = Gated(project.folder)
        path = project.folder / "aloha/main_entry.py"
        path.write_text(WAITS.format(gate=str(gated.gate), waiting=str(gated.waiting)) + path.read_text())
        git(project.folder, "init", "--quiet")
        git(project.folder, "add", ".")
        git(project.folder, "commit", "--quiet", "-m", "The beginning")
        daemon.up(gated.data)
        yield gated
    assert Embedded(project.data, None).processes() == []


def test_of_five_applies_at_once_one_wins_and_the_others_name_it(gated: Gated):
    gated.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: ${var:replicas}")

    five = [gated.begin("apply", "--yes", "--var", f"replicas={number}") for number in range(1, 6)]
    try:
        # Whoever wins waits at the gate; the others can only be refused.
        refused = eventually(lambda: [one.poll() for one in five], lambda codes: codes.count(None) == 1)
        gated.gate.touch()
        told = [one.communicate(timeout=60)[1] for one in five]
    finally:
        for one in five:
            one.kill()

    assert 4 == refused.count(75), told
    winner = refused.index(None) + 1
    assert [0] == [one.returncode for one in five if one.returncode != 75], told
    words = f"environment local is locked by Ada <ada@example.com> on host {socket.gethostname()} (gitops apply --yes"
    for said in told[: winner - 1] + told[winner:]:
        assert f"error[locked]: {words} --var replicas={winner}) since " in said
    assert [("1", "running"), ("1", "succeeded")] == gated.outcomes()
    assert f"aloha: replicas {winner}\n" in git(gated.folder, "log", "-1", "--format=%B", HISTORY)
    assert "" == gated.lock()


def test_killed_and_interrupted_at_work_it_owns_what_it_named_and_the_next_apply_converges(gated: Gated):
    killed = gated.begin("apply", "--yes")
    try:
        gated.until_waiting()
    finally:
        killed.kill()
    killed.communicate()
    assert ([("1", "running")], True) == (gated.outcomes(), gated.lock() != "")

    interrupted = gated.begin("apply", "--yes")
    try:
        gated.until_recorded(2)
        interrupted.send_signal(signal.SIGINT)
        interrupted.communicate(timeout=60)
    finally:
        interrupted.kill()
    assert (130, ("2", "interrupted"), "") == (interrupted.returncode, gated.outcomes()[-1], gated.lock())
    took_over = chain(gated.folder, HISTORY)[-1]["Took-Over"]
    assert took_over.startswith("the lock of Ada <ada@example.com> on host")
    assert took_over.endswith("its process has ended")

    third = gated.begin("apply", "--yes")
    try:
        gated.until_recorded(3)
        gated.gate.touch()
        said = third.communicate(timeout=60)
    finally:
        third.kill()
    assert (0, ("3", "succeeded")) == (third.returncode, gated.outcomes()[-1]), said
    # It is ours by the record of the one that was killed: so it may go.
    gated.good("destroy", "--yes", "--allow", "deletes=1")
    assert ("4", "succeeded") == gated.outcomes()[-1]


def test_a_finish_that_cannot_be_pushed_ends_with_13_and_the_command_named_repeats_it(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")
    remote = make_remote(tmp_path / "remote.git")
    folder = tmp_path / "aloha"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("run.py", "__pycache__"))
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The beginning")
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{REFUSE_THE_END}\n")
    hook.chmod(0o755)
    ref = "refs/gitops/aloha/laptop/history"
    with embedded(tmp_path, behave="tensoropera") as platform:
        project = Project(folder, {"GITOPS_VAR_platform": platform.record.url, "FEDML_API_KEY": platform.key})
        applied = project.gitops("apply", "--yes", "--json")
        end = applied.stdout.index('{\n  "format_version"')
        error = json.loads(applied.stdout[end:])["error"]
        hook.unlink()
        pushed = project.good(*error["hint"].removeprefix("push it: gitops ").split())

    assert (13, 13, "history-not-pushed") == (applied.returncode, error["exit_code"], error["code"]), applied.stderr
    assert pushed == "pushed\n"
    assert git(remote, "rev-parse", ref) == git(folder, "rev-parse", ref)
    assert "" == git(remote, "for-each-ref", "refs/gitops/aloha/laptop/lock")
    assert "succeeded" == chain(remote, ref)[-1]["Outcome"]
