import pytest

from gitops.diagnostics import Place
from gitops.model.change import Action, Origin
from gitops.model.field import Effect, Level
from gitops.model.guard import Allowance
from gitops.model.live import PlatformIdentity
from gitops.model.plan import Base, Counts, Gpus, Plan, Undo
from gitops.views.console import colored
from gitops.views.plan import plan_json, plan_page
from tests.unit.views.plans import (
    NEW,
    OLD,
    change,
    delete,
    field,
    finding,
    held,
    kept,
    manual,
    plan,
    push,
    removal,
    roll_out,
    scale,
)

VERSION = field("version", OLD, NEW, Effect.ROLLING)


def names(shown: Plan) -> list[str]:
    """The first word of every field line."""
    lines = plan_page(shown).plain().splitlines()
    return [line.split()[0] for line in lines if line.startswith("      ") and line[6] != " "]


def test_what_costs_most_stands_first():
    shown = plan(
        change(
            field("a", 1, 2),
            field("b", 2, 1),
            VERSION,
            field("c", 1, 2, Effect.DOWNTIME),
        )
    )

    assert names(shown) == ["c", "version", "b", "a"]


def test_fields_that_cost_the_same_keep_their_order():
    assert names(plan(change(field("b", 1, 2), field("a", 1, 2)))) == ["b", "a"]


def test_the_rollouts_batches_stand_under_the_field_that_needs_it():
    shown = plan_page(plan(change(field("replicas", 2, 4), VERSION), steps=(roll_out(),))).plain().splitlines()

    assert shown[4] == "        checkpoints 1, 2, 4 of 4 replicas, surge 1, unavailable 0, deadline 10m"


def test_a_rollout_that_no_field_asks_for_is_shown_all_the_same():
    shown = plan_page(plan(change(), steps=(roll_out(),))).plain()

    assert "        checkpoints 1, 2, 4 of 4 replicas" in shown


def test_the_rollout_of_another_endpoint_is_not_shown_here():
    shown = plan_page(plan(change(VERSION), steps=(roll_out(endpoint="other"),))).plain()

    assert "checkpoints" not in shown


def test_a_place_is_shown_where_the_files_name_the_field():
    replicas = field("replicas", 2, 4, place=Place(file="endpoints/aloha.yaml", line=4, column=11))

    assert "endpoints/aloha.yaml:4\n" in plan_page(plan(change(replicas))).plain()


def test_a_default_has_no_place_of_its_own():
    replicas = field("replicas", 2, 1, place=Place(file="endpoints/aloha.yaml"))

    assert plan_page(plan(change(replicas))).plain().count("endpoints/aloha.yaml") == 1


def test_places_stand_in_one_column():
    replicas = field("replicas", 2, 4, place=Place(file="endpoints/aloha.yaml", line=4))
    shown = plan(change(VERSION, replicas), change(endpoint="embedder", action=Action.CREATE))

    columns = [line.find("endpoints/") for line in plan_page(shown).plain().splitlines() if "endpoints/" in line]

    assert len(columns) == 3
    assert len(set(columns)) == 1


def test_a_value_that_was_not_there_is_none():
    assert (
        "version  (none) -> new (sha256:9c9c9c9c9c9c)" in plan_page(plan(change(field("version", None, NEW)))).plain()
    )


def test_a_level_that_is_not_native_is_said():
    shown = plan_page(plan(change(field("replicas", 2, 4, level=Level.EMULATED)))).plain()

    assert "in place, emulated" in shown


def test_the_counts_end_the_plan():
    shown = plan(
        change(VERSION),
        steps=(push(), roll_out()),
        counts=Counts(create=0, update=1, unchanged=12),
        gpus=Gpus(before=2, after=4),
    )

    assert plan_page(shown).plain().splitlines()[-1] == (
        "Plan: 0 to create, 1 to update, 12 unchanged; 2 steps. GPUs 2 -> 4."
    )


@pytest.mark.parametrize(
    ("unchanged", "words"),
    [(0, "No endpoint is declared."), (1, "1 endpoint is as declared."), (1200, "1,200 endpoints are as declared.")],
)
def test_no_changes(unchanged, words):
    assert plan_page(plan(counts=Counts(unchanged=unchanged))).plain().endswith(f"\nNo changes. {words}\n")


def test_the_title_names_project_environment_and_platform():
    shown = Plan(project="p", environment="e", platform=PlatformIdentity(kind="other", url="https://x"))

    assert plan_page(shown).plain().startswith("Plan for project p in environment e (other, https://x)\n")


def test_creations_are_green_and_updates_yellow_on_a_terminal():
    shown = colored(plan_page(plan(change(action=Action.CREATE), change(VERSION, endpoint="b"))))

    assert "  \x1b[32m+\x1b[0m \x1b[1mendpoint aloha" in shown
    assert "  \x1b[33m~\x1b[0m \x1b[1mendpoint b" in shown


