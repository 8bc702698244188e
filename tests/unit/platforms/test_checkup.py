import pytest

from gitops.errors import ExitCode, ServerFault, Unauthorized, Unreachable
from gitops.model.checkup import Finding
from gitops.platforms.checkup import examine
from gitops.wire.messages import PlatformInfo

URL = "http://127.0.0.1:1"


def answering():
    return PlatformInfo.model_construct(version="1.2.3", pid=7)


def failing(fault):
    def ask():
        raise fault

    return ask


def found(ask):
    return {check.subject: check for check in examine(URL, ask)}


def test_a_platform_that_answers_is_good_in_both():
    checks = found(answering)

    assert {check.finding for check in checks.values()} == {Finding.GOOD}
    assert "gitops 1.2.3, pid 7" in checks["reachability"].message


def test_a_wrong_key_is_bad_at_a_platform_that_is_reached():
    checks = found(failing(Unauthorized("the key is wrong", hint="look for another")))

    assert checks["reachability"].finding is Finding.GOOD
    assert (checks["api key"].finding, checks["api key"].exit_code) == (Finding.BAD, ExitCode.UNAUTHORIZED)
    assert checks["api key"].hint == "look for another"


@pytest.mark.parametrize("fault", [Unreachable("nobody answers"), ServerFault("HTTP 500")])
def test_of_a_platform_that_is_not_reached_the_key_is_not_known(fault):
    checks = found(failing(fault))

    assert (checks["reachability"].finding, checks["reachability"].exit_code) == (Finding.BAD, fault.exit_code)
    assert checks["api key"].finding is Finding.NOT_CHECKED
