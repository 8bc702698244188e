"""A process is told from another one of the same number, whatever the clocks do."""

import os
import subprocess
import sys
import time

from gitops.local.system.identity import lives, started_of


def test_a_process_that_lives_is_recognised():
    assert lives(os.getpid(), started_of(os.getpid()))


def test_another_start_is_another_process():
    assert not lives(os.getpid(), started_of(os.getpid()) - 1)


def test_a_zombie_and_a_number_without_a_process_are_nobody():
    child = subprocess.Popen([sys.executable, "-c", ""])
    deadline = time.monotonic() + 30
    while started_of(child.pid) is not None and time.monotonic() < deadline:
        time.sleep(0.01)

    assert started_of(child.pid) is None
    child.wait()
    assert not lives(child.pid, 1.0)


def test_the_start_does_not_move_with_the_wall_clock(monkeypatch):
    before = started_of(os.getpid())
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert started_of(os.getpid()) == before