def test_downtime_is_red_on_a_terminal():
    assert "\x1b[1;31mdowntime" in colored(plan_page(plan(change(field("gpus_per_replica", 1, 2, Effect.DOWNTIME)))))


@pytest.mark.parametrize("verbose", [False, True])
def test_colours_change_no_text(verbose):
    steps = (push(), scale(), roll_out(), delete(endpoint="old"))
    shown = plan(
        change(VERSION, field("replicas", 4, 2, note="a note", origin=Origin.DRIFT)),
        change(endpoint="theirs", adopts=True),
        removal(),
        steps=steps,
        undo=tuple(Undo(number=number, possible=False, because="x") for number, _ in enumerate(steps, start=1)),
        findings=(finding(), finding(refuses=False)),
        held=(held(),),
        kept=(kept(),),
        manual=(manual(),),
        drift=(change(field("replicas", 9, 2), endpoint="drifter"),),
    )
    page = plan_page(shown, verbose=verbose)
    uncolored = "".join(
        piece.partition("m")[2] if number else piece for number, piece in enumerate(colored(page).split("\x1b["))
    )

    assert uncolored == page.plain()


def test_a_hostile_note_cannot_forge_the_summary():
    note = "\x1b[2J[red]\nPlan: 0 to create"
    shown = plan_page(plan(change(field("replicas", 2, 4, note=note)))).plain().splitlines()

    assert "        note: \\x1b[2J[red]" in shown
    assert [line for line in shown if line.startswith("Plan: 0 to create, 0")] == shown[-1:]


def test_the_json_of_a_plan_reads_back_as_the_plan():
    shown = plan(change(VERSION), steps=(push(), scale(), roll_out()))

    assert Plan.model_validate_json(plan_json(shown)) == shown


def test_the_dangerous_stand_first_whatever_their_names():
    shown = plan(
        change(field("replicas", 2, 4), endpoint="a"),
        change(VERSION, endpoint="b"),
        change(field("replicas", 4, 2), endpoint="c"),
        change(field("gpus_per_replica", 1, 2, Effect.DOWNTIME), endpoint="d"),
        change(endpoint="e", adopts=True),
        removal("f"),
    )
    titles = [line.split()[:3] for line in plan_page(shown).plain().splitlines() if " endpoint " in line]

    assert titles == [[symbol, "endpoint", name] for symbol, name in zip("-*~~~~", "fedcba", strict=True)]


def test_among_thousands_no_dangerous_line_is_dropped():
    many = [change(field("replicas", 2, 4), endpoint=f"e-{number}") for number in range(4_000)]
    gone = [removal(f"old-{number}") for number in range(1_000)]
    names = tuple(one.endpoint for one in gone)
    steps = (*(scale(endpoint=one.endpoint) for one in many), *(delete(endpoint=name) for name in names))
    lines = plan_page(plan(*many, *gone, steps=steps, findings=(finding(subjects=names),))).plain().splitlines()

    assert sum(line.startswith("  - endpoint old-") for line in lines) == 1_000
    assert sum(". delete endpoint old-" in line for line in lines) == 1_000
    assert lines[2].startswith("refused[deletes]")


def test_the_head_says_what_the_plan_was_compared_with():
    shown = plan(base=Base(deployment=12), back_to="deployment 3", only_declared=True, allowed=Allowance(deletes=2))

    assert plan_page(shown).plain().splitlines()[1:5] == [
        "Compared with deployment 12.",
        "Goes back to deployment 3.",
        "Only what the files ask for anew; drift is left as it is.",
        "Acknowledged: deletes=2.",
    ]


def test_a_base_that_somebody_named_is_said_as_such():
    assert "\nCompared with commit abc1234 (--base).\n" in plan_page(plan(base=Base(commit="abc1234def"))).plain()


def test_deletions_and_adoptions_are_counted_where_there_are_some():
    shown = plan(
        removal(),
        steps=(delete(),),
        counts=Counts(create=1, update=2, delete=1, adopt=1, unchanged=12),
        fingerprint="sha256:" + "3f" * 32,
    )

    assert plan_page(shown).plain().splitlines()[-1] == (
        "Plan: 1 to create, 2 to update, 1 to delete, 1 to adopt, 12 unchanged; 1 step. GPUs 0 -> 0. "
        "Fingerprint 3f3f3f3f3f3f."
    )


def test_gpus_that_nobody_tells_are_not_told_whatever_is_adopted():
    shown = plan(change(VERSION, adopts=True), counts=Counts(update=1, adopt=1), gpus=Gpus(untold=1))

    assert "GPUs not told." in plan_page(shown).plain()


def test_the_first_step_of_an_endpoint_says_whom_it_waits_for():
    steps = (scale(endpoint="embedder"), scale(endpoint="app"), roll_out(endpoint="app"))
    shown = plan(change(VERSION), steps=steps, depends_on={"app": ("embedder",)})

    assert [line for line in plan_page(shown).plain().splitlines() if "after" in line] == [
        "  2. scale endpoint app from 2 to 4 replicas, after embedder"
    ]
