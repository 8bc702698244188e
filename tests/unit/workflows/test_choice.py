import pytest

from gitops.diagnostics import Code, InputError, error
from gitops.errors import UsageError
from gitops.ports import Loaded
from gitops.workflows.choice import choose_environment


class Source:
    def __init__(self, *names, default=None):
        self._answer = names, default

    def environments(self):
        return self._answer

    def load(self, environment):
        return Loaded(None, None, None, (error(Code.INVALID_YAML, "broken"),))


def test_the_one_that_was_asked_for_is_taken():
    assert choose_environment(Source("a", "b", default="a"), "b") == "b"


def test_the_default_is_taken_when_nothing_was_asked():
    assert choose_environment(Source("a", "b", default="a"), None) == "a"


def test_without_a_default_among_several_it_must_be_said():
    with pytest.raises(UsageError, match="2 environments") as raised:
        choose_environment(Source("b", "a"), None)

    assert raised.value.hint == "say which one: --env a|b"


def test_an_unknown_one_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="no environment 'c'") as raised:
        choose_environment(Source("b", "a"), "c")

    assert raised.value.hint == "there is: a, b"


def test_a_project_that_cannot_be_read_is_invalid_input():
    with pytest.raises(InputError) as raised:
        choose_environment(Source(), None)

    assert [one.code for one in raised.value.diagnostics] == [Code.INVALID_YAML]
