from datetime import date

import pytest

from gitops.diagnostics import Place
from gitops.model.change import VersionRef
from gitops.model.drift import Drift, DriftState, UnmatchedLine
from gitops.model.record import EXISTENCE
from gitops.views.console import colored
from gitops.views.drift import drift_json, drift_page
from tests.unit.views.records import drift, item

UNTIL = date(2026, 12, 31)


def lines(shown: Drift) -> list[str]:
    return drift_page(shown).plain().splitlines()


def test_a_row_holds_what_is_declared_live_and_last_applied():
    assert lines(drift(item(last_applied=None)))[:4] == [
        (
            "Drift of project aloha in environment production (embedded platform, http://127.0.0.1:1), "
            "2026-11-24 08:00:00 UTC"
        ),
        "",
        "ENDPOINT  FIELD     DECLARED  LIVE  LAST APPLIED  STATE",
        "aloha     replicas  2         5     (none)        new",
    ]


def test_new_stands_before_expired_before_known():
    shown = drift(
        item(endpoint="a", state=DriftState.KNOWN),
        item(endpoint="b", state=DriftState.EXPIRED),
        item(endpoint="d"),
        item(endpoint="c"),
    )

    assert [line.split()[0] for line in lines(shown)[3:7]] == ["c", "d", "b", "a"]
    assert lines(shown)[-1] == "Drift: 4 fields (2 new, 1 expired, 1 known). 3 endpoints compared."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"state": DriftState.KNOWN, "owner": "ada", "reason": "load test", "expires": UNTIL},
            "known until 2026-12-31, ada, load test",
        ),
        ({"state": DriftState.EXPIRED, "owner": "ada", "expires": UNTIL}, "known until 2026-12-31 (over), ada"),
        ({"place": Place(file="endpoints/aloha.yaml", line=4)}, "declared at endpoints/aloha.yaml:4"),
    ],
)
def test_what_is_known_of_it_stands_below(fields, words):
    assert f"aloha replicas: {words}" in lines(drift(item(**fields)))


def test_an_endpoint_that_is_gone_is_absent():
    shown = drift(item(field=EXISTENCE, declared="present", live="absent", last_applied="present"))

    assert lines(shown)[3].split() == ["aloha", "endpoint", "present", "absent", "present", "new"]


def test_lines_of_the_baseline_that_match_nothing_are_to_be_removed():
    line = UnmatchedLine(endpoint="old", field="replicas", live="7", owner="ada", expires=UNTIL)

    assert lines(drift(unmatched=(line,)))[2:] == [
        "Lines of the baseline that match nothing",
        "  ? endpoint old: replicas 7, ada, until 2026-12-31",
        "",
        "No drift. 3 endpoints compared. 1 line of the baseline to remove.",
    ]


def test_no_drift_says_how_much_was_looked_at():
    assert lines(drift())[1:] == ["", "No drift. 3 endpoints compared."]


def test_notes_stand_at_the_top():
    assert lines(drift(notes=("the history is of 10:00\nUTC",)))[1:3] == ["note: the history is of 10:00", "  UTC"]


def test_new_drift_is_red_on_a_terminal_and_known_is_not():
    assert "\x1b[1;31mnew\x1b[0m" in colored(drift_page(drift(item())))
    assert "\x1b[1;31m" not in colored(drift_page(drift(item(state=DriftState.KNOWN))))


def test_hostile_words_cannot_forge_a_line():
    shown = lines(
        drift(
            item(state=DriftState.KNOWN, owner="x\nNo drift.\x1b[2J"),
            unmatched=(UnmatchedLine(endpoint="x\nNo drift.", field="y", reason="z\nNo drift."),),
        )
    )

    assert not [line for line in shown if line.startswith("No drift")]
    assert "\x1b" not in "".join(shown)


def test_the_json_reads_back_as_the_drift():
    shown = drift(
        item(field="version", declared=VersionRef(name="v2"), live=VersionRef(name="v1", digest="sha256:1")),
        item(state=DriftState.EXPIRED, expires=UNTIL),
        unmatched=(UnmatchedLine(endpoint="old", field="replicas"),),
    )

    assert Drift.model_validate_json(drift_json(shown)) == shown
