"""How one endpoint as declared differs from the live one."""

import sys

import pytest

from gitops.model.change import Action, Change, FieldChange, VersionRef
from gitops.model.field import Effect, Level
from gitops.model.live import ABSENT, Absent, Live, Phase, Verdict
from gitops.planning.diff import abandoned, diff
from gitops.planning.numbers import replicas_during
from tests.builders import TRAITS, declare, make_endpoint, make_live, make_rollout

V0 = VersionRef(name="v0", digest="sha256:0")
V1 = VersionRef(name="v1", digest="sha256:1")
NEW = VersionRef(digest="sha256:2")


def change(live: Live | Absent, wanted: VersionRef = V0, **fields) -> Change:
    return diff(declare(make_endpoint(**fields)), live, wanted, TRAITS)


def field(of: Change, name: str) -> FieldChange:
    return next(one for one in of.fields if one.field == name)


def names(of: Change) -> list[str]:
    return [one.field for one in of.fields]


def test_equal_states_are_a_noop_without_fields():
    found = change(make_live())

    assert (Action.NOOP, ()) == (found.action, found.fields)


def test_a_noop_does_not_load_what_compares_differences(monkeypatch):
    for module in [name for name in sys.modules if name.partition(".")[0] == "deepdiff"]:
        monkeypatch.delitem(sys.modules, module)
    change(make_live())

    assert "deepdiff" not in sys.modules


def test_what_is_absent_is_created_with_every_field():
    found = change(ABSENT, NEW, replicas=2)

    assert Action.CREATE is found.action
    assert [("model", "aloha"), ("version", NEW), ("replicas", 2), ("gpus_per_replica", 0)] == [
        (one.field, one.new) for one in found.fields
    ]
    assert {(None, Effect.IN_PLACE)} == {(one.old, one.effect) for one in found.fields}


def test_only_what_differs_is_in_a_change():
    found = change(make_live(replicas=2), V1, replicas=3)

    assert ["version", "replicas"] == names(found)
    assert (2, 3, Effect.IN_PLACE) == (
        field(found, "replicas").old,
        field(found, "replicas").new,
        field(found, "replicas").effect,
    )


def test_a_field_says_where_it_is_written_and_what_it_costs():
    found = field(change(make_live(), gpus_per_replica=2), "gpus_per_replica")

    assert ("endpoints/aloha.yaml:6:1", Effect.ROLLING, Level.EMULATED) == (str(found.place), found.effect, found.level)


def test_the_version_that_serves_is_known_by_its_name():
    assert Action.NOOP is change(make_live(digest=None)).action


def test_a_version_that_is_not_pushed_yet_always_differs():
    found = field(change(make_live(digest="sha256:0"), NEW), "version")

    assert (V0, NEW) == (found.old, found.new)


def test_another_model_is_immutable():
    found = field(change(make_live(model="bonjour")), "model")

    assert ("bonjour", "aloha", Effect.IMMUTABLE) == (found.old, found.new, found.effect)


@pytest.mark.parametrize(
    ("rollout", "replicas", "effect"),
    [
        ({"max_surge": 1, "max_unavailable": 0}, 1, Effect.ROLLING),
        ({"max_surge": 0, "max_unavailable": 1}, 1, Effect.DOWNTIME),
        ({"max_surge": 1, "max_unavailable": 1}, 1, Effect.DOWNTIME),
        ({"max_surge": 0, "max_unavailable": 1}, 2, Effect.ROLLING),
        ({"max_surge": 0, "max_unavailable": "100%"}, 4, Effect.DOWNTIME),
    ],
)
def test_a_rollout_that_lets_every_replica_be_missing_is_downtime(rollout, replicas: int, effect: Effect):
    found = change(make_live(replicas=replicas), V1, replicas=replicas, rollout=rollout)

    assert effect is field(found, "version").effect


def test_where_nothing_serves_there_is_no_downtime():
    live = make_live(version=None, phase=Phase.FAILED)

    assert Effect.ROLLING is field(change(live, V1, rollout={"max_unavailable": 1}), "version").effect


def test_replicas_count_by_the_larger_number_during_a_rollout():
    assert 5 == replicas_during(declare(make_endpoint(replicas=2)), make_live(replicas=5))
    assert 5 == replicas_during(declare(make_endpoint(replicas=5)), make_live(replicas=2))


