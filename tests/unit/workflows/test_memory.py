"""What an apply leaves in memory, and what the next plan makes of it."""

import pytest

from gitops.diagnostics import Code, InputError, error
from gitops.errors import ExitCode, GuardRefused, HistoryError, Locked, PlanStale, UsageError
from gitops.model.change import Action, Origin
from gitops.model.desired import Environment, LocalPlatform, TensorOperaPlatform
from gitops.model.event import Outcome
from gitops.model.guard import Allowance, Guard
from gitops.model.live import PlatformIdentity
from gitops.model.record import Ownership, RecordKind
from gitops.workflows.carrying import Mission
from gitops.workflows.edges import Ask
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.desk import Desk
from tests.fakes.platform import Fault, unreachable
from tests.fakes.world import CRASHING

TWO = make_card(marker="two")


def declare(desk: Desk, *endpoints, cards=None):
    desk.source.desired = make_desired(list(endpoints), cards)


def origins(plan):
    return {(change.endpoint, field.field): field.origin for change in plan.changes for field in change.fields}


@pytest.fixture
def desk():
    """One endpoint of two replicas, applied."""
    desk = Desk(make_desired(make_endpoint(replicas=2)))
    assert desk.apply().result.exit_code is ExitCode.DONE
    return desk


def test_what_was_created_is_ours_as_it_was_applied(desk):
    entry = desk.entries["aloha"]

    assert (entry.owned, entry.deployment) == (Ownership.CREATED, 1)
    assert (entry.applied.replicas, entry.applied.version.name) == (2, "v0")
    assert desk.history.calls == ["start 1", "finish 1 succeeded"]


def test_a_record_tells_who_what_from_where_and_how_it_ended(desk):
    (deployment,) = desk.history.deployments()
    record = deployment.record

    assert (record.number, record.kind, record.outcome) == (1, RecordKind.APPLY, Outcome.SUCCEEDED)
    assert (record.summary, record.source.commit) == ("1 created", "c" * 40)
    assert [step.kind for step in record.steps] == ["push_model_card", "create_endpoint"]
    assert "replicas 2" in record.changes["aloha"]


def test_everything_that_an_apply_saw_is_kept(desk):
    detail = desk.history.deployment(1)

    assert detail.plan.fingerprint == detail.deployment.record.fingerprint
    assert (detail.events[0].kind, detail.events[-1].kind) == ("apply_started", "apply_finished")
    assert [len(one.endpoints) for one in (detail.before, detail.after)] == [0, 1]
    assert detail.report.endpoints[0].after.version == "v0"


def test_nothing_reaches_the_platform_before_it_is_kept_that_it_begins(desk):
    declare(desk, make_endpoint(replicas=3))
    desk.history.start_fault = HistoryError("the remote refuses")
    before = len(desk.writes)

    with pytest.raises(HistoryError, match="refuses"):
        desk.apply()

    assert len(desk.writes) == before
    assert desk.history.holder() is None


def test_who_finds_it_locked_writes_nothing(desk):
    declare(desk, make_endpoint(replicas=3))
    desk.history.held_by("Bob <bob@example.com>")
    before = len(desk.writes)

    with pytest.raises(Locked, match="Bob"):
        desk.apply()

    assert len(desk.writes) == before


def test_what_the_files_ask_anew_is_declared(desk):
    declare(desk, make_endpoint(replicas=3))

    assert origins(desk.plan()) == {("aloha", "replicas"): Origin.DECLARED}


def test_what_the_world_moved_is_drift(desk):
    desk.platform.scale("aloha", replicas=5)
    desk.clock.sleep(60)

    assert origins(desk.plan()) == {("aloha", "replicas"): Origin.DRIFT}


def test_what_both_moved_is_declared_over_drift(desk):
    declare(desk, make_endpoint(replicas=3))
    desk.platform.scale("aloha", replicas=5)
    desk.clock.sleep(60)

    assert origins(desk.plan()) == {("aloha", "replicas"): Origin.OVER_DRIFT}


def test_what_an_apply_could_not_do_is_pending_and_the_entry_stays(desk):
    declare(desk, make_endpoint(replicas=2, gpus_per_replica=1), cards=TWO)
    desk.platform.behaviours[TWO.digest] = CRASHING
    failed = desk.apply()
    declare(desk, make_endpoint(replicas=2, gpus_per_replica=1))

    assert failed.result.outcome is Outcome.ROLLED_BACK
    assert desk.entries["aloha"].applied.gpus_per_replica == 0
    assert origins(desk.plan()) == {("aloha", "gpus_per_replica"): Origin.PENDING}


