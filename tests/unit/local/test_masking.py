"""What a version's processes said, without the values of its secrets."""

import pytest

from gitops.local.masking import LONGEST_LINE, Secrets, last_lines, secrets_of
from gitops.local.state import Version
from tests.unit.local.worlds import EPOCH


def version(secrets=(), **variables) -> Version:
    config = {"environment_variables": variables} if variables else {}
    return Version(
        model="aloha", name="v0", digest="d", config=config, secrets=dict.fromkeys(secrets, "keyed"), pushed_at=EPOCH
    )


def masked(text: str, of: Version) -> str:
    return secrets_of(of).masked(text.encode()).decode()


def test_only_values_that_came_from_the_environment_are_secrets():
    assert masked("hunter2 debug", version(secrets=["TOKEN"], TOKEN="hunter2", LEVEL="debug")) == "*** debug"


def test_a_version_without_variables_has_no_secrets():
    assert masked("GONE", version()) == masked("GONE", version(secrets=["GONE", "EMPTY"], EMPTY="")) == "GONE"


def test_a_secret_within_another_leaves_no_rest():
    secrets = version(secrets=["A", "B"], A="hunter2", B="hunter2-and-more")

    assert masked("hunter2-and-more hunter2", secrets) == "*** ***"


def test_a_secret_of_several_lines_is_masked_line_by_line_too():
    secrets = version(secrets=["KEY"], KEY="-----BEGIN\nc2VjcmV0\nab\n-----END")

    assert masked("-----BEGIN\nc2VjcmV0\nab\n-----END", secrets) == "***"
    assert masked("read c2VjcmV0 from a key; grab it", secrets) == "read *** from a key; grab it"


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (b"", ()),
        (b"\n  \n", ()),
        (b"one\n\ntwo  \n", ("one", "two")),
        (b"10%\r50%\r100%\n", ("10%", "50%", "100%")),
        (b"\xff broken", ("\ufffd broken",)),
        (b"x" * 1000, ("x" * LONGEST_LINE,)),
    ],
)
def test_the_last_lines_are_those_that_say_something(said, lines):
    assert last_lines(said, Secrets()) == lines


def test_not_more_lines_than_asked_for():
    assert last_lines(b"1\n2\n3\n", Secrets(), most=2) == ("2", "3")


@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize("cut", range(8))
def test_a_secret_at_the_edge_of_what_is_looked_at_does_not_show(newline, cut):
    said = b"hunter2!" + newline + b"x" * ((64 << 10) - cut - len(newline))

    assert all("hunter2"[-cut:] not in line for line in last_lines(said, Secrets(["hunter2!"])) if cut)
