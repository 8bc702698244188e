from gitops.model.plan import Undo
from gitops.views.plan import plan_page
from gitops.views.undoing import undo_summary, undo_words
from tests.unit.views.plans import change, create, delete, field, plan, push, scale

BACK = scale(from_replicas=4, to_replicas=2)


def shown(*undo: Undo, verbose: bool = False) -> list[str]:
    steps = (push(), scale(), delete())
    page = plan_page(plan(change(field("replicas", 2, 4)), steps=steps, undo=undo), verbose=verbose)
    return page.plain().splitlines()


def test_a_plan_that_says_nothing_of_it_says_nothing():
    assert not any("undo" in line.lower() for line in shown())


def test_one_sentence_sums_it_up():
    undo = (
        Undo(number=1, because="a version stays pushed"),
        Undo(number=2, steps=(BACK,)),
        Undo(number=3, possible=False, because="its counters are lost"),
    )

    assert "  To undo: 1 step; step 3 cannot be undone: its counters are lost" in shown(*undo)


def test_verbose_says_it_below_each_step_instead():
    undo = (
        Undo(number=1, because="a version stays pushed"),
        Undo(number=2, steps=(BACK,)),
        Undo(number=3, possible=False, steps=(create(),), because="its counters are lost"),
    )
    lines = shown(*undo, verbose=True)

    assert [line for line in lines if "undo: " in line] == [
        "     undo: nothing to do: a version stays pushed",
        "     undo: scale endpoint aloha from 4 to 2 replicas",
        (
            "     undo: cannot be undone: its counters are lost; instead create endpoint aloha: aloha new"
            " (sha256:9c9c9c9c9c9c), 2 replicas"
        ),
    ]
    assert not any("To undo" in line for line in lines)


def test_several_orders_come_one_after_the_other():
    assert undo_words(Undo(number=1, steps=(BACK, scale()), because="as it was")) == (
        "scale endpoint aloha from 4 to 2 replicas; then scale endpoint aloha from 2 to 4 replicas (as it was)"
    )


def test_nothing_has_to_be_undone_where_nothing_is_there_to_undo():
    assert undo_summary(plan(undo=(Undo(number=1),))) == "To undo: nothing"


def test_steps_that_cannot_be_undone_for_one_reason_share_its_sentence():
    undo = tuple(Undo(number=number, possible=False, because="gone") for number in range(1, 9))

    assert undo_summary(plan(undo=undo)) == ("To undo: nothing; steps 1, 2, 3, 4, 5 and 3 more cannot be undone: gone")