def test_a_base_tells_what_this_change_asks_for_from_what_was_asked_before(desk):
    desk.commit("b" * 40, make_desired(make_endpoint(replicas=4)))
    declare(desk, make_endpoint(replicas=4, gpus_per_replica=1))

    plan = desk.plan(Ask(base="bbb"))

    assert plan.base.commit == "b" * 40
    assert origins(plan) == {
        ("aloha", "replicas"): Origin.PENDING,
        ("aloha", "gpus_per_replica"): Origin.DECLARED,
    }


def test_a_base_whose_files_are_broken_is_named(desk):
    desk.commit("b" * 40, None, (error(Code.INVALID_YAML, "no"),))

    with pytest.raises(InputError, match="commit bbbbbbbbbbbb"):
        desk.plan(Ask(base="bbb"))


def test_only_declared_leaves_drift_and_exactly_that_is_left(desk):
    desk.platform.scale("aloha", replicas=5)
    desk.clock.sleep(60)
    declare(desk, make_endpoint(replicas=2, gpus_per_replica=1))
    ask = Ask(only_declared=True)
    first = desk.plan(ask)
    desk.apply(ask=ask)
    after = desk.plan()

    assert origins(first) == {("aloha", "gpus_per_replica"): Origin.DECLARED}
    assert [(one.endpoint, one.fields[0].field) for one in first.drift] == [("aloha", "replicas")]
    assert origins(after) == {("aloha", "replicas"): Origin.DRIFT}
    assert desk.plan(ask).steps == ()


def test_what_is_gone_from_the_platform_is_created_again_as_drift_and_left_with_only_declared(desk):
    desk.platform.delete("aloha")
    desk.clock.sleep(60)

    assert [(one.action, one.fields[0].origin) for one in desk.plan().changes] == [(Action.CREATE, Origin.DRIFT)]
    left = desk.plan(Ask(only_declared=True))
    assert (left.steps, [one.endpoint for one in left.drift]) == ((), ["aloha"])


def test_a_declared_endpoint_that_is_nobodys_is_adopted_only_when_acknowledged(desk):
    desk.history.ledger.kept.clear()
    with pytest.raises(GuardRefused, match="adopted"):
        desk.apply()
    applied = desk.apply(ask=Ask(allowance=Allowance(adoptions=1)))

    assert applied.result.exit_code is ExitCode.DONE
    assert desk.entries["aloha"].owned is Ownership.ADOPTED
    assert desk.entries["aloha"].applied.replicas == 2
    assert desk.plan().changes == ()


def test_what_is_ours_and_no_longer_declared_is_deleted_only_when_acknowledged(desk):
    declare(desk, make_endpoint("other"))
    desk.apply(ask=Ask(only=("other",)))
    before = len(desk.writes)

    with pytest.raises(GuardRefused, match="endpoint aloha would be deleted"):
        desk.apply()
    assert len(desk.writes) == before
    desk.apply(ask=Ask(allowance=Allowance(deletes=1)))

    assert desk.writes[-1] == "delete"
    assert set(desk.entries) == {"other"}
    assert desk.plan().steps == ()


def test_more_than_was_acknowledged_still_stops(desk):
    declare(desk, *(make_endpoint(name) for name in ("aloha", "second", "third")))
    desk.apply()
    declare(desk, make_endpoint("third"))

    with pytest.raises(GuardRefused, match="2 endpoints"):
        desk.apply(ask=Ask(allowance=Allowance(deletes=1)))


def test_what_is_protected_is_never_deleted(desk):
    declare(desk, make_endpoint(replicas=2, deletion="protect"), make_endpoint("other"))
    desk.apply()
    declare(desk, make_endpoint(replicas=2, deletion="allow"), make_endpoint("other"))
    desk.plan()
    declare(desk, make_endpoint("other"))

    with pytest.raises(GuardRefused, match="must not be deleted"):
        desk.apply(ask=Ask(allowance=Allowance(deletes=9)))


def test_declaring_nothing_is_refused_but_for_destroy(desk):
    desk.source.desired = make_desired([make_endpoint()])
    desk.source.desired = type(desk.source.desired)("aloha", "local")
    allowed = Allowance(deletes=1)

    assert [one.guard for one in desk.plan(Ask(allowance=allowed)).findings if one.refuses] == [Guard.EMPTY]
    applied = desk.apply(ask=Ask(allowance=allowed, destroys=True), mission=Mission(kind=RecordKind.DESTROY))

    assert applied.result.exit_code is ExitCode.DONE
    assert desk.entries == {}
    assert desk.history.deployments()[0].record.kind is RecordKind.DESTROY


