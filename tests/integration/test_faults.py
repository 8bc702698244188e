"""Faults of the world on real processes: what the platform makes of them, and what clients see meanwhile."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress

import httpx
import pytest

from gitops.local import daemon
from gitops.local.__main__ import ALREADY_RUNNING
from gitops.local.folder import DataFolder
from gitops.model.live import Phase, Verdict
from gitops.model.trouble import BootstrapState
from tests.integration.embedded import GOOD, Embedded, end, eventually

pytestmark = pytest.mark.slow

LEAKING = """
# {marker}
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Leaking(FedMLPredictor):
    kept = []
    def predict(self, request):
        self.kept.append(bytearray(b"x" * (request.get("mib", 0) << 20)))
        return {{}}

FedMLInferenceRunner(Leaking()).run()
"""
FORKING = """
# {marker}
import os, time
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Forking(FedMLPredictor):
    def predict(self, request):
        if os.fork() == 0:
            os.setsid()
            time.sleep(3600)
        return {{}}

FedMLInferenceRunner(Forking()).run()
"""
DYING = """
# {marker}
import os, sys, threading
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Dying(FedMLPredictor):
    def predict(self, request):
        if os.path.exists(request.get("poison", "")):
            print("poisoned by TOKEN", os.environ.get("TOKEN"), flush=True)
            os._exit(7)
        return {{}}

if os.path.exists({marker!r}):
    print("the poison is still there", flush=True)
    os._exit(7)
FedMLInferenceRunner(Dying()).run()
"""
BOOTSTRAPPED = """
# {marker}
import made_by_bootstrap
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Bootstrapped(FedMLPredictor):
    def predict(self, request):
        return {{"made": made_by_bootstrap.VALUE}}

