"""A lock's holder is taken for gone only where that is certain."""

import subprocess
import sys
from dataclasses import replace

import pytest

from gitops.history.holder import Holder, is_gone, started_of, this_process
from gitops.model.record import Lock
from tests.fakes.clock import BEGINNING

ME = this_process("Ada <ada@example.com>")


def lock_of(holder: Holder) -> Lock:
    return Lock(
        id="1",
        holder=holder.who,
        host=holder.host,
        boot=holder.boot,
        pid=holder.pid,
        started=holder.started,
        command="gitops apply",
        acquired=BEGINNING,
        renewed=BEGINNING,
    )


@pytest.fixture
def ended() -> Holder:
    """A process that has ended, as it told of itself."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        holder = replace(ME, pid=child.pid, started=started_of(child.pid) or 0.0)
        child.communicate(b"\n")
    return holder


def test_this_process_is_there():
    assert ME.started > 0
    assert ME.boot
    assert not is_gone(lock_of(ME), ME)


def test_a_process_that_ended_is_gone(ended):
    assert is_gone(lock_of(ended), ME)


def test_another_process_of_the_same_number_is_not_the_holder():
    assert is_gone(lock_of(replace(ME, started=ME.started - 1)), ME)


def test_a_start_that_was_never_told_proves_nothing():
    assert not is_gone(lock_of(replace(ME, started=0.0)), ME)


def test_a_process_of_another_account_is_there():
    """Number 1 is always there, and nobody's but root's."""
    assert not is_gone(lock_of(replace(ME, pid=1, started=started_of(1) or 0.0)), ME)


@pytest.mark.parametrize("elsewhere", [{"host": "elsewhere"}, {"boot": "another start"}, {"boot": ""}])
def test_nothing_is_known_of_processes_elsewhere(ended, elsewhere):
    assert not is_gone(lock_of(replace(ended, **elsewhere)), ME)


def test_nothing_is_known_where_this_machine_tells_no_boot(ended):
    assert not is_gone(lock_of(replace(ended, boot="")), replace(ME, boot=""))


def test_a_number_that_is_none_of_a_process_proves_nothing():
    assert not is_gone(lock_of(replace(ME, pid=2**70, started=1.0)), ME)


def test_nobody_started_where_there_is_no_process(ended):
    assert started_of(ended.pid) is None
