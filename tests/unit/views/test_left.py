import pytest

from gitops.diagnostics import Place
from gitops.model.change import Origin
from gitops.model.plan import Keeper
from gitops.model.record import EXISTENCE
from gitops.views.plan import plan_page
from tests.unit.views.plans import change, field, held, kept, manual, plan


def lines(*changes, verbose=False, **more) -> list[str]:
    return plan_page(plan(*changes, **more), verbose=verbose).plain().splitlines()


def test_what_is_held_says_what_is_asked_what_stays_since_when_why_and_how_to_try_again():
    shown = lines(held=(held(place=Place(file="endpoints/aloha.yaml", line=4)),))

    assert shown[2:] == [
        "Held: asked for, and not tried again",
        (
            "  = endpoint aloha: version new (sha256:9c9c9c9c9c9c) is asked for, v1 (sha256:1a1a1a1a1a1a) stays"
            "   endpoints/aloha.yaml:4"
        ),
        "      since deployment 12 (2026-11-24 08:00:00 UTC): rolled back: never got ready",
        "  hint: --allow retries=1 tries it again; it is held until the files ask for something else",
        "",
        "Nothing to apply. 1 change held.",
    ]


def test_all_that_is_held_is_shown_with_one_hint():
    shown = lines(held=tuple(held(endpoint=f"e-{number}") for number in range(300)))

    assert sum(line.startswith("  = endpoint e-") for line in shown) == 300
    assert [line for line in shown if "--allow" in line] == [
        "  hint: --allow retries=300 tries all of them again; they are held until the files ask for something else"
    ]


@pytest.mark.parametrize(
    ("asked", "stays", "words"),
    [
        ("absent", "present", "it shall be absent, and stays present"),
        ("present", "absent", "it shall be present, and stays absent"),
    ],
)
def test_a_whole_endpoint_can_be_held(asked, stays, words):
    shown = lines(held=(held(field=EXISTENCE, asked=asked, kept=stays),))

    assert f"  = endpoint aloha: {words}" in shown


def test_a_plan_with_steps_counts_what_is_held_too():
    assert "1 change held." in lines(change(field("replicas", 2, 4)), held=(held(),))[-1]


def test_drift_that_is_left_is_shown_like_a_change_and_counted():
    shown = lines(drift=(change(field("replicas", 9, 2, origin=Origin.DRIFT)),))

    assert shown[2] == "Drift, left as it is (--only-declared): live -> declared"
    assert shown[4] == "      replicas  9 -> 2   in place (drift)"
    assert shown[-1] == "Nothing to apply. Drift of 1 endpoint left as it is."


def test_fields_of_somebody_else_are_counted_and_the_plan_stays_empty():
    shown = lines(kept=(kept(),))

    assert shown[2:] == [
        "No changes. No endpoint is declared. 1 difference is no change: autoscaler-owned (-v says why)."
    ]


@pytest.mark.parametrize("keeper", Keeper)
def test_verbose_says_whose_they_are(keeper):
    shown = lines(verbose=True, kept=(kept(keeper=keeper),))

    assert shown[2:4] == [
        "Differences that are no changes",
        f"  endpoint aloha: replicas: declared 3, running 7, the autoscaler owns it (2..10) [{keeper}]",
    ]
    assert shown[-1].endswith(f"1 difference is no change: {keeper}.")


def test_a_kept_field_without_a_note_shows_its_values():
    assert "declared 3, live 7 [autoscaler-owned]" in plan_page(plan(kept=(kept(note=""),)), verbose=True).plain()


def test_several_are_no_changes():
    several = (kept(keeper=Keeper.UNORDERED), kept(endpoint="b"), kept(endpoint="c"))

    assert lines(kept=several)[-1].endswith("3 differences are no changes: autoscaler-owned, unordered (-v says why).")


def test_what_the_platform_has_chosen_is_told_only_to_who_asks():
    chosen = (kept(keeper=Keeper.SERVER_DEFAULT),)

    assert lines(kept=chosen)[-1] == "No changes. No endpoint is declared."
    assert lines(verbose=True, kept=chosen)[-1].endswith("1 difference is no change: server-default.")


def test_work_by_hand_names_the_place_and_is_nothing_to_apply():
    shown = lines(manual=(manual(old=None),))

    assert shown[2:] == [
        "To do by hand",
        "  ! endpoint aloha: gpus_per_replica (not told) -> 1",
        "      in Endpoint > Edit",
        "",
        "Nothing to apply. 1 change to do by hand.",
    ]


def test_a_hostile_reason_cannot_forge_a_line():
    shown = lines(held=(held(reason="x\nPlan: 0 to create\x1b[2J"),))

    assert "      Plan: 0 to create\\x1b[2J" in shown
