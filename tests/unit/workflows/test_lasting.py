"""What is remembered although no step is about it, what is taken back where nothing was done, what a file may not."""

import json
from dataclasses import replace

import pytest

from gitops.errors import Conflict, GuardRefused, PlanStale, PlanUnusable, Rejected
from gitops.model.desired import Desired, Environment, TensorOperaPlatform
from gitops.model.event import Outcome
from gitops.model.guard import Allowance
from gitops.model.live import Absent, Phase, PlatformIdentity
from gitops.model.record import Entry, Ownership, RecordKind
from gitops.model.secret import Secret
from gitops.planning.planner import plan
from gitops.planning.remembered import Remembered, Terms
from gitops.workflows.adoption import Where, take_over
from gitops.workflows.carrying import Applied, Mission
from gitops.workflows.edges import Ask
from gitops.workflows.planfile import ask_of, parse_plan
from tests.builders import IDENTITY, WHOLE, make_card, make_desired, make_endpoint, make_live
from tests.fakes.desk import Desk
from tests.fakes.world import CRASHING

TWO = make_card(marker="two")
FOREIGN = {"model": "aloha", "version": "v0", "gpus_per_replica": 0, "resource": None, "progress_deadline_s": 60}


def declare(desk: Desk, *endpoints, cards=None) -> None:
    desk.source.desired = make_desired(list(endpoints), cards)


def allowed(**counts) -> Ask:
    return Ask(allowance=Allowance(**counts))


def destroy(desk: Desk, ask: Ask) -> Applied:
    return desk.apply(ask=replace(ask, destroys=True), mission=Mission(kind=RecordKind.DESTROY))


def foreign(desk: Desk, name: str) -> None:
    """Somebody else creates an endpoint."""
    desk.platform.create(name, replicas=1, **FOREIGN)
    desk.clock.sleep(60)


@pytest.fixture
def desk() -> Desk:
    """Two endpoints, applied."""
    desk = Desk(make_desired([make_endpoint("a", replicas=2), make_endpoint("b", replicas=2)]))
    desk.apply()
    return desk


# What is no step.


def test_an_apply_that_finds_all_as_it_was_remembered_records_nothing(desk):
    assert desk.apply().result is None
    assert len(desk.history.deployments()) == 1


def test_protection_is_remembered_once_it_was_applied(desk):
    declare(desk, make_endpoint("a", replicas=2, deletion="protect"), make_endpoint("b", replicas=2))
    applied = desk.apply()
    declare(desk, make_endpoint("b", replicas=2))

    assert (applied.result.outcome, applied.record.number) == (Outcome.UNCHANGED, 2)
    with pytest.raises(GuardRefused, match="deletion: protect was last applied to it"):
        desk.apply(ask=allowed(deletes=1))


def test_protection_is_lifted_once_that_was_applied(desk):
    declare(desk, make_endpoint("a", replicas=2, deletion="protect"), make_endpoint("b", replicas=2))
    desk.apply()
    declare(desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2))
    desk.apply()
    declare(desk, make_endpoint("b", replicas=2))

    desk.apply(ask=allowed(deletes=1))

    assert isinstance(desk.platform.read(["a"])["a"], Absent)


def test_a_hold_ends_with_the_apply_of_files_that_ask_for_something_else(desk):
    declare(desk, make_endpoint("a", replicas=4), make_endpoint("b", replicas=2))
    desk.apply()
    desk.revert("1")
    declare(desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2))
    desk.apply()
    declare(desk, make_endpoint("a", replicas=4), make_endpoint("b", replicas=2))

    plan = desk.plan()

    assert (plan.held, len(plan.steps)) == ((), 1)


def test_what_is_gone_and_not_declared_is_ours_no_more(desk):
    declare(desk, make_endpoint("b", replicas=2))
    desk.platform.remove("a")
    desk.apply()
    foreign(desk, "a")

    assert "a" not in desk.entries
    assert desk.plan().changes == ()