def test_where_nothing_serves_the_declared_number_counts():
    live = make_live(version=None, replicas=5, phase=Phase.FAILED)

    assert 2 == replicas_during(declare(make_endpoint(replicas=2)), live)


# What a rollout left behind.


@pytest.mark.parametrize("verdict", [Verdict.RUNNING, Verdict.PAUSED])
def test_an_interrupted_rollout_to_the_wanted_version_goes_on(verdict: Verdict):
    live = make_live(replicas=4, rollout=make_rollout("v1", verdict=verdict))
    found = field(change(live, V1, replicas=4), "version")

    assert "the rollout to v1 was interrupted at 1 of 4 replicas; it goes on from there" == found.note


def test_a_rollout_to_what_the_files_do_not_ask_for_is_a_change_though_the_right_version_is_verified():
    live = make_live(replicas=4, rollout=make_rollout("v1"))
    found = field(change(live, replicas=4), "version")

    assert (VersionRef(name="v1"), V0) == (found.old, found.new)
    assert "a rollout to v1 that the files do not ask for is paused at 1 of 4 replicas" == found.note


def test_a_rollout_to_other_gpus_that_the_files_do_not_ask_for_is_a_change():
    live = make_live(rollout=make_rollout("v0", gpus_per_replica=2, verdict=Verdict.RUNNING))
    found = field(change(live), "gpus_per_replica")

    assert (2, 0) == (found.old, found.new)
    assert found.note.startswith("a rollout to 2 GPUs per replica that the files do not ask for stands at 1 of 1")


def test_a_rollout_to_a_third_version_is_noted_beside_the_change():
    live = make_live(rollout=make_rollout("v5", verdict=Verdict.RUNNING))
    found = field(change(live, V1), "version")

    assert ("v0", "v1") == (found.old.name, found.new.name)
    assert found.note.startswith("a rollout to v5 that the files do not ask for")


def test_a_rollout_that_is_being_put_back_to_the_right_version_needs_nothing():
    assert Action.NOOP is change(make_live(rollout=make_rollout("v1", verdict=Verdict.ROLLING_BACK))).action


def test_a_rollout_back_to_the_right_version_needs_nothing():
    assert Action.NOOP is change(make_live(rollout=make_rollout("v0", verdict=Verdict.RUNNING))).action


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.ROLLED_BACK, "the last rollout to v1 was put back: it crashed"),
        (Verdict.FAILED, "the last rollout to v1 was put back: it crashed"),
        (Verdict.ROLLING_BACK, "the last rollout to v1 is being put back: it crashed"),
        (Verdict.SUPERSEDED, ""),
        (Verdict.SUCCEEDED, ""),
    ],
)
def test_a_version_that_was_put_back_is_tried_again_with_its_reason_in_the_note(verdict: Verdict, words: str):
    live = make_live(rollout=make_rollout("v1", verdict=verdict, reason="it crashed"))

    assert words == field(change(live, V1), "version").note


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": None, "phase": Phase.FAILED, "message": "it crashed"}, "the endpoint failed: it crashed"),
        ({"phase": Phase.FAILED}, "the endpoint failed"),
        ({"version": None, "phase": Phase.SERVING}, "nothing of it has served yet"),
        (
            {"version": None, "replicas": 2, "phase": Phase.CREATING, "rollout": make_rollout("v0")},
            "its creation was interrupted at 1 of 2 replicas of v0",
        ),
    ],
)
def test_an_endpoint_that_does_not_serve_is_rolled_out_again(fields, words: str):
    found = field(change(make_live(**fields)), "version")

    assert (V0, words) == (found.new, found.note)


def test_abandoned_is_only_what_goes_elsewhere_and_has_not_ended():
    elsewhere = make_rollout("v5")

    assert elsewhere == abandoned(make_live(rollout=elsewhere), V0, 0)
    assert elsewhere == abandoned(make_live(rollout=elsewhere), NEW, 0)
    assert abandoned(make_live(rollout=elsewhere), VersionRef(name="v5"), 0) is None
    assert abandoned(make_live(rollout=make_rollout("v5", verdict=Verdict.ROLLED_BACK)), V0, 0) is None
    assert abandoned(make_live(), V0, 0) is None
