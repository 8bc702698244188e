import pytest

from gitops.local.logs.lines import CUT, lines_of
from gitops.local.masking import Secrets, secrets_of
from gitops.local.state import Version
from tests.unit.local.worlds import EPOCH

NONE = Secrets()


def texts(data, secrets=NONE, **settings):
    return [line.text for line in lines_of(data, 0, secrets, **settings)]


def test_lines_come_with_the_offset_behind_them():
    assert [(line.end, line.text) for line in lines_of(b"one\ntwo\n", 100, NONE)] == [(104, "one"), (108, "two")]


def test_an_unfinished_line_waits_for_its_end_unless_nobody_will_finish_it():
    assert texts(b"one\ntw") == ["one"]
    assert texts(b"one\ntw", ended=True) == ["one", "tw"]


def test_a_progress_bar_leaves_its_last_state():
    assert texts(b"  1%\r 50%\r100%\r\n") == ["100%"]


def test_bytes_that_are_no_text_are_shown_as_such():
    assert texts(b"\xff\xfe\n") == ["\ufffd\ufffd"]


def test_a_long_line_comes_in_pieces_and_each_cut_is_marked():
    assert texts(b"abcdefgh\nij\n", longest=3) == [f"abc{CUT}", f"def{CUT}", "gh", "ij"]
    assert texts(b"abcdefgh", longest=3) == [f"abc{CUT}", f"def{CUT}"]


def test_a_cut_is_not_in_the_middle_of_a_character():
    assert texts("aäö\n".encode(), longest=2) == [f"a{CUT}", f"ä{CUT}", "ö"]


def test_a_secret_that_lies_across_a_cut_is_masked_all_the_same():
    assert texts(b"abcSECRETdefg\n", Secrets(["SECRET"]), longest=7) == [f"abc{CUT}", f"***d{CUT}", "efg"]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("hunter2", "key=hunter2 "),
        ('a"b\\c', r'{"key": "a\"b\\c"}'),
        ("a b/c", "https://host/?key=a%20b%2Fc"),
        ("it's\ttabbed", repr("it's\ttabbed")),
        ("schlüssel", "schlüssel"),
        ("schlüssel", r"schl\u00fcssel"),
        ("-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----", "MIIEvQIBADANBg"),
    ],
)
def test_a_secret_is_masked_however_it_is_spelled(value, line):
    (text,) = texts(line.encode() + b"\n", Secrets([value]))

    assert "***" in text
    assert value not in text
    assert not any(part in text for part in ("hunter2", "MIIE", "schl", "a%20b", "tabbed"))


def test_a_secret_inside_of_a_longer_one_does_not_betray_the_rest():
    assert texts(b"abcdef abc\n", Secrets(["abc", "abcdef"])) == ["*** ***"]


def test_a_value_that_is_found_everywhere_by_chance_is_no_secret():
    assert texts(b"1 of 12\n", Secrets(["1", "12", ""])) == ["1 of 12"]


def test_only_variables_that_came_from_the_environment_are_secrets():
    version = Version(
        model="aloha",
        name="v0",
        digest="sha256:0",
        config={"environment_variables": {"TOKEN": "hunter2", "MODE": "fast"}},
        secrets={"TOKEN": "digest", "GONE": "digest"},
        pushed_at=EPOCH,
    )

    assert texts(b"hunter2 fast\n", secrets_of(version)) == ["*** fast"]
    assert texts(b"hunter2\n", secrets_of(version.model_copy(update={"config": {}}))) == ["hunter2"]
