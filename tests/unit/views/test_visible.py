import pytest

from gitops.views.visible import lines_of, markdown, one_line, source_line, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("two\nlines\r", r"two\nlines\r"),
        ("a\tb", r"a\tb"),
        ("nul\x00 del\x7f", r"nul\x00 del\x7f"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2028forged", r"\u2028forged"),
        ("half \udc80", r"half \udc80"),
        ("tag \U000e0041", r"tag \U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_becomes_visible(text, shown):
    assert one_line(text) == shown


@pytest.mark.parametrize("text", ["aloha", "[red]x[/red]", "C:\\new", "naïve 日本語 🌺", "100% | `a` <b>"])
def test_ordinary_text_stays_as_it_is(text):
    assert one_line(text) == text


def test_making_text_visible_twice_changes_nothing_more():
    once = one_line("\x1b[31m\n")

    assert one_line(once) == once


def test_a_tab_in_a_source_line_is_four_spaces():
    assert source_line("\tkey:\tvalue") == "    key:    value"


def test_lines_keep_their_indent_and_lose_what_surrounds_them():
    assert lines_of("\n  one  \r\ntwo\x1b\n\n") == ["  one", r"two\x1b"]


def test_empty_text_has_no_lines():
    assert lines_of("") == []


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_width_is_in_columns_of_a_terminal(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("`code`", "\\`code\\`"),
        ("</script><b>", "&lt;/script&gt;&lt;b&gt;"),
        ("a\n# forged", "a\\\\n\\#&#8203; forged"),
        ("@ada, see #12", "@&#8203;ada, see \\#&#8203;12"),
        ("[x](http://evil)", "\\[x\\](http://evil)"),
        ("**bold** __too__ ~~gone~~", "\\*\\*bold\\*\\* \\_\\_too\\_\\_ \\~\\~gone\\~\\~"),
        ("&lt;", "&amp;lt;"),
        ("$x$", "\\$x\\$"),
        ("back\\", "back\\\\"),
    ],
)
def test_markdown_shows_what_it_quotes(text, shown):
    assert markdown(text) == shown
