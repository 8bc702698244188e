import pytest

from gitops.diagnostics import Place
from gitops.model.change import Action, Origin
from gitops.model.field import Effect, Level
from gitops.views.changes import why
from gitops.views.console import colored
from gitops.views.plan import plan_page
from tests.unit.views.plans import NEW, OLD, change, field, plan, removal

MORE = field("replicas", 2, 4)


def lines(*changes) -> list[str]:
    return plan_page(plan(*changes)).plain().splitlines()


def test_a_field_that_the_files_alone_explain_says_no_origin():
    assert lines(change(MORE))[3] == "      replicas  2 -> 4   in place"


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (Origin.PENDING, "in place (pending)"),
        (Origin.DRIFT, "in place (drift)"),
        (Origin.OVER_DRIFT, "in place (declared, over drift)"),
    ],
)
def test_any_other_origin_is_said(origin, shown):
    assert lines(change(field("replicas", 2, 4, origin=origin)))[3].endswith(f"2 -> 4   {shown}")


def test_level_and_origin_stand_side_by_side():
    shown = field("replicas", 2, 4, level=Level.EMULATED, origin=Origin.PENDING)

    assert lines(change(shown))[3].endswith("in place, emulated (pending)")


def test_a_created_endpoint_says_why_it_is_created_again_and_from_where():
    shown = lines(
        change(field("replicas", None, 2, origin=Origin.DRIFT), action=Action.CREATE, reason="somebody deleted it")
    )

    assert shown[2].startswith("  + endpoint aloha")
    assert shown[3:5] == ["      because: somebody deleted it", "      replicas  2 (drift)"]


def test_a_deletion_shows_its_reason_and_what_goes_away():
    assert lines(removal())[2:6] == [
        "  - endpoint old",
        "      deleted: no longer declared",
        "      model    aloha",
        "      version  v1 (sha256:1a1a1a1a1a1a)",
    ]


def test_a_deletion_without_a_reason_is_one_all_the_same():
    assert "      deleted" in lines(removal(reason=""))


def test_a_deletion_is_red_on_a_terminal():
    shown = colored(plan_page(plan(removal())))

    assert "  \x1b[1;31m-\x1b[0m \x1b[1;31mendpoint old\x1b[0m\n" in shown
    assert "\x1b[1;31mdeleted: no longer declared\x1b[0m\n" in shown


def test_an_adoption_says_whose_it_was_and_what_changes_with_it():
    shown = lines(change(MORE, adopts=True))

    assert shown[2].startswith("  * endpoint aloha")
    assert shown[3] == "      adopted: it is there, and no record here says whose it is; it becomes this project's"
    assert shown[4] == "      replicas  2 -> 4   in place"


def test_an_adoption_that_changes_nothing_else_is_shown():
    assert [line for line in lines(change(action=Action.NOOP, adopts=True)) if line.startswith("  * endpoint aloha")]


def test_the_columns_line_up_over_wide_characters():
    shown = lines(
        change(field("model", "日本", "x", place=Place(file="a.yaml", line=7)), MORE, place=Place(file="b.yaml")),
    )

    assert shown[3:5] == [
        "      model     日本 -> x   in place   a.yaml:7",
        "      replicas  2 -> 4      in place",
    ]


def test_a_hostile_reason_and_name_cannot_forge_a_line():
    shown = lines(removal("x\n  + endpoint y", reason="gone\n  + endpoint z\x1b[2J"))

    assert not [line for line in shown if line.startswith("  + ")]
    assert not any("\x1b" in line for line in shown)


def test_fewer_replicas_are_marked_on_a_terminal():
    assert "\x1b[1;33m2" in colored(plan_page(plan(change(field("replicas", 4, 2)))))


def test_a_change_that_its_fields_explain_needs_no_more_words():
    assert why(change(MORE)) == ""


def test_versions_that_roll_keep_their_place_before_numbers():
    shown = lines(change(field("replicas", 4, 2), field("version", OLD, NEW, Effect.ROLLING)))

    assert [line.split()[0] for line in shown[3:5]] == ["version", "replicas"]