FedMLInferenceRunner(Bootstrapped()).run()
"""


def ask(running, seconds=30.0, **request):
    return httpx.post(running.url(), json=request, headers=running.headers, timeout=seconds)


def test_a_killed_replica_is_back_within_its_own_start_time_and_a_second(running):
    running.create(running.push(), 3)
    live = running.until_serving()
    took = max((member.ready_at - member.started_at).total_seconds() for member in live.members)

    killed_at = time.monotonic()
    os.kill(live.members[1].pid, signal.SIGKILL)
    running.until(lambda now: now.members[1].id != live.members[1].id if len(now.members) == 3 else False)
    running.until(lambda now: now.ready == 3)
    back = time.monotonic() - killed_at

    print(f"\nstart {took:.2f} s, back after {back:.2f} s")
    assert back < took + 1
    assert running.live().trouble.crashes == 1


def test_a_replica_that_stops_answering_without_dying_is_replaced(running):
    running.create(running.push(), 2)
    hung = running.until_serving().members[0]

    os.kill(hung.pid, signal.SIGSTOP)
    live = running.until(lambda live: live.ready == 2 and hung.id not in {member.id for member in live.members})
    reasons = [event.detail["reason"] for event in running.platform.events() if event.kind == "replica_failed"]

    assert live.phase is Phase.SERVING
    assert [reason.split(":")[0] for reason in reasons] == ["it has stopped answering"]
    assert {process.pid for process in running.processes()} == {member.pid for member in live.members}


def test_a_replica_that_leaks_past_its_memory_is_replaced_and_says_why(running):
    running.create(running.push(LEAKING, memory="96m"), 1)
    (leaking,) = running.until_serving().members

    ask(running, mib=200)
    live = running.until(lambda live: live.ready == 1 and live.members[0].id != leaking.id)

    assert "more than its memory of 96 MiB" in live.trouble.reason


def test_a_replica_inside_its_memory_is_left_alone(running):
    running.create(running.push(LEAKING, memory="256m"), 1)
    (member,) = running.until_serving().members
    for _ in range(3):
        ask(running, mib=10)
    time.sleep(2.5)  # two looks of the watch

    assert [one.id for one in running.live().members] == [member.id]


def test_what_a_model_forks_ends_with_it(running):
    running.create(running.push(FORKING), 1)
    (member,) = running.until_serving().members
    for _ in range(3):
        ask(running)
    assert len(running.processes()) == 4

    os.kill(member.pid, signal.SIGKILL)
    live = running.until(lambda live: live.ready == 1 and live.members[0].id != member.id)

    assert [process.pid for process in running.processes()] == [live.members[0].pid]


def test_a_crash_loop_backs_off_and_shows_the_last_lines_without_secrets(running, tmp_path):
    poison = tmp_path / "poison"
    text = DYING.replace("{marker!r}", repr(str(poison)))
    running.create(running.push(text), 1)
    running.until_serving()

    poison.touch()
    ask(running, poison=str(poison))
    looping = running.until(lambda live: live.trouble is not None and live.trouble.crashes >= 3)
    poison.unlink()
    whole = running.until(lambda live: live.ready == 1)

    assert looping.trouble.last_lines == ("the poison is still there",)
    assert "exited with status 7" in looping.trouble.reason
    assert whole.phase is Phase.SERVING
    starts = [event.at.timestamp() for event in running.platform.events() if event.kind == "replica_starting"]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert gaps == sorted(gaps)
    assert gaps[0] >= 0.5


def test_down_after_a_crash_of_the_platform_leaves_no_process(running):
    running.create(running.push(), 3)
    running.until_serving()
    running.kill()
    assert len(running.processes()) == 3

    ended = daemon.down(running.folder)

    assert (running.processes(), ended) == ([], daemon.Ended(None, 3))
    running.up()
    assert running.until_serving().ready == 3


def _takes(thief: socket.socket, port: int) -> bool:
    with suppress(OSError):
        thief.bind(("127.0.0.1", port))
        return True
    return False


def test_a_port_that_is_taken_while_the_platform_is_away_moves_it_and_its_replicas_stay(running):
    running.create(running.push(), 2)
    pids = {member.pid for member in running.until_serving().members}
    port = int(running.record.url.rpartition(":")[2])

    running.kill()
    with closing(socket.socket()) as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The killed platform's port is free when the last of its threads has ended.
        eventually(lambda: _takes(thief, port), bool)
        thief.listen()
        running.up()
        live = running.until_serving()

    assert not running.record.url.endswith(f":{port}")
    assert {member.pid for member in live.members} == pids
    assert ask(running).status_code == 200


def test_a_second_platform_on_the_same_folder_does_not_begin(running):
    second = subprocess.run(
        [sys.executable, "-m", "gitops.local", "--data", str(running.folder.root)],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == ALREADY_RUNNING
    assert daemon.running(running.folder) == running.record


def test_a_folder_that_was_copied_while_it_was_in_use_is_another_platform(running, tmp_path):
    running.create(running.push(), 2)
    pids = {member.pid for member in running.until_serving().members}
    copy = DataFolder((tmp_path / "copy").resolve())
    shutil.copytree(running.folder.root, copy.root)
    twin = Embedded(copy, None)
    try:
        assert daemon.running(copy) is None
        assert daemon.down(copy) == daemon.Ended(None, 0)
        twin.up()
        theirs = twin.until_serving()

        assert {member.pid for member in theirs.members}.isdisjoint(pids)
        assert twin.record.url != running.record.url
        assert {member.pid for member in running.live().members} == pids
        assert (ask(running).status_code, ask(twin).status_code) == (200, 200)
    finally:
        end(twin)
    assert {member.pid for member in running.live().members} == pids


def test_a_bootstrap_runs_once_per_version_and_its_time_is_told_apart(running):
    script = "echo made-here\necho 'VALUE = 42' > made_by_bootstrap.py\necho ran >> ../ran"
    version = running.push(BOOTSTRAPPED, bootstrap=script)
    running.create(version, 2, deadline_s=60)
    live = running.until_serving(version)
    running.scale(3)
    running.until_serving(version)
    folder = running.folder.environments / "aloha" / version

    assert ask(running).json() == {"made": 42}
    assert (live.bootstrap.state, live.bootstrap.version) == (BootstrapState.DONE, version)
    assert live.bootstrap.seconds > 0
    assert (folder / "ran").read_text() == "ran\n"
    assert "made-here" in (folder / "bootstrap.log").read_text()
    pids = {member.pid for member in running.live().members}
    running.kill()
    running.up()
    assert {member.pid for member in running.until_serving(version).members} == pids


def test_a_bootstrap_that_fails_is_a_failed_version_whose_output_is_shown(running):
    old = running.push(marker="old")
    running.create(old, 2)
    running.until_serving(old)
    bad = running.push(GOOD, marker="bad", bootstrap="echo looking for the wheel\necho no such wheel >&2\nexit 3")

    running.roll_out(bad)
    live = running.until(lambda live: live.rollout.verdict is Verdict.ROLLED_BACK)

    assert live.rollout.reason == "the bootstrap exited with status 3; it last said: no such wheel"
    assert (live.version, live.ready, live.trouble) == (old, 2, None)
    assert [event.kind for event in running.platform.events() if event.version == bad].count("replica_starting") == 1
    log = running.folder.environments / "aloha" / bad / "bootstrap.log"
    assert log.read_text().splitlines()[-2:] == ["looking for the wheel", "no such wheel"]


def test_a_bootstrap_that_never_ends_is_ended_and_nothing_of_it_is_left(running):
    running.create(running.push(bootstrap="sleep 3600 & sleep 3600", deploy_timeout_sec=1), 1)

    live = running.until(lambda live: live.phase is Phase.FAILED)

    assert "did not end within 1s" in live.message
    eventually(running.processes, lambda processes: processes == [])


def test_a_platform_that_goes_down_during_a_bootstrap_ends_it(running):
    running.create(running.push(bootstrap="sleep 3600"), 1)
    running.until(lambda live: live.bootstrap is not None and live.bootstrap.state is BootstrapState.RUNNING)
    eventually(running.processes, lambda processes: processes != [])

    daemon.down(running.folder)

    assert running.processes() == []
