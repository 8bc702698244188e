from gitops.errors import ExitCode
from gitops.model.checkup import Check, Finding
from gitops.workflows.doctor import doctor, exit_code
from tests.builders import make_desired
from tests.fakes.clock import FakeClock
from tests.unit.workflows.test_apply import FakeSource


class FakePatient:
    def __init__(self, *checks: Check) -> None:
        self.checks = checks

    def examine(self):
        return iter(self.checks)


def check(subject: str, finding: Finding, code: int = 0) -> Check:
    return Check(subject=subject, finding=finding, message="found", exit_code=code)


def examined(*checks: Check):
    return doctor(FakeSource(make_desired()), lambda _: FakePatient(*checks), None, FakeClock())


def test_the_first_bad_check_gives_the_exit_code():
    checkup = examined(
        check("a", Finding.WARNING), check("b", Finding.BAD, 77), check("c", Finding.BAD, 69), check("d", Finding.GOOD)
    )

    assert exit_code(checkup) == ExitCode.UNAUTHORIZED


def test_warnings_keep_nothing_from_working():
    assert exit_code(examined(check("a", Finding.WARNING), check("b", Finding.NOT_CHECKED))) == ExitCode.DONE


def test_the_checkup_says_which_environment_and_platform_it_is_of():
    checkup = examined(check("a", Finding.GOOD))

    assert (checkup.environment, checkup.kind) == ("local", "local")
