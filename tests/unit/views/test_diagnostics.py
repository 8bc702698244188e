import json

from gitops.diagnostics import Code, Diagnostic, Place, error, warning
from gitops.views.console import colored
from gitops.views.diagnostics import LONGEST_SOURCE_LINE, diagnostic_page, diagnostics_json, diagnostics_page


def at(line: int, column: int, *excerpt: str, summary: str = "wrong", hint: str = "") -> Diagnostic:
    found = error(Code.UNKNOWN_KEY, summary, Place(file="a.yaml", line=line, column=column), hint)
    return found.model_copy(update={"excerpt": excerpt})


def caret_line(diagnostic: Diagnostic) -> str:
    return next(line for line in diagnostic_page(diagnostic).plain().splitlines() if "^" in line)


def test_the_last_line_of_the_excerpt_is_the_line_of_the_place():
    shown = diagnostic_page(at(10, 1, "above: 1", "here: 2")).plain()

    assert " 9 | above: 1\n10 | here: 2\n   | ^^^^\n" in shown


def test_the_carets_end_with_the_word():
    assert caret_line(at(1, 4, "a: [one, two]")) == "  |    ^"
    assert caret_line(at(1, 5, "a: [one, two]")) == "  |     ^^^"


def test_a_column_behind_the_line_has_one_caret_at_its_end():
    assert caret_line(at(1, 99, "a: 1")) == "  |     ^"


def test_carets_stand_under_wide_characters_and_tabs():
    assert caret_line(at(1, 4, "日本 x")) == "  |      ^"
    assert caret_line(at(1, 2, "\tkey: 1")) == "  |     ^^^"


def test_a_column_of_zero_from_elsewhere_does_not_break_the_page():
    assert caret_line(at(1, 0, "key: 1")) == "  | ^^^"


def test_a_long_line_is_cut_around_the_place():
    shown = diagnostic_page(at(1, 5001, "x" * 5000 + "HERE" + "y" * 5000))
    source, carets = shown.plain().splitlines()[3:5]

    assert len(source) <= LONGEST_SOURCE_LINE + 10
    assert source[carets.index("^") :].startswith("HERE")


def test_a_line_of_context_is_cut_too():
    shown = diagnostic_page(at(2, 1, "x" * 5000, "here: 1")).plain()

    assert max(map(len, shown.splitlines())) < LONGEST_SOURCE_LINE + 10


def test_without_a_place_only_words_are_shown():
    assert diagnostic_page(error(Code.PROJECT_NOT_FOUND, "no project", hint="make one")).plain() == (
        "error[project-not-found]: no project\n  hint: make one\n"
    )


def test_without_an_excerpt_the_place_alone_is_shown():
    assert diagnostic_page(at(3, 7)).plain() == "error[unknown-key]: wrong\n --> a.yaml:3:7\n"


def test_rich_markup_in_a_file_stays_text():
    shown = colored(diagnostic_page(at(1, 1, "[red]key[/red]: \x1b[31m", summary="[bold]wrong[/bold]")))

    assert "[red]key[/red]: \\x1b[31m" in shown
    assert "[bold]wrong[/bold]" in shown


def test_an_error_is_red_and_a_warning_yellow():
    assert colored(diagnostic_page(error(Code.TOO_LARGE, "x"))).startswith("\x1b[1;31merror[too-large]\x1b[0m")
    assert colored(diagnostic_page(warning(Code.TOO_LARGE, "x"))).startswith("\x1b[1;33mwarning[too-large]\x1b[0m")


def test_the_page_ends_with_the_counts():
    found = [at(1, 1), at(2, 1), warning(Code.UNUSED_CARD, "x", Place(file="b.yaml"))]

    assert diagnostics_page(found).plain().endswith("\n\n2 errors, 1 warning in 2 files\n")


def test_counts_of_nothing_are_left_out():
    assert diagnostics_page([at(1, 1)]).plain().endswith("\n1 error in 1 file\n")


def test_json_has_the_diagnostics_and_their_counts():
    data = json.loads(diagnostics_json([at(1, 2, "x"), warning(Code.UNUSED_CARD, "y")]))

    assert (data["format_version"], data["errors"], data["warnings"]) == (1, 1, 1)
    assert data["diagnostics"][0]["place"] == {"file": "a.yaml", "line": 1, "column": 2}
    assert [Diagnostic.model_validate(item) for item in data["diagnostics"]][1].code is Code.UNUSED_CARD


def test_json_is_ascii_whatever_it_quotes():
    assert diagnostics_json([at(1, 1, "\x9b2J \u202e \udc80")]).isascii()
