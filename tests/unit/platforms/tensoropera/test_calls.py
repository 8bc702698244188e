import traceback

import httpx
import pytest

from gitops.errors import Conflict, GitopsError, Rejected, ServerFault, Unauthorized, Unreachable
from gitops.model.operation import OperationRow
from gitops.model.secret import Secret
from gitops.wire import tensoropera as wire
from tests.fakes.tensoropera import KEY

TOKEN = "session-of-the-tests"


def said(code, data=None, message="words of the platform", status=200):
    return httpx.Response(status, json={"code": code, "message": message, "data": data})


def html(status):
    return httpx.Response(status, text="<html><b>Bad\n gateway</b>", headers={"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (lambda _: said("FAILURE"), Rejected, "refused list_cards: words of the platform"),
        (lambda _: said("FAILURE", message=None), Rejected, "it gives no reason"),
        (lambda _: said("ENDPOINT_EXIST"), Conflict, "an endpoint of that name already: words of the platform"),
        (lambda _: said("INTERNAL_ERROR"), ServerFault, "broke while answering list_cards: words"),
        (lambda _: said("QUOTA_EXCEEDED"), Rejected, r"with QUOTA_EXCEEDED \(HTTP 200\), which gitops does not know"),
        (lambda _: said("SUCCESS"), ServerFault, "with SUCCESS and no data"),
        (lambda _: said("SUCCESS", ""), ServerFault, "with SUCCESS and data"),
        (lambda _: said("SUCCESS", {"data": 1}, status=404), Rejected, "HTTP 404"),
        (lambda _: said("FAILURE", status=400), Rejected, "words of the platform"),
        (lambda _: html(200), ServerFault, "a page, not the API .*Bad gateway"),
        (lambda _: html(404), ServerFault, "a page, not the API .*HTTP 404"),
        (lambda _: httpx.Response(200, text=""), ServerFault, "not the API"),
        (lambda _: httpx.Response(200, text="[" * 100_000), ServerFault, "not the API"),
        (lambda _: httpx.Response(200, json={"code": 0, "data": []}), ServerFault, "not the API"),
        (lambda _: httpx.Response(200, json=[1]), ServerFault, "not the API"),
        (lambda _: httpx.Response(204), ServerFault, "HTTP 204"),
        (lambda _: html(502), ServerFault, "HTTP 502: <html><b>Bad gateway</b>"),
        (lambda _: said("SUCCESS", {}, status=500), ServerFault, "HTTP 500"),
        (lambda _: httpx.Response(429), ServerFault, "asks for fewer requests"),
        (lambda _: httpx.ConnectError("refused"), Unreachable, "nobody answers at https://open.fedml.test"),
        (lambda _: httpx.ReadTimeout("late"), Unreachable, "did not answer in time"),
        (lambda _: said("SUCCESS", {"data": 5}), ServerFault, "data: Input should be a valid list"),
        (lambda _: said("SUCCESS", [1]), ServerFault, "is none"),
        (lambda _: said("SUCCESS", {"data": [{"modelName": "aloha", "id": 1.5}]}), ServerFault, "model card aloha"),
        (lambda _: said("SUCCESS", {"data": [{"modelName": "aloha", "id": 1e18}]}), ServerFault, "model card aloha"),
        (lambda _: said("SUCCESS", {"data": [{"modelName": "aloha"}]}), ServerFault, "id: Field required"),
    ],
)
def test_each_failure_is_an_error_of_its_own(platform, back, answer, kind, words):
    back.strange[wire.LIST_CARDS] += [answer] * 3

    with pytest.raises(kind, match=words) as raised:
        platform.versions(["aloha"])

    assert type(raised.value) is kind
    assert len(raised.value.message) < 500
    assert "\n" not in raised.value.message
    assert KEY not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [{"code": "FAILURE", "message": "no"}, {}])
def test_a_key_that_may_not_do_this_is_told_from_a_wrong_one(platform, back, status, body):
    back.strange[wire.LIST_CARDS].append(httpx.Response(status, json=body))

    with pytest.raises(Unauthorized, match="does not let api_key do list_cards"):
        platform.versions(["aloha"])

    back.key = "another"
    back.strange[wire.LIST_CARDS].append(httpx.Response(status, json=body))
    with pytest.raises(Unauthorized, match="does not accept the API key"):
        platform.versions(["aloha"])


@pytest.mark.parametrize("answer", [said("FAILURE"), said("SUCCESS"), None])
def test_a_wrong_or_expired_key_is_found_out_behind_any_refusal(platform, back, answer):
    back.strange[wire.LIST_CARDS].append(answer)
    back.key = "another"

    with pytest.raises(Unauthorized) as raised:
        platform.versions(["aloha"])

    assert "api_key" in raised.value.hint
    assert [wire.LIST_CARDS, wire.HEARTBEAT] == [path for _, path, _ in back.calls]


def test_a_check_of_keys_that_answers_false_is_a_wrong_key(platform, back):
    back.strange[wire.LIST_CARDS].append(said("FAILURE"))
    back.strange[wire.HEARTBEAT].append(said("SUCCESS", False))

    with pytest.raises(Unauthorized):
        platform.versions(["aloha"])