def test_a_revert_to_what_is_there_already_holds_what_the_files_ask_beyond_it(desk):
    declare(desk, make_endpoint("a", replicas=4), make_endpoint("b", replicas=2))
    desk.apply()
    desk.platform.scale("a", replicas=2)
    desk.clock.sleep(60)

    desk.revert("1")

    assert [held.field for held in desk.plan().held] == ["replicas"]


def test_a_revert_holds_also_where_the_files_cannot_be_read(desk):
    declare(desk, make_endpoint("a", replicas=4), make_endpoint("b", replicas=2))
    desk.apply()
    good, desk.source.desired = desk.source.desired, None
    desk.revert("1")
    desk.source.desired = good

    assert [held.field for held in desk.plan().held] == ["replicas"]


# What the files of today protect.


def test_destroy_heeds_what_the_files_declare_protected_and_nobody_applied_yet(desk):
    declare(desk, make_endpoint("a", replicas=2, deletion="protect"), make_endpoint("b", replicas=2))

    with pytest.raises(GuardRefused, match="endpoint a must not be deleted: it is declared with deletion: protect"):
        destroy(desk, allowed(deletes=2))


def test_a_revert_heeds_what_the_files_declare_protected(desk):
    declare(
        desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2), make_endpoint("c", deletion="protect")
    )
    desk.apply()

    with pytest.raises(GuardRefused, match="deletion: protect"):
        desk.revert("1", allowed(deletes=1))


def test_destroy_deletes_what_is_held_too(desk):
    declare(desk, make_endpoint("a", replicas=2))
    desk.apply(ask=allowed(deletes=1))
    desk.revert("1")

    destroy(desk, allowed(deletes=2))

    assert desk.entries == {}


# What was not done.


def test_what_was_not_tried_to_create_is_not_ours(desk):
    crashing = make_card("two", marker="two")
    desk.platform.behaviours[crashing.digest] = CRASHING
    declare(
        desk,
        make_endpoint("a", replicas=2),
        make_endpoint("b", replicas=2),
        make_endpoint("y", model="two"),
        make_endpoint("z", depends_on=("y",)),
        cards=[make_card(), crashing],
    )
    result = desk.apply().result

    assert [one.outcome for one in result.steps][-1] is Outcome.NOT_TRIED
    assert ("y" in desk.entries, "z" in desk.entries) == (True, False)


def test_a_name_that_somebody_else_took_is_not_ours(desk, monkeypatch):
    def taken(name, **_wish):
        raise Conflict(f"there is another endpoint {name}")

    declare(desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2), make_endpoint("z"))
    monkeypatch.setattr(desk.platform, "create", taken)
    desk.apply()

    assert "z" not in desk.entries


@pytest.fixture
def put_back(desk) -> Desk:
    """A version that was put back, and is held."""
    desk.platform.behaviours[TWO.digest] = CRASHING
    declare(desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2), cards=TWO)
    desk.apply()
    assert {held.endpoint for held in desk.plan().held} == {"a", "b"}
    return desk


def refuse(*_words, **_wish):
    raise Rejected("no")


def test_a_retry_that_is_refused_leaves_it_held(put_back, monkeypatch):
    monkeypatch.setattr(put_back.platform, "roll_out", refuse)
    put_back.apply(ask=allowed(retries=2))

    assert {held.endpoint for held in put_back.plan().held} == {"a", "b"}


def test_a_revert_that_failed_half_holds_what_it_reached(desk, monkeypatch):
    declare(desk, make_endpoint("a", replicas=3), make_endpoint("b", replicas=2), cards=TWO)
    desk.apply()
    monkeypatch.setattr(desk.platform, "scale", refuse)
    desk.revert("1")

    assert {(held.endpoint, held.field) for held in desk.plan().held} == {("a", "version"), ("b", "version")}


# What `--only` leaves alone.


def test_a_revert_of_one_endpoint_holds_no_other(desk):
    declare(desk, make_endpoint("a", replicas=3), make_endpoint("b", replicas=2))
    desk.apply()
    declare(desk, make_endpoint("a", replicas=3), make_endpoint("b", replicas=5), make_endpoint("c"))
    desk.revert("1", Ask(only=("a",)))

    plan = desk.plan()

    assert [held.endpoint for held in plan.held] == ["a"]
    assert [change.endpoint for change in plan.changes] == ["b", "c"]


