"""What a client gets from a real replica process."""

import re
from pathlib import Path

import psutil
import pytest

from tests.unit.local.replicas.standin.replica import get, post, running

MODEL = Path(__file__).with_name("model.py")
MIB = 1 << 20


@pytest.fixture(scope="module")
def replica():
    with running(MODEL) as replica:
        yield replica


def test_a_prediction_is_json_in_and_json_out(replica):
    answer = replica.predict({"text": "hello, wörld"})

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {"echo": {"text": "hello, wörld"}}


def test_an_answer_in_json_is_compact_and_in_utf8(replica):
    assert replica.predict({"a": "ö"}).body == '{"echo":{"a":"ö"}}'.encode()


@pytest.mark.parametrize("value", [None, "text", 1, 1.5, True, [1, {"a": None}], {}])
def test_an_answer_may_be_anything_that_json_knows(replica, value):
    assert replica.predict({"do": "value", "value": value}).json == value


def test_an_answer_says_when_the_request_came_and_when_it_was_answered_in_ns(replica):
    headers = replica.predict({}).headers

    assert 1_600_000_000_000_000_000 < int(headers["fedml_t3"]) <= int(headers["fedml_t4"])


@pytest.mark.parametrize("do", ["set", "infinity"])
def test_an_answer_that_json_does_not_know_is_an_error_of_the_model(replica, do):
    answer = replica.predict({"do": do})

    assert answer.status == 500
    assert "JSON" in answer.json["error"]


@pytest.mark.parametrize("do", ["fail", "fail_later"])
def test_an_exception_of_the_model_is_an_answer_and_the_replica_lives_on(replica, do):
    answer = replica.predict({"do": do, "why": "no such word"})

    assert (answer.status, answer.json) == (500, {"error": "ValueError: no such word"})
    assert replica.predict({}).status == 200


def test_an_exception_whose_words_are_no_unicode_is_an_answer_too(replica):
    assert replica.predict(b'{"do": "fail", "why": "\\ud800"}').json == {"error": "ValueError: \\ud800"}


def test_a_model_that_cancels_itself_is_an_error_and_not_a_lost_request(replica):
    assert replica.predict({"do": "cancelled"}).json == {"error": "CancelledError"}


