"""The remote goes away, refuses or cannot be written, and others write to it: what people are told, and what is kept.

Real git, a fake platform.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from gitops.errors import ErrorCode, ExitCode, HistoryError, HistoryNotPushed, PlanStale
from gitops.history.holder import this_process
from gitops.model.event import Outcome
from tests.history import HISTORY, LOCK, git, isolate, open_history
from tests.integration.gitdesk import GitDesk, Team, experienced, lose_answers

pytestmark = pytest.mark.slow

REFUSE_THE_RECORD = 'while read old new ref; do case "$ref" in */history) exit 1;; esac; done'
REFUSE_THE_END = "while read old new ref; do git log -1 --format=%B $new | grep -q 'Outcome: s' && exit 1; done; exit 0"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("template") / "team"


@pytest.fixture
def team(template, tmp_path, monkeypatch) -> Team:
    """Ada has deployed twice, and Bob has seen it; he wants three replicas."""
    isolate(monkeypatch, tmp_path / "home")
    team = experienced(template, tmp_path / "team")
    team.bob.declare(3)
    return team


# Somebody else.


def test_what_others_deployed_is_known_with_the_next_plan(team: Team):
    team.ada.deploy(4)

    assert (3, ["scale"]) == (team.bob.base, [step.kind for step in team.bob.plan().steps])


def test_a_plan_that_others_overtook_between_question_and_answer_is_stale(team: Team):
    with pytest.raises(PlanStale, match="replicas planned from 2, now it is 4"):
        team.bob.apply(lambda _: bool(team.ada.deploy(4)))

    assert "" == team.tip(LOCK)


def test_an_endpoint_that_somebody_creates_during_a_plan_is_not_taken_for_nobodys(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")
    team = Team(tmp_path)
    team.bob.declare(3)
    monkeypatch.setattr(team.bob, "connect", lambda _: team.ada.deploy(2) and team.bob.platform)

    plan = team.bob.plan()

    assert (1, 0, ["scale"]) == (plan.base.deployment, plan.counts.adopt, [step.kind for step in plan.steps])


def test_a_commit_pushed_by_a_tool_that_heeds_no_lock_is_gone_on_from(team: Team):
    def push(desk: GitDesk) -> bool:
        commit = git(desk.folder, "commit-tree", f"{HISTORY}^{{tree}}", "-p", HISTORY, "-m", "x")
        git(desk.folder, "push", "--quiet", "origin", f"{commit}:{HISTORY}")
        return True

    applied = team.bob.apply(lambda _: push(team.ada))

    assert (ExitCode.DONE, None) == (applied.result.exit_code, applied.unkept)
    assert "7" == git(team.remote, "rev-list", "--first-parent", "--count", HISTORY)


def test_a_commit_pushed_by_such_a_tool_during_an_apply_keeps_the_record_here_and_says_so(team: Team):
    def push() -> None:
        git(team.ada.folder, "fetch", "--quiet", "origin", f"+{HISTORY}:{HISTORY}")
        commit = git(team.ada.folder, "commit-tree", f"{HISTORY}^{{tree}}", "-p", HISTORY, "-m", "x")
        git(team.ada.folder, "push", "--quiet", "origin", f"{commit}:{HISTORY}")

    team.bob.meanwhile = push
    applied = team.bob.apply()

    assert (ExitCode.DONE, HistoryNotPushed) == (applied.result.exit_code, type(applied.unkept))
    (note,) = team.bob.history.past().notes
    assert note.endswith("it is kept as refs/gitops/aloha/local/lost/3")


def test_a_lock_that_was_taken_away_stops_before_the_next_write_and_the_record_is_kept_aside(team: Team):
    def take() -> None:
        team.ada.history.unlock(team.ada.history.holder().id)
        team.bob.clock.sleep(60)  # for so long a look at the lock is not believed

    team.bob.meanwhile = take
    applied = team.bob.apply()

    assert (ExitCode.LOCKED, Outcome.INTERRUPTED) == (applied.result.exit_code, applied.result.outcome)
    assert (ErrorCode.LOCK_LOST, ExitCode.PARTLY_APPLIED) == (applied.unkept.code, applied.unkept.exit_code)
    assert "is kept as refs/gitops/aloha/local/lost/3" in applied.unkept.message
    assert 2 == team.bob.replicas
    assert 4 == team.ada.deploy(4)


# The remote is away.


def test_a_remote_that_is_away_lets_plans_go_on_with_the_copy_and_says_of_when_it_is(team: Team):
    team.leave()

    assert 2 == team.bob.base
    (note,) = team.bob.plan().notes
    assert "the remote origin, which keeps the history, does not answer" in note
    assert "; the copy in this clone is of 2026-03-02 09:3" in note


def test_a_remote_that_is_away_lets_nothing_be_applied(team: Team):
    team.leave()

    with pytest.raises(HistoryError, match="does not answer") as raised:
        team.bob.apply()
    assert (ErrorCode.HISTORY_UNREACHABLE, 2) == (raised.value.code, team.bob.replicas)


def test_a_remote_that_goes_away_during_an_apply_is_caught_up_with_later(team: Team):
    team.bob.meanwhile = team.leave
    applied = team.bob.apply()
    team.come_back()

    assert (ExitCode.DONE, HistoryNotPushed) == (applied.result.exit_code, type(applied.unkept))
    assert "gitops history push -e local" in applied.unkept.hint
    assert "the newest record lies in this clone only" in team.bob.plan().notes[0]
    assert team.ada.history.past().last.outcome is None
    assert team.bob.history.push()
    last = team.ada.history.past().last
    assert (3, Outcome.SUCCEEDED) == (last.number, last.outcome)
    assert not team.bob.history.push()


def test_a_push_of_what_is_left_gives_back_the_lock_of_the_process_that_left_it(team: Team):
    me = this_process("Bob")
    mine = GitDesk(team.bob.folder, "origin", replace(me, started=me.started - 1), beside=team.bob)
    mine.declare(3)
    mine.meanwhile = team.leave
    mine.apply()
    team.come_back()
    assert "" != team.tip(LOCK)

    assert open_history(team.bob.folder, "origin", me).push()
    assert "" == team.tip(LOCK)
    assert 4 == team.ada.deploy(4)


def test_what_lies_in_one_clone_only_is_pushed_with_the_next_apply_of_it(team: Team):
    team.bob.meanwhile = team.leave
    team.bob.apply()
    team.come_back()
    team.bob.history.unlock(team.bob.history.holder().id)

    assert 4 == team.bob.deploy(4)
    team.ada.history.past()
    assert [Outcome.SUCCEEDED] * 4 == team.ada.outcomes


def test_a_record_that_others_overtook_before_it_was_pushed_is_kept_aside(team: Team):
    team.bob.meanwhile = team.leave
    team.bob.apply()
    team.come_back()
    team.ada.history.unlock(team.ada.history.holder().id)
    team.ada.deploy(5)

    (note,) = team.bob.history.past().notes
    assert note.endswith("it is kept as refs/gitops/aloha/local/lost/3")
    assert "Outcome: succeeded" in git(team.bob.folder, "log", "-1", "--format=%B", "refs/gitops/aloha/local/lost/3")
    assert [Outcome.SUCCEEDED, None, Outcome.SUCCEEDED, Outcome.SUCCEEDED] == team.bob.outcomes


# Its answer is lost.


def test_an_answer_that_is_lost_is_looked_for(team: Team):
    lose_answers(team)

    assert 3 == team.bob.deploy(3)
    assert 4 == team.bob.deploy(4)
    assert (4, "") == (team.ada.base, team.tip(LOCK))


def test_an_end_that_was_kept_though_nobody_could_hear_of_it_is_not_kept_twice(team: Team):
    team.bob.meanwhile = lambda: lose_answers(team, f"mv {team.remote} {team.away}")
    applied = team.bob.apply()
    team.come_back()
    (team.remote / "hooks/reference-transaction").unlink()

    assert isinstance(applied.unkept, HistoryNotPushed)
    assert ((), False, "") == (team.bob.plan().notes, team.bob.history.push(), team.tip(LOCK))
    assert [Outcome.SUCCEEDED] * 3 == team.bob.outcomes
    assert 4 == team.ada.deploy(4)


# The remote refuses.


def test_a_remote_that_takes_no_lock_lets_nothing_be_applied_and_says_why(team: Team):
    team.decide("echo only the release team pushes here >&2; exit 1")

    with pytest.raises(HistoryError, match=r"does not take .*: only the release team pushes here"):
        team.bob.apply()
    assert 2 == team.bob.replicas


def test_a_remote_that_takes_the_lock_and_not_the_record_gets_the_lock_back_and_nothing_is_applied(team: Team):
    team.decide(REFUSE_THE_RECORD)

    with pytest.raises(HistoryError, match="does not take"):
        team.bob.apply()
    assert (2, "") == (team.bob.replicas, team.tip(LOCK))


def test_a_remote_that_does_not_take_the_end_gets_the_lock_back_and_the_record_lies_here(team: Team):
    team.decide(REFUSE_THE_END)
    applied = team.bob.apply()

    assert (HistoryNotPushed, "") == (type(applied.unkept), team.tip(LOCK))
    with pytest.raises(HistoryNotPushed, match="does not take"):
        team.bob.history.push()
    team.decide("exit 0")
    assert team.bob.history.push()
    assert [Outcome.SUCCEEDED] * 3 == team.bob.outcomes


def test_a_remote_that_can_only_be_read_lets_plans_go_on_and_nothing_be_applied(team: Team):
    git(team.bob.folder, "config", "remote.origin.pushurl", str(team.remote.with_name("read-only.git")))
    team.ada.deploy(4)

    assert (3, ()) == (team.bob.base, team.bob.plan().notes)
    with pytest.raises(HistoryError, match="does not take what is pushed below refs/gitops/aloha/local"):
        team.bob.apply()
    assert 4 == team.bob.replicas
