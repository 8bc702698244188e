"""The use cases over fakes: what is written, what is refused, and what is left behind."""

import pytest

from gitops.diagnostics import Code, InputError, error, warning
from gitops.errors import ExitCode, PlanStale, Unreachable, UsageError
from gitops.workflows.observe import report, snapshot, status
from gitops.workflows.validate import validate
from tests.builders import TRAITS, make_card, make_desired, make_endpoint
from tests.fakes.desk import Desk


def test_an_approved_plan_is_carried_out_between_two_snapshots():
    desk = Desk()

    applied = desk.apply()

    assert applied.result.exit_code is ExitCode.DONE
    assert desk.writes == ["push", "create"]
    assert [len(desk.shelf.kept[name].endpoints) for name in ("before", "after")] == [0, 1]
    assert desk.plan().steps == ()


def test_a_plan_that_is_not_approved_writes_nothing():
    desk = Desk()

    applied = desk.apply(lambda plan: False)

    assert (applied.result, desk.writes, desk.shelf.kept) == (None, [], {})


def test_a_plan_without_steps_takes_no_snapshot():
    desk = Desk()
    desk.apply()
    desk.shelf.kept.clear()

    assert desk.apply().result is None
    assert desk.shelf.kept == {}


def test_what_moves_while_the_plan_is_being_approved_makes_it_stale_and_nothing_is_written():
    desk = Desk()

    def approve_slowly(plan):
        desk.source.desired = make_desired(make_endpoint(replicas=7))
        return True

    with pytest.raises(PlanStale, match="aloha"):
        desk.apply(approve_slowly)

    assert desk.writes == []


def test_only_what_moved_is_named():
    desk = Desk(make_desired([make_endpoint("north"), make_endpoint("south")]))

    def approve_slowly(plan):
        desk.source.desired = make_desired([make_endpoint("north"), make_endpoint("south", replicas=7)])
        return True

    with pytest.raises(PlanStale, match=r"is stale: endpoint south: [^;]*$"):
        desk.apply(approve_slowly)


def test_an_autoscaler_that_moves_the_number_while_the_plan_is_being_approved_makes_nothing_stale():
    policy = {"min_replicas": 1, "max_replicas": 4, "requests_per_replica": 10}
    desk = Desk(make_desired(make_endpoint(autoscale=policy)))
    desk.apply()
    desk.source.desired = make_desired(make_endpoint(replicas=2), make_card(marker="two"))

    def approve_slowly(plan):
        desk.platform.autoscaler_moves("aloha", 3)
        return True

    assert desk.apply(approve_slowly).result.exit_code is ExitCode.DONE
    assert (desk.platform.live("aloha").version, desk.platform.live("aloha").replicas) == ("v1", 2)


def test_errors_of_the_files_and_of_the_checks_are_refused_together_before_a_platform_is_asked():
    desk = Desk(make_desired(make_endpoint(rollout={"max_surge": 0})))
    desk.source.diagnostics = (error(Code.UNKNOWN_KEY, "no such key"),)

    with pytest.raises(InputError) as raised:
        desk.apply()

    assert {one.code for one in raised.value.diagnostics} == {Code.UNKNOWN_KEY, Code.NO_ROLLOUT_ROOM}
    assert desk.platform.calls == []


def test_warnings_of_the_files_are_in_the_plan_once():
    desk = Desk(make_desired(cards=make_card(shm_size="8G")))
    desk.source.diagnostics = (warning(Code.UNTRACKED_FILES, "a file is untracked"),)

    codes = [one.code for one in desk.plan().warnings]

    assert sorted(codes) == [Code.KEY_NOT_ACTED_ON, Code.UNTRACKED_FILES]


def test_a_snapshot_that_cannot_be_taken_afterwards_hides_nothing():
    desk = Desk()
    calm = desk.platform.counters

    def counters(names):
        if desk.writes:
            raise Unreachable("gone")
        return calm(names)

    desk.platform.counters = counters
    applied = desk.apply()

    assert (applied.result.exit_code, applied.lost.message) == (ExitCode.DONE, "gone")
    assert list(desk.shelf.kept) == ["before"]


def test_status_tells_a_missing_endpoint_from_one_that_serves():
    desk = Desk(make_desired([make_endpoint(), make_endpoint("other")]))
    missing = status(desk.edges, None, desk.clock)
    desk.apply()
    there = status(desk.edges, None, desk.clock)

    assert [(row.name, row.health) for row in missing.endpoints] == [("aloha", "missing"), ("other", "missing")]
    assert [(row.health, row.version, row.ready) for row in there.endpoints] == [("healthy", "v0", 1)] * 2


def test_a_report_needs_the_snapshots_of_an_apply_or_two_of_your_own():
    desk = Desk()
    with pytest.raises(UsageError, match="nothing to report on"):
        report(desk.source, None, desk.shelf, None, None)
    desk.apply()
    own = snapshot(desk.source, desk.connect, desk.traits_of, None, desk.clock)

    assert report(desk.source, None, desk.shelf, None, None).endpoints[0].before is None
    assert report(desk.source, None, desk.shelf, own, own).endpoints[0].after.version == "v0"


def test_validate_asks_no_platform():
    desk = Desk(make_desired(make_endpoint(rollout={"max_surge": 0})))

    found = validate(desk.source, lambda _: TRAITS, None)

    assert [one.code for one in found] == [Code.NO_ROLLOUT_ROOM]
    assert desk.platform.calls == []