@pytest.mark.parametrize("body", [b"", b"{", b"{'a': 1}", b'{"a": "\xff"}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_the_clients_mistake(replica, body):
    answer = replica.predict(body)

    assert answer.status == 400
    assert answer.json["error"].startswith("the body is not JSON: ")


@pytest.mark.parametrize("payload", [[], "text", 1, None])
def test_json_that_is_no_object_is_the_clients_mistake(replica, payload):
    assert replica.predict(payload).status == 422


def test_an_unknown_path_is_not_found_by_its_name(replica):
    answer = replica.ask(get("/healthz?a=b"))

    assert answer.status == 404
    assert "/healthz" in answer.json["error"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/predict", "POST"), ("DELETE", "/predict", "POST"), ("POST", "/ready", "GET, HEAD")],
)
def test_a_wrong_method_is_told_the_right_one(replica, method, path, allow):
    answer = replica.ask(get(path, method))

    assert (answer.status, answer.headers["allow"]) == (405, allow)


def test_a_ready_model_says_so(replica):
    answer = replica.ask(get("/ready"))

    assert (answer.status, answer.json) == (200, {"status": "Success"})


def test_head_gets_the_headers_of_get_and_no_body(replica):
    with replica.wire() as wire:
        wire.send(get("/ready", "HEAD"), get("/predict", "HEAD"), get("/ready"))

        assert [wire.answer(body=False).status, wire.answer(body=False).status] == [200, 405]
        assert wire.answer().json == {"status": "Success"}


def test_a_connection_is_kept_for_the_next_request(replica):
    with replica.wire() as wire:
        answers = [wire.send(post({"n": n})).answer().json for n in range(3)]

    assert answers == [{"echo": {"n": n}} for n in range(3)]


def test_a_client_that_asks_for_it_gets_its_connection_closed(replica):
    with replica.wire() as wire:
        answer = wire.send(post({}, "Connection: close")).answer()

        assert answer.headers["connection"] == "close"
        assert wire.is_ended()


def test_a_client_of_http_1_0_gets_its_connection_closed(replica):
    with replica.wire() as wire:
        answer = wire.send(post({}, version="1.0")).answer()

        assert answer.json == {"echo": {}}
        assert wire.is_ended()


def test_pipelined_requests_are_answered_in_order(replica):
    requests = [
        post({"do": "value", "value": n} if n % 2 else {"items": "count", "n": n, "stream": True}) for n in range(40)
    ]
    with replica.wire() as wire:
        wire.send(b"".join(requests))
        answers = [wire.answer().body.decode() for _ in requests]

    assert answers == [str(n) if n % 2 else "".join(f"{i} " for i in range(n)) for n in range(40)]


def test_more_pipelined_requests_than_are_read_ahead_are_all_answered(replica):
    stream = post({"items": "count", "n": 1, "stream": True})
    big = post({"do": "value", "value": 1, "padding": "x" * 60_000})
    with replica.wire() as wire:
        for _ in range(20):
            wire.send(stream, big)
        answers = [wire.answer().body for _ in range(40)]

    assert answers == [b"0 ", b"1"] * 20


def test_a_client_that_reads_late_gets_every_answer(replica):
    request = post({"do": "value", "value": "x" * 100_000})
    with replica.wire() as wire:
        for _ in range(60):
            wire.send(request)
        answers = [len(wire.answer().body) for _ in range(60)]

    assert answers == [100_002] * 60


def test_a_request_in_chunks_is_one_request(replica):
    head = b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with replica.wire() as wire:
        answer = wire.send(head, b'4\r\n{"a"\r\n', b"3\r\n: 1\r\n1\r\n}\r\n0\r\n", b"\r\n").answer()

    assert answer.json == {"echo": {"a": 1}}


def test_a_large_body_arrives_whole(replica):
    assert replica.predict({"do": "value", "value": "x" * 3_000_000}).json == "x" * 3_000_000


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(replica):
    head = b"POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with replica.wire() as wire:
        assert wire.send(head).answer(body=False).status == 100
        assert wire.send(b"{}").answer().json == {"echo": {}}


def test_a_refused_request_is_told_why_before_its_connection_ends(replica):
    with replica.wire() as wire:
        answer = wire.send(b"GET / HTTP/1.1\r\n\r\n").answer()

        assert (answer.status, answer.json) == (400, {"error": "a request in HTTP/1.1 needs a Host header"})
        assert wire.is_ended()


def test_a_client_that_is_still_sending_a_huge_head_can_read_why_it_was_refused(replica):
    with replica.wire() as wire:
        answer = wire.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000).answer()

        assert answer.status == 431


def test_coroutines_of_the_model_run_beside_each_other(replica):
    with replica.wire() as first, replica.wire() as second:
        first.send(post({"do": "meet"}))
        second.send(post({"do": "meet"}))

        assert [first.answer().json, second.answer().json] == ["met", "met"]


def test_a_file_is_sent_as_the_type_that_was_asked_for(replica, tmp_path):
    (tmp_path / "picture").write_bytes(b"\x89PNG" * 200_000)

    answer = replica.predict({"do": "file", "path": str(tmp_path / "picture")}, "Accept: image/png")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert (answer.headers["content-length"], answer.body) == ("800000", b"\x89PNG" * 200_000)
    assert "fedml_t4" in answer.headers


def test_a_file_is_sent_as_its_own_type_when_any_image_will_do(replica, tmp_path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a")

    answer = replica.predict({"do": "file", "path": str(tmp_path / "a.gif")}, "Accept: image/*")

    assert answer.headers["content-type"] == "image/gif"


def test_an_empty_file_is_an_answer(replica, tmp_path):
    (tmp_path / "empty").touch()

    assert replica.predict({"do": "file", "path": str(tmp_path / "empty")}, "Accept: a/b").body == b""


@pytest.mark.parametrize("path", ["/no/such/file", "/", 5])
def test_a_file_that_cannot_be_read_is_an_error_of_the_model(replica, path):
    answer = replica.predict({"do": "file", "path": path}, "Accept: image/png")

    assert answer.status == 500
    assert re.match("FileNotFoundError|IsADirectoryError|TypeError", answer.json["error"])


def test_a_replica_of_a_small_model_takes_less_than_30_mib(replica):
    replica.predict({})

    assert psutil.Process(replica.process.pid).memory_info().rss < 30 * MIB


def test_a_model_that_is_not_ready_says_202():
    with running(MODEL, READY="no") as replica:
        answer = replica.ask(get("/ready"))

    assert (answer.status, answer.body) == (202, b"")


def test_a_model_that_fails_when_asked_if_it_is_ready_says_500():
    with running(MODEL, READY="broken") as replica:
        answer = replica.ask(get("/ready"))

    assert (answer.status, answer.json) == (500, {"error": "RuntimeError: no weights"})


def test_a_traceback_of_the_model_goes_to_its_log():
    with running(MODEL) as replica:
        replica.predict({"do": "fail", "why": "no such word"})
        log = replica.end()

    assert "Traceback" in log
    assert "in fail" in log
    assert log.endswith("ValueError: no such word\n")
