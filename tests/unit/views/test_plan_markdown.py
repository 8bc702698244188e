import re

from gitops.diagnostics import Code, Diagnostic, Place, Severity
from gitops.model.change import Action, Origin
from gitops.model.field import Effect
from gitops.model.guard import Allowance, Guard
from gitops.model.plan import Base, Counts, Plan, Undo
from gitops.views.plan import plan_page
from gitops.views.plan_markdown import plan_markdown
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
HOSTILE = "a|b`c`<img src=x onerror=y>\n| forged | row |\n@ada #12 [x](http://evil) </details>\n````\n\x1b[2J"


def rows(shown: Plan) -> list[list[str]]:
    """The cells of the table of changes, without its header."""
    table = [line for line in plan_markdown(shown).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table[2:]]


def outside(shown: Plan) -> list[str]:
    """The lines that do not stand in the code block."""
    lines = plan_markdown(shown).splitlines()
    begin = next((number for number, line in enumerate(lines) if re.match("^`{3,}text$", line)), len(lines))
    fence = lines[begin].removesuffix("text") if begin < len(lines) else ""
    end = lines.index(fence, begin) if fence else begin
    return lines[:begin] + lines[end + 1 :]


def test_the_dangerous_stand_first_and_are_loud():
    shown = plan(change(VERSION), change(endpoint="b", adopts=True), removal("z"))

    assert [row[:2] for row in rows(shown)] == [["**delete**", "**z**"], ["**adopt**", "**b**"], ["update", "aloha"]]


def test_a_row_says_what_moves_what_it_costs_and_where_it_is_declared():
    shown = plan(change(VERSION, field("replicas", 4, 2, origin=Origin.DRIFT, note="too\nmany")))

    assert rows(shown)[0][2:] == [
        "version v1 (sha256:1a1a1a1a1a1a) → new (sha256:9c9c9c9c9c9c)<br>replicas 4 → 2 (drift)<br>*note: too many*",
        "rolling, in place, **less capacity**",
        "endpoints/aloha.yaml:1",
    ]


def test_downtime_is_loud():
    assert rows(plan(change(field("gpus_per_replica", 0, 1, Effect.DOWNTIME))))[0][3] == "**downtime**"


def test_a_creation_costs_nothing_and_shows_new_values_only():
    assert rows(plan(change(field("replicas", None, 2), action=Action.CREATE)))[0][2:4] == ["replicas 2", ""]


def test_a_deletion_shows_its_reason_and_old_values_only():
    assert rows(plan(removal()))[0][2:4] == [
        "deleted: no longer declared<br>model aloha<br>version v1 (sha256:1a1a1a1a1a1a)",
        "",
    ]


def test_a_refusal_stands_before_the_table_and_at_the_end():
    shown = plan(removal(), findings=(finding(), finding(guard=Guard.UPDATES, refuses=False, hint="")))
    lines = plan_markdown(shown).splitlines()
    refused = lines.index(
        "> **Refused: deletes**<br>1 endpoint would be deleted, none may be<br>endpoint old<br>Hint: --allow deletes=1"
    )

    assert refused < lines.index("- updates: 1 endpoint would be deleted, none may be")
    assert "**Nothing will be applied:** 1 guard refuses (deletes)." in lines


def test_what_is_left_as_it_is_is_listed():
    shown = plan(
        held=(held(),),
        manual=(manual(),),
        drift=(change(field("replicas", 9, 2)),),
        warnings=(
            Diagnostic(
                code=Code.DOWNTIME, severity=Severity.WARNING, summary="one replica", place=Place(file="a.yaml")
            ),
        ),
    )
    lines = plan_markdown(shown).splitlines()

    assert "- endpoint aloha: replicas 9 → 2" in lines
    assert (
        "- endpoint aloha: version new (sha256:9c9c9c9c9c9c) is asked for, v1 (sha256:1a1a1a1a1a1a) stays; "
        "since deployment 12 (2026-11-24 08:00:00 UTC): rolled back: never got ready"
    ) in lines
    assert any(line.startswith("Hint: --allow retries=1 tries it again") for line in lines)
    assert "- endpoint aloha: gpus\\_per\\_replica 0 → 1, in Endpoint &gt; Edit" in lines
    assert "- downtime: one replica (a.yaml:1:1)" in lines


def test_the_details_are_the_whole_page_with_everything():
    shown = plan(change(VERSION), steps=(push(), roll_out()), undo=(Undo(number=1, because="x"),), kept=(kept(),))

    assert plan_page(shown, verbose=True).plain() in plan_markdown(shown)
    assert plan_markdown(shown).endswith("```\n\n</details>\n")


def test_a_plan_of_nothing_has_no_table_and_no_details():
    shown = plan_markdown(plan(counts=Counts(unchanged=3)))

    assert shown.endswith("\n\n**No changes.** 3 endpoints are as declared.\n")
    assert "<details>" not in shown
    assert "|" not in shown


def test_the_head_says_what_it_was_compared_with():
    shown = plan(base=Base(commit="abc1234def"), back_to="deployment 3", allowed=Allowance(deletes=2))

    assert plan_markdown(shown).splitlines()[2] == (
        "On embedded platform, http://127.0.0.1:41331. Compared with commit abc1234 (--base). "
        "Goes back to deployment 3. Acknowledged: deletes=2."
    )


def test_nothing_that_somebody_wrote_is_a_tag_a_cell_a_mention_or_an_issue():
    shown = plan(
        change(
            field("version", HOSTILE, HOSTILE, note=HOSTILE),
            endpoint=HOSTILE,
            place=Place(file=HOSTILE),
            adopts=True,
        ),
        removal(reason=HOSTILE),
        project=HOSTILE,
        findings=(finding(message=HOSTILE, hint=HOSTILE, subjects=(HOSTILE,)),),
        held=(held(reason=HOSTILE, endpoint=HOSTILE),),
        manual=(manual(where=HOSTILE),),
        steps=(delete(endpoint=HOSTILE),),
        undo=(Undo(number=1, possible=False, because=HOSTILE),),
        back_to=HOSTILE,
    )
    lines = outside(shown)
    text = "\n".join(lines)

    assert re.findall("<(?!br>)[^>]*>", text) == ["<details>", "<summary>", "</summary>", "</details>"]
    assert not re.search(r"@(?!&#8203;)", text)
    assert not re.search(r"#(?!8203;|&#8203;|##|# )", text.replace("### Plan", ""))
    assert not re.search(r"(?<!\\)`", text)
    assert not re.search(r"(?<!\\)\[", text)
    assert "\x1b" not in plan_markdown(shown)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")} == {6}


def test_the_code_block_ends_where_the_page_does():
    shown = plan(change(VERSION, endpoint="a````b"), steps=(scale(endpoint="```"),))
    lines = plan_markdown(shown).splitlines()

    assert "`````text" in lines
    assert lines[-3:] == ["`````", "", "</details>"]


def test_among_thousands_every_dangerous_change_has_its_row():
    many = [change(field("replicas", 2, 4), endpoint=f"e-{number}") for number in range(4_000)]
    gone = [removal(f"old-{number}") for number in range(1_000)]
    shown = rows(plan(*many, *gone, counts=Counts(update=4_000, delete=1_000, unchanged=5_000)))

    assert [row[1] for row in shown[:1_000]] == sorted(f"**old-{number}**" for number in range(1_000))
    assert len(shown) == 5_000
