"""A holder that dies, sleeps too long or is stopped: the next one takes over, says so, and goes on from what is there.

Real git, a fake platform; and one real process that is stopped.
"""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gitops.cli.wiring import new_clock
from gitops.engine.result import GOOD
from gitops.errors import ErrorCode, ExitCode
from gitops.history.holder import this_process
from gitops.history.tenure import GitTenure
from gitops.model.event import Outcome
from gitops.model.guard import Allowance
from gitops.model.record import Ownership
from gitops.workflows.carrying import Surroundings
from gitops.workflows.edges import Ask
from tests.builders import make_card, make_desired, make_endpoint
from tests.conformance.history import COMMAND
from tests.conftest import ROOT
from tests.fakes.platform import WRITES, Fault, Killed
from tests.history import HISTORY, LOCK, git, isolate, make_repository, open_history
from tests.integration.gitdesk import GitDesk
from tests.integration.turns import chain

pytestmark = pytest.mark.slow

ME = this_process("Ada <ada@example.com>")
DEAD = replace(ME, started=ME.started - 1)
"""Another process that had our number before us."""

ALL = Ask(allowance=Allowance.parse(["updates=9", "deletes=1", "capacity_drop=9"]))


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


class OneByOne(GitDesk):
    """Somebody whose steps come one after the other, so that the same call is always the same one."""

    @property
    def around(self) -> Surroundings:
        return replace(super().around, parallelism=1)


def begin(folder: Path) -> OneByOne:
    """Two endpoints are applied, and now the files want everything to be different."""
    desk = OneByOne(folder, holder=DEAD)
    desk.source.desired = make_desired([make_endpoint(), make_endpoint(name="old")])
    desk.apply()
    desk.source.desired = make_desired(
        [make_endpoint(replicas=3), make_endpoint(name="new", model="aloha")], cards=[make_card(marker="two")]
    )
    return desk


def test_killed_at_any_write_the_next_apply_owns_what_was_named_and_converges(tmp_path, monkeypatch, request):
    template = make_repository(tmp_path / "template")
    witness = begin(template)
    first = len(witness.platform.calls)
    witness.apply(ask=ALL)
    calls = witness.platform.calls[first:]
    writes = [first + index for index, call in enumerate(calls, 1) if call.method in WRITES]
    methods = {witness.platform.calls[number - 1].method for number in writes}
    assert {"push", "create", "roll_out", "scale", "delete"} == methods
    soak = request.config.getoption("--soak")
    moments = [(number, True) for number in writes] + [(writes[0], False)]
    if soak:
        moments = [(first + index, after) for index, _ in enumerate(calls, 1) for after in (False, True)]

    for number, after in moments:
        desk = begin(make_repository(tmp_path / f"killed-{number}-{after}"))
        desk.platform.faults[number] = Fault(Killed(), after=after)
        with monkeypatch.context() as dead, pytest.raises(Killed):
            dead.setattr(GitTenure, "leave", lambda tenure: tenure._over.set())
            desk.apply(ask=ALL)
        told = f"killed at call {number} ({desk.platform.calls[number - 1].method}), after: {after}"
        began = desk.outcomes[0] is None
        heir = OneByOne(desk.folder, holder=ME, beside=desk)
        heir.source.desired = desk.source.desired

        applied = heir.apply(ask=ALL)

        assert applied.result.exit_code is ExitCode.DONE, told
        assert ((), ()) == (heir.plan().steps, heir.plan().findings), told
        owned = {name for name, entry in heir.entries.items() if entry.owned}
        assert {"aloha", "new"} == owned, told
        assert Ownership.CREATED is heir.entries["new"].owned, told
        if began:
            # Where nothing was left to do, that all of it is done is a record too.
            ended = Outcome.SUCCEEDED if applied.result.steps else Outcome.UNCHANGED
            assert applied.record.took_over.endswith("its process has ended"), told
            assert [ended, None, Outcome.SUCCEEDED] == heir.outcomes, told
        assert chain(desk.folder, HISTORY), told


# Paused for too long.


def test_a_holder_that_slept_past_its_ttl_writes_nothing_more(tmp_path):
    """As a laptop that was closed, while somebody else watched its lock stand still."""
    desk = GitDesk(make_repository(tmp_path / "r"))
    desk.deploy(1)
    heir = open_history(desk.folder, holder=ME, clock=desk.clock, wait_s=400.0)
    taken: list[str] = []

    def sleep() -> None:
        with heir.claim(COMMAND) as tenure:
            taken.append(tenure.took_over)

    desk.declare(3)
    desk.meanwhile = sleep
    applied = desk.apply()

    (took_over,) = taken
    assert took_over.startswith(
        "the lock of Ada <ada@example.com> on host ada-host (gitops apply -e local), held since "
    )
    assert took_over.endswith(": it was not renewed for 5m")
    assert (ExitCode.LOCKED, Outcome.INTERRUPTED) == (applied.result.exit_code, applied.result.outcome)
    assert (1, ErrorCode.LOCK_LOST) == (desk.replicas, applied.unkept.code)
    assert not any(step.outcome in GOOD for step in applied.result.steps)


HOLDER = """
import sys
from pathlib import Path
from gitops.cli.wiring import new_clock
from gitops.errors import LockLost
from gitops.history.holder import this_process
from tests.conformance.history import make_declared, make_plan, make_record, make_state
from tests.history import open_history

history = open_history(Path(sys.argv[1]), holder=this_process("Ada <ada@example.com>"), clock=new_clock(), ttl_s=1.0)
with history.claim("gitops apply") as tenure:
    tenure.start(make_record(), make_declared(), make_plan(), make_state())
    print("started", flush=True)
    for _ in sys.stdin:
        try:
            tenure.check()
        except LockLost as lost:
            print(lost.message, flush=True)
        else:
            print("held", flush=True)
"""


def test_a_stopped_process_loses_its_lock_after_a_ttl_and_knows_it_before_it_writes_again(tmp_path):
    folder = make_repository(tmp_path / "r")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert "started\n" == holder.stdout.readline()
        print("still there?", file=holder.stdin)
        assert "held\n" == holder.stdout.readline()
        holder.send_signal(signal.SIGSTOP)
        history = open_history(folder, holder=ME, clock=new_clock(), wait_s=30.0)
        with history.claim(COMMAND) as tenure:
            holder.send_signal(signal.SIGCONT)
            print("and now?", file=holder.stdin)
            said = holder.stdout.readline()

            assert "was taken away from this command" in said or "could not be renewed for 1s" in said
            assert tenure.took_over.endswith("it was not renewed for 1s")
            tenure.check()
        assert "" == git(folder, "for-each-ref", LOCK)
    finally:
        holder.kill()
        holder.communicate()