def test_a_version_that_was_rolled_back_is_held_until_the_files_ask_for_another(desk):
    declare(desk, make_endpoint(replicas=2), cards=TWO)
    desk.platform.behaviours[TWO.digest] = CRASHING
    assert desk.apply().result.outcome is Outcome.ROLLED_BACK
    held = desk.plan()
    again = desk.plan(Ask(allowance=Allowance(retries=1)))
    three = make_card(marker="three")
    declare(desk, make_endpoint(replicas=2), cards=three)
    desk.apply()

    assert (held.steps, [(one.endpoint, one.field) for one in held.held]) == ((), [("aloha", "version")])
    assert held.held[0].reason.startswith("rolled back")
    assert [step.kind for step in again.steps] == ["roll_out"]
    assert desk.entries["aloha"].held == ()


def test_the_rest_of_an_endpoint_is_applied_while_its_version_is_held(desk):
    declare(desk, make_endpoint(replicas=2), cards=TWO)
    desk.platform.behaviours[TWO.digest] = CRASHING
    desk.apply()
    declare(desk, make_endpoint(replicas=4), cards=TWO)
    desk.apply()

    live = desk.platform.live("aloha")
    assert (live.version, live.replicas) == ("v0", 4)
    assert [one.field for one in desk.plan().held] == ["version"]


def test_a_revert_goes_back_and_holds_what_the_files_ask_beyond_it(desk):
    declare(desk, make_endpoint(replicas=4), make_endpoint("second"), cards=TWO)
    desk.apply()

    reverted = desk.revert("1", Ask(allowance=Allowance(deletes=1)))
    plan = desk.plan()

    live = desk.platform.live("aloha")
    assert reverted.record.kind is RecordKind.REVERT
    assert (live.version, live.replicas) == ("v0", 2)
    assert plan.steps == ()
    assert [(one.endpoint, one.field) for one in plan.held] == [
        ("aloha", "replicas"),
        ("aloha", "version"),
        ("second", "endpoint"),
    ]
    assert {one.reason for one in plan.held} == {"reverted to deployment 1"}


def test_what_a_revert_holds_ends_when_the_files_ask_for_something_else(desk):
    declare(desk, make_endpoint(replicas=4))
    desk.apply()
    desk.revert("1")
    declare(desk, make_endpoint(replicas=3))
    desk.apply()
    declare(desk, make_endpoint(replicas=4))

    assert desk.plan().held == ()
    assert origins(desk.plan()) == {("aloha", "replicas"): Origin.DECLARED}


def test_a_revert_pushes_nothing_that_the_platform_has(desk):
    declare(desk, make_endpoint(replicas=2), cards=TWO)
    desk.apply()
    before = desk.writes.count("push")
    desk.revert("1")

    assert desk.writes.count("push") == before


def test_a_revert_to_a_commit_reads_its_files(desk):
    desk.commit("b" * 40, make_desired(make_endpoint(replicas=7)))

    applied = desk.revert("bbb")

    assert desk.platform.live("aloha").replicas == 7
    assert applied.record.back_to == "commit bbbbbbbbbbbb"


def test_a_revert_to_a_deployment_that_never_was_is_refused(desk):
    with pytest.raises(UsageError, match="no deployment 9"):
        desk.revert("9")


def test_a_plan_that_was_reviewed_is_applied_as_long_as_nothing_moved(desk):
    declare(desk, make_endpoint(replicas=4))
    planned = desk.plan()

    assert desk.apply(mission=Mission(planned=planned)).result.exit_code is ExitCode.DONE


def test_a_plan_that_went_stale_says_endpoint_field_from_and_now(desk):
    declare(desk, make_endpoint(replicas=4))
    planned = desk.plan()
    desk.platform.scale("aloha", replicas=3)
    desk.clock.sleep(60)
    before = len(desk.writes)

    with pytest.raises(PlanStale, match="endpoint aloha: replicas planned from 2, now it is 3"):
        desk.apply(mission=Mission(planned=planned))
    assert len(desk.writes) == before


def test_a_plan_is_no_staler_for_what_it_does_not_rely_on(desk):
    declare(desk, make_endpoint(replicas=2), make_endpoint("second"))
    planned = desk.plan()
    desk.platform.scale("aloha", replicas=3)
    desk.clock.sleep(60)

    with pytest.raises(PlanStale, match="endpoint aloha: nothing was planned"):
        desk.apply(mission=Mission(planned=planned))


