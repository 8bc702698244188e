import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.model.log import LogLine, Severity
from gitops.monitoring.logs import LONGEST, Sieve

TRACEBACK = """\
Traceback (most recent call last):
  File "main_entry.py", line 3, in predict
    raise KeyError(name)
KeyError: 'name'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "main_entry.py", line 5, in predict
    raise aloha.Boom("no name")
aloha.Boom: no name"""


def lines(text, source="aloha-1"):
    return [LogLine(source=source, version="v0", text=line) for line in text.split("\n")]


def sifted(text, grep=None, least=Severity.DEBUG):
    return [line.text for line in Sieve(re.compile(grep) if grep else None, least).sift(lines(text))]


def severities(text):
    return [line.severity.value for line in Sieve().sift(lines(text))]


def test_a_line_without_a_level_is_information():
    assert severities("aloha\nERROR: no\naloha") == ["info", "error", "info"]


def test_indented_and_empty_lines_belong_to_the_line_above():
    assert severities("WARNING: slow\n  because of this\n\n\tand that\nready") == ["warning"] * 4 + ["info"]


def test_a_level_that_is_written_flush_right_is_a_line_of_its_own():
    assert severities("ERROR no\n INFO ready") == ["error", "info"]


def test_every_line_of_a_traceback_and_of_those_chained_to_it_is_an_error():
    assert severities(f"{TRACEBACK}\nready") == ["error"] * 11 + ["info"]


@pytest.mark.parametrize("after", ["INFO: ready", "WARNING:root:slow", "2026-11-24 05:46:41 INFO ready"])
def test_a_message_right_behind_the_frames_of_a_traceback_is_no_exception(after):
    assert severities(f"Traceback (most recent call last):\n  File 'x'\n{after}")[-1] != "error"


def test_a_traceback_below_an_error_belongs_to_it():
    assert sifted(f"ERROR: in ASGI application\n{TRACEBACK}\nready", "ASGI") == [
        "ERROR: in ASGI application",
        *TRACEBACK.split("\n"),
    ]


def test_a_traceback_below_a_warning_is_an_error_of_its_own():
    assert sifted(f"WARNING: tried again\n{TRACEBACK}", least=Severity.ERROR) == TRACEBACK.split("\n")


def test_a_match_inside_of_a_traceback_shows_all_of_it():
    assert sifted(f"ready\n{TRACEBACK}\nready", "no name$") == TRACEBACK.split("\n")


def test_an_exception_group_is_one_error():
    group = "  + Exception Group Traceback (most recent call last):\n  |   File 'x'\n  | Group: two\n  +-+---- 1 ----"
    assert severities(f"ready\n{group}") == ["info"] + ["error"] * 4


def test_less_than_the_asked_severity_does_not_pass():
    assert sifted("DEBUG a\nINFO b\nWARNING c\nERROR d", least=Severity.WARNING) == ["WARNING c", "ERROR d"]


def test_a_line_must_match_and_be_severe():
    assert sifted("ERROR a\nERROR b\nINFO a", "a$", Severity.ERROR) == ["ERROR a"]


def test_a_pattern_does_not_see_colours():
    assert sifted("\x1b[32mready\x1b[0m now", "^ready now$") == ["\x1b[32mready\x1b[0m now"]


def test_what_the_platform_says_of_a_line_stands():
    line = LogLine(source="platform", severity=Severity.ERROR, text="replica failed")

    assert list(Sieve(least=Severity.ERROR).sift([line])) == [line]


def test_lines_of_other_sources_do_not_continue_a_message():
    mixed = [*lines("ERROR: no"), *lines("  of another", "aloha-2"), *lines("  because")]

    assert [line.severity.value for line in Sieve().sift(mixed)] == ["error", "info", "error"]


def test_a_message_of_endless_lines_is_not_held_for_ever():
    sieve = Sieve(re.compile("never"))

    assert list(sieve.sift(lines("head\n" + "\n".join(["  more"] * 3 * LONGEST)))) == []
    assert all(len(group.held) <= LONGEST for group in sieve._groups.values())


SAID = st.lists(st.sampled_from(["INFO a", "ERROR b", "  c", "", "plain a", *TRACEBACK.split("\n")]), max_size=30)


@given(said=SAID, cut=st.integers(0, 30), grep=st.sampled_from([None, "a", "Boom"]), least=st.sampled_from(Severity))
def test_the_same_lines_in_other_portions_give_the_same(said, cut, grep, least):
    every = lines("\n".join(said))
    whole, parts = (Sieve(re.compile(grep) if grep else None, least) for _ in range(2))

    assert [*parts.sift(every[:cut]), *parts.sift(every[cut:])] == list(whole.sift(every))
