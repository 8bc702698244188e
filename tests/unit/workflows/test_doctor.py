from dataclasses import replace

import pytest

from gitops.diagnostics import Code, InputError, error
from gitops.errors import ExitCode, UsageError
from gitops.model.checkup import Check, Finding
from gitops.ports import Loaded
from gitops.workflows.doctor import doctor, exit_code
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Desk, FakeSource

GOOD = Check(subject="reachability", finding=Finding.GOOD, message="it answers")
WARNING = Check(subject="clock", finding=Finding.WARNING, message="it is late")
UNKNOWN = Check(subject="user", finding=Finding.NOT_CHECKED, message="nobody was asked")


def bad(number):
    return Check(subject="api key", finding=Finding.BAD, message="it is wrong", exit_code=number)


class FakePatient:
    def __init__(self, *checks):
        self.checks = checks

    def examine(self):
        yield from self.checks


NEW = Check(subject="history", finding=Finding.GOOD, message="it can be read; nothing was applied yet")


def examined(*checks, desk=None):
    return doctor((desk or Desk()).edges, lambda environment: FakePatient(*checks), None, FakeClock())


def test_a_checkup_says_where_and_what_in_order():
    checkup = examined(GOOD, WARNING, UNKNOWN)

    assert checkup.checks == (GOOD, WARNING, UNKNOWN, NEW)
    assert (checkup.environment, checkup.kind, checkup.url) == ("local", "local", None)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([], ExitCode.DONE),
        ([GOOD, WARNING, UNKNOWN], ExitCode.DONE),
        ([GOOD, bad(77)], 77),
        ([bad(69), UNKNOWN, bad(77)], 69),
    ],
)
def test_the_first_bad_check_gives_the_exit_code(checks, expected):
    assert exit_code(examined(*checks)) == expected


def test_mistakes_elsewhere_in_the_files_do_not_keep_a_platform_from_being_examined():
    desk = Desk()
    desk.source.diagnostics = (error(Code.UNKNOWN_CARD, "no card", None),)

    assert examined(GOOD, desk=desk).checks == (GOOD, NEW)


def test_an_environment_that_cannot_be_read_is_not_examined():
    class Broken(FakeSource):
        def load(self, environment):
            return Loaded(None, None, None, (error(Code.MISSING_KEY, "no url", None),))

    desk = Desk()
    desk.source = Broken()

    with pytest.raises(InputError):
        doctor(desk.edges, lambda environment: pytest.fail("nobody may be asked"), None, FakeClock())


def test_a_history_is_read_up_to_its_last_deployment():
    desk = Desk()
    desk.apply()

    assert examined(desk=desk).checks[-1].message == "it can be read, up to deployment 1"


def test_a_history_that_cannot_be_reached_is_bad():
    desk = Desk()
    desk.history.unreachable = True
    checkup = examined(GOOD, desk=desk)

    assert (checkup.checks[-1].finding, exit_code(checkup)) == (Finding.BAD, 69)


def test_a_history_that_cannot_be_opened_is_bad():
    desk = Desk()

    def nowhere(*_):
        raise UsageError("there is no remote upstream", hint="git remote add upstream URL")

    checkup = doctor(replace(desk.edges, history_of=nowhere), lambda _environment: FakePatient(), None, FakeClock())

    assert (checkup.checks[-1].message, exit_code(checkup)) == ("there is no remote upstream", 64)
