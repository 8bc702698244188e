"""What every history promises, in memory and in git."""

from datetime import timedelta
from typing import Any, Protocol

import pytest

from gitops.errors import Locked, LockLost, UsageError
from gitops.model.event import ApplyStarted, Outcome
from gitops.model.plan import Plan
from gitops.model.record import Applied, Declared, DeclaredEndpoint, Entry, Ownership, PlatformState, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.source import SourceState
from gitops.ports import Deployment, History
from tests.builders import IDENTITY, make_endpoint
from tests.fakes.clock import BEGINNING, FakeClock

COMMAND = "gitops apply -e local"


class HistorySubject(Protocol):
    """One history as two people see it, of the project `aloha` in the environment `local`."""

    clock: FakeClock
    ours: History
    theirs: History


def make_record(number: int = 1, outcome: Outcome | None = None, **fields: Any) -> Record:
    """The record of one deployment, begun so many minutes after the beginning of time."""
    began = BEGINNING + timedelta(minutes=number)
    defaults = {
        "project": "aloha",
        "environment": "local",
        "platform": IDENTITY,
        "source": SourceState(repository="a" * 40, commit="c" * 40, branch="main"),
        "started_at": began,
        "finished_at": began + timedelta(seconds=5) if outcome else None,
        "summary": "1 to create" if outcome is None else "1 created",
        "changes": {"aloha": ("create: 2 replicas of aloha",)},
        "fingerprint": "f" * 64,
        "applied_by": "Ada <ada@example.com>",
        "tool": "0.1.0",
    }
    return Record(number=number, outcome=outcome, **{**defaults, **fields})


def make_state(deployment: int = 1) -> State:
    applied = Applied(model="aloha", version={"name": f"v{deployment}", "digest": "d" * 64}, replicas=2)
    entry = Entry(owned=Ownership.CREATED, applied=applied, since=BEGINNING, deployment=deployment)
    return State(platforms=(PlatformState(platform=IDENTITY, endpoints={"aloha": entry}),))


def make_declared() -> Declared:
    return Declared(endpoints={"aloha": DeclaredEndpoint(endpoint=make_endpoint(replicas=2), digest="d" * 64)})


def make_plan() -> Plan:
    return Plan(project="aloha", environment="local", platform=IDENTITY, fingerprint="f" * 64)


def make_snapshot() -> Snapshot:
    return Snapshot(project="aloha", environment="local", platform=IDENTITY, taken_at=BEGINNING)


def make_report() -> Report:
    return Report(
        project="aloha", environment="local", platform=IDENTITY, before_at=BEGINNING, after_at=BEGINNING, endpoints=()
    )


def deploy(history: History, number: int = 1, outcome: Outcome = Outcome.SUCCEEDED) -> None:
    """One deployment from its beginning to its end."""
    with history.claim(COMMAND) as tenure:
        tenure.start(make_record(number), make_declared(), make_plan(), make_state(number))
        tenure.finish(make_record(number, outcome), make_state(number))


def numbers(deployments: tuple[Deployment, ...]) -> list[int]:
    return [one.record.number for one in deployments]


