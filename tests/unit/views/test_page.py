import pytest

from gitops.views.page import Page, Span, Style, column_widths, pad, plural


def test_a_line_loses_its_trailing_blanks():
    page = Page()
    page.line("a  ", Span("   "), "  ")

    assert page.plain() == "a\n"


def test_a_line_of_blanks_is_an_empty_line():
    page = Page()
    page.line("   ")

    assert page.plain() == "\n"


def test_no_part_of_a_line_can_forge_another_line():
    page = Page()
    page.line("name: ", "a\nPlan: nothing to do")

    assert page.plain() == "name: a\\nPlan: nothing to do\n"


def test_a_block_indents_its_further_lines():
    page = Page()
    page.block("one\ntwo", first=("say: ",), indent="     ")

    assert page.plain() == "say: one\n     two\n"


def test_a_block_of_nothing_is_its_beginning():
    page = Page()
    page.block("", first=("say:",))

    assert page.plain() == "say:\n"


def test_gaps_do_not_add_up():
    page = Page()
    page.gap()
    page.line("a")
    page.gap()
    page.gap()
    page.line("b")

    assert page.plain() == "a\n\nb\n"


def test_a_page_can_be_put_into_another():
    inner, outer = Page(), Page()
    inner.line("a")
    inner.gap()
    inner.line("b")
    outer.add(inner, indent="  ")

    assert outer.plain() == "  a\n\n  b\n"


def test_columns_of_a_table_stand_under_each_other_whatever_they_hold():
    page = Page()
    page.table([("日本", "x"), ("a\x1b", "y"), ("abc", "z")])

    assert page.plain() == "日本   x\na\\x1b  y\nabc    z\n"


def test_the_last_column_is_as_long_as_it_likes():
    page = Page()
    page.table([("a", "x" * 500), ("b", "y")])

    assert page.plain() == f"a  {'x' * 500}\nb  y\n"


def test_rows_may_have_fewer_cells_than_others():
    assert column_widths([("a", "bb"), ("ccc",), ("d", "e", "ffff")]) == [3, 2, 4]


def test_padding_never_cuts():
    assert pad(Span("long", Style.GOOD), 2) == Span("long", Style.GOOD)


@pytest.mark.parametrize(("number", "words"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (1200, "1,200 steps")])
def test_nouns_follow_their_number(number, words):
    assert plural(number, "step") == words
