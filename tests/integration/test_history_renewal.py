"""A lock that is renewed through a remote that comes and goes: it stays ours for a ttl, and not a moment longer.

Real git, a clock of the test's own.
"""

import pytest

from gitops.errors import HistoryError, LockLost
from gitops.model.event import Outcome
from tests.conformance.history import COMMAND, make_declared, make_plan, make_record, make_state
from tests.history import LOCK, isolate
from tests.integration.gitdesk import Team, lose_answers

pytestmark = pytest.mark.slow


@pytest.fixture
def team(tmp_path, monkeypatch) -> Team:
    isolate(monkeypatch, tmp_path / "home")
    return Team(tmp_path)


def test_a_remote_that_is_away_for_less_than_a_ttl_costs_nothing(team: Team):
    with team.ada.history.claim(COMMAND) as tenure:
        tenure.start(make_record(), make_declared(), make_plan(), make_state())
        team.leave()
        for _ in range(2):
            team.ada.clock.sleep(100)
            tenure.renew()
            tenure.check()
        team.come_back()
        team.ada.clock.sleep(50)
        tenure.renew()
        team.ada.clock.sleep(200)
        tenure.check()
        tenure.finish(make_record(1, Outcome.SUCCEEDED), make_state())

    assert (Outcome.SUCCEEDED, "") == (team.bob.history.past().last.outcome, team.tip(LOCK))


def test_a_remote_that_is_away_for_a_ttl_ends_the_work(team: Team):
    with team.ada.history.claim(COMMAND) as tenure:
        tenure.start(make_record(), make_declared(), make_plan(), make_state())
        team.leave()
        team.ada.clock.sleep(299)
        tenure.renew()
        tenure.check()
        team.ada.clock.sleep(1)

        with pytest.raises(LockLost, match="could not be renewed for 5m"):
            tenure.check()
        with pytest.raises(LockLost, match="kept as refs/gitops/aloha/local/lost/1"):
            tenure.finish(make_record(1, Outcome.INTERRUPTED), make_state())
        team.come_back()
    # Nobody had taken it: so it is given back after all.
    assert "" == team.tip(LOCK)


def test_a_renewal_whose_answer_was_lost_is_ours_all_the_same(team: Team):
    with team.ada.history.claim(COMMAND) as tenure:
        tenure.start(make_record(), make_declared(), make_plan(), make_state())
        team.ada.clock.sleep(100)
        before = team.tip(LOCK)
        hook = lose_answers(team, f"mv {team.remote} {team.away}")
        tenure.renew()
        team.come_back()
        hook.unlink()
        assert before != team.tip(LOCK)
        tenure.check()
        tenure.renew()
        tenure.finish(make_record(1, Outcome.SUCCEEDED), make_state())

    assert "" == team.tip(LOCK)


def test_a_lock_whose_answer_was_lost_is_held(team: Team):
    hook = lose_answers(team)
    with team.ada.history.claim(COMMAND) as tenure:
        hook.unlink()
        tenure.start(make_record(), make_declared(), make_plan(), make_state())
        tenure.finish(make_record(1, Outcome.SUCCEEDED), make_state())

    assert "" == team.tip(LOCK)


def test_a_beginning_whose_answer_was_lost_writes_nothing_more_and_owns_what_it_named(team: Team):
    with pytest.raises(HistoryError, match="does not answer"), team.ada.history.claim(COMMAND) as tenure:
        hook = lose_answers(team, f"mv {team.remote} {team.away}")
        try:
            tenure.start(make_record(), make_declared(), make_plan(), make_state())
        finally:
            team.come_back()
            hook.unlink()

    assert "" == team.tip(LOCK)
    assert make_state() == team.bob.history.past().state