@pytest.mark.parametrize("answer", [html(200), said("INTERNAL_ERROR"), said("SUCCESS", "yes", status=201)])
def test_a_check_of_keys_that_says_nothing_blames_no_key(platform, back, answer):
    back.strange[wire.LIST_CARDS].append(said("FAILURE"))
    back.strange[wire.HEARTBEAT].append(answer)

    with pytest.raises(Rejected, match="words of the platform"):
        platform.versions(["aloha"])


def test_without_a_key_nothing_is_asked(opened, back):
    with pytest.raises(Unauthorized, match="needs api_key"):
        opened(api_key=None).versions(["aloha"])

    assert back.calls == []


@pytest.mark.parametrize("value", ["two\nlines", "schlüssel", ""])
def test_a_key_that_fits_no_header_is_named_and_not_shown(opened, back, value):
    with pytest.raises(Unauthorized) as raised:
        opened(api_key=Secret(value)).read(["aloha"])

    assert not value or value not in raised.value.message
    assert back.calls == []


@pytest.mark.parametrize(
    "answers",
    [
        [httpx.ConnectError("refused"), httpx.Response(503)],
        [httpx.ReadTimeout("late"), httpx.Response(429, headers={"Retry-After": "7"})],
    ],
)
def test_a_read_is_asked_three_times(platform, back, answers):
    back.strange[wire.LIST_CARDS] += answers

    assert {"aloha": ()} == platform.versions(["aloha"])
    assert 0.25 <= platform.pauses[0] <= 0.5
    assert 2 == len(platform.pauses)


@pytest.mark.parametrize(
    ("asked", "low", "high"), [("7", 7, 7), ("3600", 10, 10), ("soon", 0.25, 0.5), ("-5", 0.25, 0.5), ("²", 0.25, 0.5)]
)
def test_a_pause_that_is_asked_for_is_made_within_reason(platform, back, asked, low, high):
    answer = httpx.Response(503, headers=[(b"Retry-After", asked.encode())])
    back.strange[wire.LIST_CARDS].append(answer)

    platform.versions(["aloha"])

    assert low <= platform.pauses[0] <= high


@pytest.mark.parametrize("answer", [httpx.ReadTimeout("late"), httpx.Response(503), httpx.Response(429)])
def test_a_write_is_asked_once(platform, back, answer):
    back.add_endpoint("aloha")
    back.strange[wire.AUTO_SCALE].append(answer)

    with pytest.raises((Unreachable, ServerFault)):
        platform.scale("aloha", replicas=3)

    assert 1 == len(back.asked(wire.AUTO_SCALE))


def test_a_redirect_is_an_error_and_takes_no_key_along(platform, back):
    away = httpx.Response(302, headers={"Location": "https://thief.test/path?x=1"})
    back.strange[wire.LIST_CARDS].append(away)

    with pytest.raises(ServerFault, match=r"to https://thief.test; .*the key was not sent there"):
        platform.versions(["aloha"])

    assert {"open.fedml.test"} == {request.url.host for request in back.requests}


def test_words_of_the_platform_lose_the_key(opened, back):
    back.strange[wire.LIST_CARDS].append(said("FAILURE", message=f"got {KEY} and {TOKEN}"))

    with pytest.raises(GitopsError, match=r"got \*\*\* and \*\*\*"):
        opened(session_token=Secret(TOKEN)).versions(["aloha"])


SESSION = OperationRow(
    method="PUT",
    path="/console/{endpoint_id}/gpus",
    auth="raw:session_token",
    body={"gpuNumberOfReplica": "{gpus_per_replica}"},
    success="true",
)


def roll_out(platform, gpus):
    platform.roll_out(
        "aloha",
        version="v0-new",
        gpus_per_replica=gpus,
        updated=1,
        max_surge=1,
        max_unavailable=0,
        progress_deadline_s=600,
    )


def test_a_session_token_goes_raw_and_alone(opened, back):
    there = back.add_endpoint("aloha", gpuNumberOfReplica=1)
    path = f"/console/{there['id']}/gpus"
    back.strange[path].append(said("SUCCESS", True))

    roll_out(opened(session_token=Secret(TOKEN), operations={"set_gpus": SESSION}), 2)

    request = back.requests[-1]
    assert ("PUT", TOKEN, b'{"gpuNumberOfReplica":2}') == (
        request.method,
        request.headers["Authorization"],
        request.content,
    )


def test_a_missing_session_token_is_named_by_its_setting(opened, back):
    back.add_endpoint("aloha", gpuNumberOfReplica=1)

    with pytest.raises(Unauthorized, match="set_gpus needs session_token"):
        roll_out(opened(operations={"set_gpus": SESSION}), 2)


def test_a_session_that_has_ended_is_not_blamed_on_the_key(opened, back):
    there = back.add_endpoint("aloha", gpuNumberOfReplica=1)
    back.strange[f"/console/{there['id']}/gpus"].append(httpx.Response(401))

    with pytest.raises(Unauthorized, match="does not let session_token do set_gpus"):
        roll_out(opened(session_token=Secret(TOKEN), operations={"set_gpus": SESSION}), 2)


@pytest.mark.parametrize("data", [None, False, "true", 1])
def test_success_that_must_be_true_is_nothing_else(opened, back, data):
    there = back.add_endpoint("aloha", gpuNumberOfReplica=1)
    back.strange[f"/console/{there['id']}/gpus"].append(said("SUCCESS", data))

    with pytest.raises(ServerFault, match="set_gpus with SUCCESS and"):
        roll_out(opened(session_token=Secret(TOKEN), operations={"set_gpus": SESSION}), 2)
