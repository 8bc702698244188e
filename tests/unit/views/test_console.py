import subprocess
import sys

import pytest

from gitops.views.console import ColorMode, colored
from gitops.views.page import Page, Span, Style
from tests.unit.views.streams import Stream, console


def red(text: str) -> Page:
    page = Page()
    page.line(Span(text, Style.DANGER), " rest")
    return page


def test_results_go_to_stdout():
    out, err = Stream(), Stream()
    console(out, err).result("done")

    assert (out.getvalue(), err.getvalue()) == ("done\n", "")


def test_news_and_errors_go_to_stderr():
    out, err = Stream(), Stream()
    shown = console(out, err)
    shown.news("news")
    shown.error("wrong")

    assert (out.getvalue(), err.getvalue()) == ("", "news\nwrong\n")


def test_quiet_leaves_out_the_news_only():
    out, err = Stream(), Stream()
    shown = console(out, err, quiet=True)
    shown.news("news")
    shown.error("wrong")
    shown.result("done")

    assert (out.getvalue(), err.getvalue()) == ("done\n", "wrong\n")


def test_data_ends_with_one_newline():
    out = Stream()
    console(out).data("{}")
    console(out).data("{}\n")

    assert out.getvalue() == "{}\n{}\n"


@pytest.mark.parametrize(
    ("color", "environ", "tty", "expected"),
    [
        (ColorMode.AUTO, {}, True, True),
        (ColorMode.AUTO, {}, False, False),
        (ColorMode.AUTO, {"TERM": "dumb"}, True, False),
        (ColorMode.AUTO, {"NO_COLOR": "0"}, True, False),
        (ColorMode.AUTO, {"NO_COLOR": ""}, True, True),
        (ColorMode.AUTO, {"FORCE_COLOR": "1"}, False, True),
        (ColorMode.AUTO, {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        (ColorMode.AUTO, {"FORCE_COLOR": "0"}, False, False),
        (ColorMode.AUTO, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (ColorMode.ALWAYS, {"NO_COLOR": "1"}, False, True),
        (ColorMode.NEVER, {"FORCE_COLOR": "1"}, True, False),
        (ColorMode.AUTO, {"CI": "true"}, True, True),
    ],
)
def test_colours_follow_the_flag_then_the_environment_then_the_stream(color, environ, tty, expected):
    shown = console(color=color, environ=environ)

    assert shown.colored(Stream(tty=tty)) is expected


@pytest.mark.parametrize(
    ("environ", "tty", "quiet", "expected"),
    [
        ({}, True, False, True),
        ({}, False, False, False),
        ({"CI": "true"}, True, False, False),
        ({"CI": "false"}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
        ({"FORCE_COLOR": "1"}, False, False, False),
        ({}, True, True, False),
    ],
)
def test_live_progress_needs_a_capable_terminal_and_nobody_against_it(environ, tty, quiet, expected):
    assert console(stderr=Stream(tty=tty), environ=environ, quiet=quiet).live is expected


def test_each_stream_decides_for_itself():
    out, err = Stream(tty=False), Stream(tty=True)
    shown = console(out, err)
    shown.result(red("a"))
    shown.error(red("b"))

    assert (out.getvalue(), err.getvalue()) == ("a rest\n", "\x1b[1;31mb\x1b[0m rest\n")


def test_colours_do_not_let_quoted_text_colour_or_mark_up():
    shown = colored(red("\x1b[2J[green]x[/green]"))

    assert shown == "\x1b[1;31m\\x1b[2J[green]x[/green]\x1b[0m rest\n"


def test_a_line_is_never_wrapped_or_cut():
    page = red("sha256:" + "0123456789abcdef" * 40)

    assert colored(page).count("\n") == 1
    assert "0123456789abcdef" * 40 in colored(page)


def test_a_stream_that_cannot_encode_a_character_gets_its_escape():
    out = Stream(encoding="ascii")
    console(out).result("naïve 🌺")

    assert out.getvalue() == "na\\xefve \\U0001f33a\n"


def test_a_closed_stderr_is_no_error():
    console(stderr=Stream(broken=True)).error("nobody listens")


def test_a_reader_that_left_stdout_is_the_callers_business():
    with pytest.raises(BrokenPipeError):
        console(Stream(broken=True)).result("nobody listens")


def test_columns_overrides_the_terminals_width():
    assert console(environ={"COLUMNS": "132"}).width(Stream()) == 132


@pytest.mark.parametrize("columns", ["", "wide", "0", "-3"])
def test_what_is_no_terminal_is_100_columns_wide(columns):
    assert console(environ={"COLUMNS": columns}).width(Stream()) == 100


def test_a_page_without_colours_does_not_load_rich():
    program = (
        "import sys\n"
        "import gitops.views.plan, gitops.views.progress, gitops.views.report, gitops.views.status\n"
        "sys.exit(any(name.split('.')[0] == 'rich' for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