def test_to_destroy_one_endpoint_forgets_nothing_of_the_others(desk):
    desk.platform.scale("b", replicas=3)
    desk.clock.sleep(60)
    destroy(desk, replace(allowed(deletes=1), only=("a",)))

    (drifted,) = (change for change in desk.plan().changes if change.endpoint == "b")

    assert [field.origin for field in drifted.fields] == ["drift"]


# A plan in a file.


def apply_file(desk: Desk, text: str, **counts) -> Applied:
    planned = parse_plan(text.encode(), "plan.json")
    ask = ask_of(planned, None, Allowance(**counts), desk.repository)
    return desk.apply(ask=ask, mission=Mission(planned=planned))


def test_what_a_file_says_was_acknowledged_counts_for_nothing(desk):
    declare(desk, make_endpoint("b", replicas=2))
    text = desk.plan(allowed(deletes=1)).model_dump_json()

    with pytest.raises(GuardRefused, match="endpoint a would be deleted"):
        apply_file(desk, text)
    assert apply_file(desk, text, deletes=1).result.outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("key", ["changes", "counts"])
def test_a_file_that_hides_what_its_steps_do_is_refused(desk, key):
    declare(desk, make_endpoint("b", replicas=2))
    hiding = json.loads(desk.plan().model_dump_json())
    hiding[key] = type(hiding[key])()

    with pytest.raises(PlanUnusable, match="what it shows is not what its steps do"):
        parse_plan(json.dumps(hiding).encode(), "plan.json")


def test_to_adopt_something_else_than_was_reviewed_is_stale(desk):
    foreign(desk, "x")
    declare(desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2), make_endpoint("x"))
    text = desk.plan(allowed(adoptions=1)).model_dump_json()
    where = Where("aloha", "local", desk.platform.identity(), desk.repository.state())
    take_over(desk.history, where, [desk.platform.live("x")], None, desk.clerk)
    foreign(desk, "y")
    declare(
        desk, make_endpoint("a", replicas=2), make_endpoint("b", replicas=2), make_endpoint("x"), make_endpoint("y")
    )

    with pytest.raises(PlanStale, match="endpoint y: to adopt it was not planned"):
        apply_file(desk, text, adoptions=1)


def test_a_secret_that_moved_since_the_review_is_stale():
    def declared(value: str):
        card = make_card(environment_variables={"TOKEN": Secret(value, reference="TOKEN")})
        return make_desired(make_endpoint(), card)

    desk = Desk(declared("reviewed"))
    text = desk.plan().model_dump_json()
    desk.source.desired = declared("another")

    with pytest.raises(PlanStale, match="model card aloha"):
        apply_file(desk, text)
    assert "reviewed" not in text


# Another platform, and one that fails.


def test_nothing_is_adopted_while_the_history_is_about_another_platform():
    def at(url: str) -> PlatformIdentity:
        return PlatformIdentity(kind="tensoropera", url=url)

    tenant = Environment(platform=TensorOperaPlatform(kind="tensoropera", url="https://one.example.com"))
    desk = Desk(make_desired([make_endpoint("a")]), environment=tenant)
    desk.platform.identity = lambda: at("https://one.example.com")
    desk.apply()
    foreign(desk, "c")
    where = Where("aloha", "local", at("https://two.example.com"), desk.repository.state())

    with pytest.raises(GuardRefused, match=r"is about tensoropera at https://one\.example\.com"):
        take_over(desk.history, where, [desk.platform.live("c")], None, desk.clerk)
    assert len(desk.history.deployments()) == 1


def test_one_that_failed_and_is_not_declared_any_more_is_deleted_where_a_platform_rolls_by_itself():
    entry = Entry(owned=Ownership.CREATED, deployment=1)
    known = Remembered(entries={"a": entry}, last_deployment=1)
    failed = {"a": make_live("a", phase=Phase.FAILED, members=())}

    planned = plan(Desired("aloha", "local"), failed, {}, {}, WHOLE, IDENTITY, known, Terms(destroys=True))

    assert [step.kind for step in planned.plan.steps] == ["delete_endpoint"]