class HistoryContract:
    """Inherit from it as `Test...` and give it a fixture `subject`."""

    # Nothing yet.

    def test_where_nothing_was_applied_there_is_no_past(self, subject: HistorySubject):
        past = subject.ours.past()

        assert (None, None, State(), None) == (past.tip, past.last, past.state, past.declared)
        assert () == subject.ours.deployments()

    def test_where_nothing_was_applied_there_is_no_deployment(self, subject: HistorySubject):
        subject.ours.past()

        with pytest.raises(UsageError):
            subject.ours.deployment(1)

    def test_where_nothing_was_applied_nothing_is_left_to_push(self, subject: HistorySubject):
        assert not subject.ours.push()

    # A deployment.

    def test_a_deployment_that_began_is_seen_without_an_outcome(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(), make_declared(), make_plan(), make_state())

            past = subject.theirs.past()

        assert (make_record(), make_state(), make_declared()) == (past.last, past.state, past.declared)

    def test_a_deployment_that_ended_is_seen_with_its_outcome(self, subject: HistorySubject):
        deploy(subject.ours, outcome=Outcome.ROLLED_BACK)

        past = subject.theirs.past()

        assert make_record(1, Outcome.ROLLED_BACK) == past.last
        assert (make_state(), make_declared(), ()) == (past.state, past.declared, past.notes)
        assert past.tip == subject.theirs.deployments()[0].commit

    def test_everything_that_it_left_is_found_again(self, subject: HistorySubject):
        events = (ApplyStarted(at=BEGINNING, steps=1), ApplyStarted(at=BEGINNING, steps=2))
        with subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(), make_declared(), make_plan(), make_state(1))
            tenure.finish(
                make_record(1, Outcome.SUCCEEDED),
                make_state(2),
                events,
                make_snapshot(),
                make_snapshot(),
                make_report(),
            )
        subject.theirs.past()

        detail = subject.theirs.deployment(1)

        assert make_record(1, Outcome.SUCCEEDED) == detail.deployment.record
        assert (make_plan(), make_declared(), make_state(2)) == (detail.plan, detail.declared, detail.state)
        assert (events, make_snapshot(), make_snapshot()) == (detail.events, detail.before, detail.after)
        assert make_report() == detail.report

    def test_a_deployment_may_have_no_plan_and_no_snapshots(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(), make_declared(), None, make_state())
            tenure.finish(make_record(1, Outcome.SUCCEEDED), make_state())
        subject.ours.past()

        detail = subject.ours.deployment(1)

        assert (None, (), None, None, None) == (detail.plan, detail.events, detail.before, detail.after, detail.report)

    def test_deployments_are_told_newest_first_and_no_more_than_asked_for(self, subject: HistorySubject):
        for number in (1, 2, 3):
            deploy(subject.ours, number)
        subject.theirs.past()

        assert [3, 2, 1] == numbers(subject.theirs.deployments())
        assert [3, 2] == numbers(subject.theirs.deployments(limit=2))

    def test_an_older_deployment_keeps_the_state_as_of_then(self, subject: HistorySubject):
        for number in (1, 2):
            deploy(subject.ours, number)
        subject.theirs.past()

        assert make_state(1) == subject.theirs.deployment(1).state
        assert make_record(1, Outcome.SUCCEEDED) == subject.theirs.deployment(1).deployment.record

    def test_a_deployment_that_was_broken_off_stays_without_an_outcome(self, subject: HistorySubject):
        with pytest.raises(RuntimeError), subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(), make_declared(), make_plan(), make_state())
            raise RuntimeError("killed")

        assert make_record() == subject.theirs.past().last
        assert subject.theirs.holder() is None

    def test_the_next_deployment_follows_one_that_was_broken_off(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(1), make_declared(), make_plan(), make_state(1))
        deploy(subject.theirs, 2)
        subject.ours.past()

        assert [2, 1] == numbers(subject.ours.deployments())
        assert subject.ours.deployment(1).deployment.record.outcome is None

    # The lock.

    def test_a_claim_without_a_deployment_leaves_nothing(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND):
            pass

        assert (None, None) == (subject.theirs.past().tip, subject.theirs.holder())

    def test_only_one_can_hold_the_lock(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            with pytest.raises(Locked) as raised, subject.theirs.claim(COMMAND):
                pass

            assert tenure.lock.holder in raised.value.message
            assert tenure.lock.id in raised.value.hint
            assert tenure.lock == subject.theirs.holder()

    def test_whoever_did_not_get_the_lock_does_not_take_it_away(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            with pytest.raises(Locked), subject.theirs.claim(COMMAND):
                pass
            tenure.check()

            assert tenure.lock == subject.ours.holder()

    def test_the_lock_is_free_after_a_deployment(self, subject: HistorySubject):
        deploy(subject.ours, 1)
        deploy(subject.theirs, 2)

        assert subject.ours.holder() is None

    def test_the_past_under_the_lock_is_the_newest(self, subject: HistorySubject):
        subject.ours.past()
        deploy(subject.theirs)

        with subject.ours.claim(COMMAND) as tenure:
            assert make_record(1, Outcome.SUCCEEDED) == tenure.past.last

    def test_the_lock_is_taken_away_by_its_id(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            assert tenure.lock.id == subject.theirs.unlock(tenure.lock.id).id
            subject.clock.sleep(60)

            with pytest.raises(LockLost):
                tenure.check()

    def test_the_lock_is_not_taken_away_by_another_id(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            with pytest.raises(UsageError) as raised:
                subject.theirs.unlock("another")
            tenure.check()

            assert tenure.lock.id in raised.value.message

    def test_a_lock_that_nobody_holds_cannot_be_taken_away(self, subject: HistorySubject):
        with pytest.raises(UsageError):
            subject.ours.unlock("any")

    def test_nothing_begins_under_a_lock_that_is_gone(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            subject.theirs.unlock(tenure.lock.id)

            with pytest.raises(LockLost):
                tenure.start(make_record(), make_declared(), make_plan(), make_state())

        assert subject.ours.past().last is None

    def test_a_lock_that_is_gone_does_not_take_the_next_ones_away(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as lost:
            subject.theirs.unlock(lost.lock.id)
            with subject.theirs.claim(COMMAND) as tenure:
                with pytest.raises(LockLost):
                    lost.start(make_record(), make_declared(), make_plan(), make_state())

                assert tenure.lock == subject.theirs.holder()

    def test_nothing_ends_under_a_lock_that_is_gone(self, subject: HistorySubject):
        with subject.ours.claim(COMMAND) as tenure:
            tenure.start(make_record(), make_declared(), make_plan(), make_state())
            subject.theirs.unlock(tenure.lock.id)
            with pytest.raises(LockLost):
                tenure.finish(make_record(1, Outcome.SUCCEEDED), make_state())

        assert make_record() == subject.theirs.past().last

    # Forgetting.

    def test_forgetting_keeps_the_newest_and_the_state(self, subject: HistorySubject):
        for number in (1, 2, 3):
            deploy(subject.ours, number)

        assert 1 == subject.ours.prune(2, "gitops history prune")

        past = subject.theirs.past()
        assert [3, 2] == numbers(subject.theirs.deployments())
        assert (make_record(3, Outcome.SUCCEEDED), make_state(3)) == (past.last, past.state)
        assert make_state(2) == subject.theirs.deployment(2).state
        with pytest.raises(UsageError):
            subject.theirs.deployment(1)

    def test_there_may_be_nothing_to_forget(self, subject: HistorySubject):
        deploy(subject.ours)
        before = subject.ours.past()

        assert 0 == subject.ours.prune(1, "gitops history prune")
        assert before == subject.ours.past()

    def test_deployments_go_on_after_forgetting(self, subject: HistorySubject):
        for number in (1, 2):
            deploy(subject.ours, number)
        subject.ours.prune(1, "gitops history prune")
        deploy(subject.theirs, 3)
        subject.ours.past()

        assert [3, 2] == numbers(subject.ours.deployments())
