"""What is said of a desired state before any platform is asked."""

from dataclasses import replace

import pytest

from gitops.diagnostics import Code, Diagnostic, Severity
from gitops.model.field import Effect, FieldRule, Level
from gitops.planning.checks import check
from tests.builders import TRAITS, make_card, make_desired, make_endpoint


def found(desired, traits=TRAITS) -> list[tuple[Severity, Code]]:
    return [(one.severity, one.code) for one in check(desired, traits)]


def only(desired, traits=TRAITS) -> Diagnostic:
    (diagnostic,) = check(desired, traits)
    return diagnostic


def test_a_sound_state_has_no_diagnostic():
    assert () == check(make_desired(), TRAITS)


def test_a_key_that_the_platform_does_not_act_on_is_a_warning_that_names_the_platform():
    diagnostic = only(make_desired(cards=make_card(num_gpus=1)))

    assert (Severity.WARNING, Code.KEY_NOT_ACTED_ON) == (diagnostic.severity, diagnostic.code)
    assert "the embedded platform does not act on num_gpus of model card aloha" == diagnostic.summary


def test_where_a_platform_has_nothing_that_a_key_could_mean_the_warning_says_why():
    diagnostic = only(make_desired(cards=make_card(shm_size="8G")))

    assert diagnostic.summary == (
        "the embedded platform does not act on shm_size of model card aloha: replicas share the machine's own /dev/shm"
    )


def test_a_key_is_complained_about_once_however_many_endpoints_serve_the_card():
    endpoints = [make_endpoint("north"), make_endpoint("south")]

    assert [Code.KEY_NOT_ACTED_ON] == [code for _, code in found(make_desired(endpoints, make_card(num_gpus=1)))]


def test_the_keys_of_a_card_whose_files_nobody_serves_do_not_matter():
    desired = make_desired(make_endpoint(version="v0"), make_card(num_gpus=1, entry_point=""))

    assert [] == found(desired)


def test_a_card_that_no_endpoint_serves_is_a_warning():
    diagnostic = only(make_desired(cards=[make_card(), make_card("spare", num_gpus=1, entry_point="")]))

    assert (Severity.WARNING, Code.UNUSED_CARD) == (diagnostic.severity, diagnostic.code)
    assert "models/spare.yaml:1:1" == str(diagnostic.place)


def test_a_card_without_entry_point_is_refused_where_the_platform_needs_one():
    assert [(Severity.ERROR, Code.ENTRY_POINT_MISSING)] == found(make_desired(cards=make_card(entry_point="")))


def test_a_card_without_entry_point_is_welcome_where_the_platform_needs_none():
    assert [] == found(make_desired(cards=make_card(entry_point="")), replace(TRAITS, needs_entry_point=False))


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas"), [(0, 0, 3), ("0%", "0%", 3), (0, "25%", 3), (0, "99%", 1)]
)
def test_a_rollout_that_could_never_move_is_refused(surge, unavailable, replicas: int):
    rollout = {"max_surge": surge, "max_unavailable": unavailable}
    diagnostic = only(make_desired(make_endpoint(replicas=replicas, rollout=rollout)))

    assert (Severity.ERROR, Code.NO_ROLLOUT_ROOM) == (diagnostic.severity, diagnostic.code)
    assert "endpoints/aloha.yaml:7:1" == str(diagnostic.place)
    assert "" != diagnostic.hint


def test_the_same_shares_are_fine_where_they_come_to_a_replica():
    rollout = {"max_surge": 0, "max_unavailable": "25%"}

    assert [] == found(make_desired(make_endpoint(replicas=4, rollout=rollout)))


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (["50%", 1, "100%"], "batch 1 (1 of 4) comes after 50% (2 of 4)"),
        ([3, 2], "batch 2 (2 of 4) comes after 3 (3 of 4)"),
        ([0, 1], "a batch of 0 updates no replica"),
        (["0%", "100%"], "a batch of 0% updates no replica"),
    ],
)
def test_batches_that_do_not_ascend_are_refused(batches, words: str):
    diagnostic = only(make_desired(make_endpoint(replicas=4, rollout={"batches": batches})))

    assert (Severity.ERROR, Code.INVALID_VALUE) == (diagnostic.severity, diagnostic.code)
    assert f"endpoint aloha: {words}" == diagnostic.summary


@pytest.mark.parametrize("batches", [[1, "50%", "100%"], [1, 1], [5, 10], ["50%", "50%"]])
def test_batches_that_come_to_the_same_number_are_fine(batches):
    assert [] == found(make_desired(make_endpoint(replicas=4, rollout={"batches": batches})))


def test_a_field_that_cannot_exist_on_the_platform_is_refused_where_it_is_written():
    rule = FieldRule(level=Level.UNSUPPORTED, effect=Effect.ROLLING, note="its fleet has no GPUs")
    traits = replace(TRAITS, fields={**TRAITS.fields, "gpus_per_replica": rule})
    diagnostic = only(make_desired(make_endpoint(gpus_per_replica=1)), traits)

    assert "endpoint aloha sets gpus_per_replica, which the embedded platform cannot do" == diagnostic.summary
    assert ("endpoints/aloha.yaml:6:1", "its fleet has no GPUs") == (str(diagnostic.place), diagnostic.hint)
    assert [] == found(make_desired(make_endpoint()), traits)


def test_all_mistakes_are_found_at_once_in_the_order_of_their_places():
    desired = make_desired(
        [make_endpoint("b", rollout={"max_surge": 0}), make_endpoint("a", rollout={"batches": [0]})],
        [make_card(entry_point=""), make_card("spare")],
    )

    assert [Code.INVALID_VALUE, Code.NO_ROLLOUT_ROOM, Code.ENTRY_POINT_MISSING, Code.UNUSED_CARD] == [
        code for _, code in found(desired)
    ]