def test_offline_without_a_history_says_so_and_shows_declarations_not_creates():
    desk = Desk(make_desired(make_endpoint(replicas=2)))

    plan = desk.plan(Ask(offline=True))

    assert not plan.compares
    assert (plan.changes, plan.steps, plan.counts.create) == ((), (), 0)
    assert [(one.endpoint, one.model, one.version, one.replicas) for one in plan.declarations] == [
        ("aloha", "aloha", "current", 2)
    ]
    assert desk.platform.calls == []


def test_a_version_that_is_nowhere_any_more_cannot_be_gone_back_to(desk):
    declare(desk, make_endpoint(replicas=2), cards=[TWO])
    desk.apply()
    del desk.platform._versions["aloha"][0]  # somebody deleted it in the console

    with pytest.raises(InputError) as refused:
        desk.revert("1")

    (told,) = refused.value.diagnostics
    assert told.code is Code.UNKNOWN_VERSION
    assert "whose files are in no commit here" in told.summary


def test_offline_compares_with_what_was_last_applied_and_asks_nobody(desk):
    declare(desk, make_endpoint(replicas=4))
    before = len(desk.platform.calls)

    plan = desk.plan(Ask(offline=True))

    assert len(desk.platform.calls) == before
    assert origins(plan) == {("aloha", "replicas"): Origin.DECLARED}
    assert plan.offline


def test_an_apply_that_was_killed_owns_what_it_named(desk):
    declare(desk, make_endpoint(replicas=2), make_endpoint("second"))
    desk.platform.faults = {len(desk.platform.calls) + n: Fault(unreachable()) for n in range(40)}
    desk.platform.faults = {}
    calm = desk.platform.create

    def killed(name, **fields):
        calm(name, **fields)
        raise KeyboardInterrupt

    desk.platform.create = killed
    with pytest.raises(KeyboardInterrupt):
        desk.apply()
    desk.platform.create = calm
    desk.clock.sleep(60)

    assert desk.history.deployments()[0].record.outcome is None
    assert desk.entries["second"].owned is Ownership.CREATED
    assert desk.plan().counts.adopt == 0
    assert desk.apply().plan.steps == ()


def test_another_platform_stops_the_plan_until_its_state_is_taken_over():
    tenant = Environment(platform=TensorOperaPlatform(kind="tensoropera", url="https://one.example.com"))
    desk = Desk(make_desired(make_endpoint(replicas=2)), environment=tenant)
    desk.platform.identity = lambda: PlatformIdentity(kind="tensoropera", url="https://one.example.com")
    desk.apply()
    desk.platform.identity = lambda: PlatformIdentity(kind="tensoropera", url="https://two.example.com")
    declare(desk, make_endpoint(replicas=3))

    assert [one.guard for one in desk.plan().findings if one.refuses] == [Guard.PLATFORMS]
    desk.apply(ask=Ask(allowance=Allowance(platforms=1)))
    assert desk.entries["aloha"].applied.replicas == 3
    assert desk.plan().changes == ()


def test_an_embedded_platform_of_another_installation_is_another_state():
    desk = Desk(make_desired(make_endpoint(replicas=2)), environment=Environment(platform=LocalPlatform(kind="local")))
    desk.apply()
    first = desk.platform.identity()
    desk.platform.identity = lambda: first.model_copy(update={"installation": "another"})
    refused = desk.plan().findings

    assert [one.guard for one in refused if one.refuses] == [Guard.ADOPTIONS]


def test_a_finish_that_cannot_be_pushed_hides_nothing(desk):
    declare(desk, make_endpoint(replicas=3))
    desk.history.refuses_push = True

    applied = desk.apply()

    assert applied.result.exit_code is ExitCode.DONE
    assert applied.unkept.exit_code is ExitCode.PARTLY_APPLIED
    assert desk.platform.live("aloha").replicas == 3


def test_a_lock_that_is_lost_ends_the_apply_before_the_next_write(desk):
    declare(desk, *(make_endpoint(name) for name in ("aloha", "second", "third")))
    calm = desk.platform.create

    def taken(name, **fields):
        calm(name, **fields)
        desk.history.unlock(desk.history.holder().id)

    desk.platform.create = taken
    applied = desk.apply()

    assert applied.result.exit_code is ExitCode.PARTLY_APPLIED
    assert desk.writes.count("create") < 3
