import pytest

from gitops.model.guard import Guard
from gitops.views.console import colored
from gitops.views.plan import plan_page
from tests.unit.views.plans import change, field, finding, plan, removal


def lines(*changes, **more) -> list[str]:
    return plan_page(plan(*changes, **more)).plain().splitlines()


def test_a_refusal_stands_before_the_changes_with_what_to_do():
    assert lines(removal(), findings=(finding(),))[2:7] == [
        "refused[deletes]: 1 endpoint would be deleted, none may be",
        "  endpoint old",
        "  hint: --allow deletes=1",
        "",
        "  - endpoint old",
    ]


def test_a_refused_plan_ends_with_that_nothing_will_be_applied():
    findings = (finding(), finding(guard=Guard.PROTECTED), finding(guard=Guard.UPDATES, refuses=False))

    assert lines(removal(), findings=findings)[-1] == "Nothing will be applied: 2 guards refuse (deletes, protected)."
    assert lines(removal(), findings=findings[:1])[-1] == "Nothing will be applied: 1 guard refuses (deletes)."


@pytest.mark.parametrize("guard", Guard)
def test_every_guard_is_named(guard):
    shown = lines(findings=(finding(guard=guard),))

    assert shown[2].startswith(f"refused[{guard}]: ")
    assert f"({guard})" in shown[-1]


def test_a_finding_that_refuses_nothing_is_a_note():
    shown = lines(change(field("replicas", 2, 4)), findings=(finding(guard=Guard.UPDATES, refuses=False, hint=""),))

    assert shown.index("note[updates]: 1 endpoint would be deleted, none may be") > shown.index(
        next(line for line in shown if line.startswith("  ~ endpoint aloha"))
    )
    assert not any("Nothing will be applied" in line for line in shown)


def test_what_refuses_stands_before_notes():
    shown = lines(findings=(finding(guard=Guard.UPDATES, refuses=False), finding()))

    assert [line.partition(":")[0] for line in shown if "[" in line] == ["refused[deletes]", "note[updates]"]


def test_a_finding_about_nobody_names_nobody():
    assert lines(findings=(finding(guard=Guard.EMPTY, subjects=(), hint=""),))[3] == ""


def test_of_many_that_are_shown_below_only_some_are_named():
    names = tuple(f"old-{number}" for number in range(9))
    shown = lines(*map(removal, names), findings=(finding(subjects=names),))

    assert shown[3] == "  endpoints old-0, old-1, old-2, old-3, old-4 and 4 more, below"


def test_those_that_stand_nowhere_else_are_all_named():
    names = tuple(f"old-{number}" for number in range(9))
    shown = lines(removal("old-0"), findings=(finding(subjects=names),))

    assert shown[3] == f"  endpoints {', '.join(names[1:])} and 1 more, below"


def test_a_refusal_is_red_on_a_terminal_and_said_in_words_without_colours():
    page = plan_page(plan(removal(), findings=(finding(),)))

    assert "\x1b[1;31mrefused[deletes]\x1b[0m" in colored(page)
    assert "\x1b[1;31mNothing will be applied:\x1b[0m" in colored(page)
    assert "refused[deletes]" in page.plain()


def test_a_hostile_message_cannot_forge_a_line():
    shown = lines(findings=(finding(message="bad\nNothing. Plan: 0\x1b[2J", hint="a\nb"),))

    assert "  Nothing. Plan: 0\\x1b[2J" in shown
    assert "        b" in shown
