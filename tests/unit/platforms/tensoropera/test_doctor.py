import time
from email.utils import formatdate

import httpx
import pytest

from gitops.model.checkup import Finding
from gitops.model.secret import Secret
from gitops.wire import tensoropera as wire
from tests.fakes.tensoropera import KEY


def examined(platform):
    return {check.subject: check for check in platform.examine()}


def test_a_healthy_platform_is_good_but_for_what_is_done_by_hand(platform, back):
    back.strange["/"].append(httpx.Response(404, headers={"Date": formatdate(time.time(), usegmt=True)}))
    back.files["/p.zip"] = b"PK"
    back.add_card("aloha", modelUrl="https://storage.test/p.zip")

    checks = examined(platform)

    assert {subject: check.finding for subject, check in checks.items()} == {
        "reachability": Finding.GOOD,
        "tls": Finding.GOOD,
        "clock": Finding.GOOD,
        "api key": Finding.GOOD,
        "user": Finding.GOOD,
        "operations": Finding.GOOD,
        "operation set_autoscale": Finding.WARNING,
        "operation set_gpus": Finding.WARNING,
        "packages": Finding.GOOD,
    }
    assert "Auto Scaling" in checks["operation set_autoscale"].hint
    assert {"/", "/p.zip", wire.HEARTBEAT, wire.USER, wire.LIST_CARDS} == {path for _, path, _ in back.calls}


@pytest.mark.parametrize(
    ("fault", "words", "hint"),
    [
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "is not trusted", "ca_bundle"),
        (httpx.ConnectError("refused"), "nobody answers", "platform.url"),
        (httpx.ConnectTimeout("late"), "did not answer", "platform.url"),
    ],
)
def test_nobody_there_is_bad_and_the_rest_is_not_checked(platform, back, fault, words, hint):
    back.strange["/"].append(fault)

    checks = examined(platform)

    assert (Finding.BAD, 69) == (checks["reachability"].finding, checks["reachability"].exit_code)
    assert words in checks["reachability"].message
    assert hint in checks["reachability"].hint
    assert {Finding.NOT_CHECKED} == {
        checks[subject].finding for subject in ("tls", "clock", "api key", "user", "packages")
    }


@pytest.mark.parametrize("answer", [{"code": "SUCCESS", "data": False}, {"code": "FAILURE", "message": KEY}, None])
def test_a_wrong_key_is_bad(platform, back, answer):
    back.key = "another"
    back.strange[wire.HEARTBEAT] += [answer] * 2

    check = examined(platform)["api key"]

    assert (Finding.BAD, 77) == (check.finding, check.exit_code)
    assert KEY not in check.model_dump_json()


def test_no_key_is_bad(opened):
    checks = examined(opened(api_key=None))

    assert (Finding.BAD, 77) == (checks["api key"].finding, checks["api key"].exit_code)
    assert Finding.NOT_CHECKED is checks["user"].finding


@pytest.mark.parametrize(("apart_s", "words"), [(-300, "ahead"), (300, "behind")])
def test_a_clock_that_is_wrong_is_a_warning(platform, back, apart_s, words):
    back.strange["/"].append(httpx.Response(200, headers={"Date": formatdate(time.time() + apart_s, usegmt=True)}))

    check = examined(platform)["clock"]

    assert Finding.WARNING is check.finding
    assert words in check.message


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_clock_that_is_not_told_is_not_checked(platform, back, date):
    back.strange["/"].append(httpx.Response(200, headers={"Date": date}))

    assert Finding.NOT_CHECKED is examined(platform)["clock"].finding


@pytest.mark.parametrize(("token", "bad"), [(None, True), (Secret("s"), False)])
def test_an_operation_that_needs_a_session_is_bad_without_one(opened, token, bad):
    row = {"method": "POST", "path": "/x", "auth": "raw:session_token", "body": {}}

    checks = examined(opened(operations={"set_gpus": row, "set_autoscale": row}, session_token=token))

    assert bad is ("session token" in checks)
    assert "set_autoscale, set_gpus" in checks["operations"].message
    assert "operation set_gpus" not in checks


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (None, Finding.GOOD),
        (httpx.Response(403), Finding.WARNING),
        (httpx.Response(404), Finding.WARNING),
        (httpx.ConnectError("refused"), Finding.WARNING),
    ],
)
def test_the_package_of_the_last_card_can_be_read_or_not(platform, back, answer, finding):
    back.files["/p.zip"] = b"PK"
    back.add_card("aloha", modelUrl="https://storage.test/p.zip?sign=abc")
    back.strange["/p.zip"].append(answer)

    check = examined(platform)["packages"]

    assert finding is check.finding
    assert "abc" not in check.message
    assert "Authorization" not in back.requests[-1].headers


def test_the_last_card_is_the_one_that_was_changed_last(platform, back):
    for day in (2, 3, 1):
        url = f"https://storage.test/{day}.zip"
        back.add_card(f"card-{day}", modelUrl=url, updateTime=f"2026-11-0{day} 00:00:00")

    assert "card-3" in examined(platform)["packages"].message


def test_without_any_card_packages_are_not_checked(opened):
    own = opened(packages={"url": "https://own.test/{model}"})

    assert "https://own.test" in examined(own)["packages"].message


def test_a_list_of_cards_that_fails_is_a_finding(platform, back):
    back.strange[wire.LIST_CARDS].append(httpx.Response(404, text="<html>"))

    assert Finding.BAD is examined(platform)["packages"].finding


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://open.fedml.test", "its certificate is trusted"),
        ("http://127.0.0.1:8", "none is needed: nothing leaves this machine"),
    ],
)
def test_a_key_travels_encrypted_or_stays_on_this_machine(opened, url, expected):
    assert expected == examined(opened(url=url))["tls"].message
