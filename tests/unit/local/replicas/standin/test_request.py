"""Bytes become requests, in order, whatever pieces they arrive in."""

import pytest
from fedml.serving._body import MAX_BODY
from fedml.serving._refusal import Refused
from fedml.serving._request import MAX_HEAD, RequestReader

HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\n"
SIZED = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"


def read(*pieces: bytes) -> list:
    reader = RequestReader()
    requests = []
    for piece in pieces:
        reader.feed(piece)
        while (request := reader.next()) is not None:
            requests.append(request)
    return requests


def refusal(*pieces: bytes) -> int:
    with pytest.raises(Refused) as caught:
        read(*pieces)
    return caught.value.status


@pytest.mark.parametrize("request_bytes", [SIZED, CHUNKED], ids=["sized", "chunked"])
def test_a_request_that_is_split_anywhere_is_the_same_request(request_bytes):
    for cut in range(len(request_bytes) + 1):
        requests = read(request_bytes[:cut], request_bytes[cut:])

        assert [(r.method, r.path, r.body) for r in requests] == [("POST", "/predict", b"hello")]


@pytest.mark.parametrize("request_bytes", [SIZED, CHUNKED], ids=["sized", "chunked"])
def test_a_request_that_arrives_byte_by_byte_is_the_same_request(request_bytes):
    [request] = read(*(bytes([byte]) for byte in request_bytes))

    assert request.body == b"hello"


def test_requests_that_arrive_together_come_out_in_order():
    requests = read(SIZED + CHUNKED + b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")

    assert [(r.path, r.body) for r in requests] == [("/predict", b"hello"), ("/predict", b"hello"), ("/ready", b"")]


def test_a_reader_knows_when_nothing_of_a_further_request_is_there():
    reader = RequestReader()
    reader.feed(SIZED[:-1])
    assert reader.next() is None
    assert not reader.is_between_requests

    reader.feed(SIZED[-1:])
    assert reader.next() is not None
    assert reader.is_between_requests


def test_a_body_ends_where_its_length_says_and_nothing_is_lost_after_it():
    first, second = read(SIZED + SIZED.replace(b"hello", b"aloha"))

    assert (first.body, second.body) == (b"hello", b"aloha")


def test_headers_are_read_in_lower_case_without_the_space_around_them():
    [request] = read(b"GET / HTTP/1.1\r\nHOST:a\r\nAccept: \t image/png \r\n\r\n")

    assert request.headers == {"host": "a", "accept": "image/png"}


def test_a_repeated_header_is_joined_with_commas():
    [request] = read(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n")

    assert request.headers["accept"] == "a/b, c/d"


@pytest.mark.parametrize("target", ["/predict?a=b", "http://host:1/predict?a", "HTTPS://host/predict"])
def test_the_path_is_what_stands_between_host_and_query(target):
    [request] = read(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    assert request.path == "/predict"


def test_line_ends_before_a_request_are_nothing():
    [request] = read(b"\r\n\r\n" + SIZED)

    assert request.body == b"hello"


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.1", "Keep-Alive, Close", False),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
    ],
)
def test_a_connection_is_kept_as_its_version_and_header_say(version, connection, kept):
    header = f"Connection: {connection}\r\n" if connection else ""
    [request] = read(f"GET / HTTP/{version}\r\nHost: a\r\n{header}\r\n".encode())

    assert request.keep_alive is kept


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET predict HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nSpace : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: +1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_BODY + 1), 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000, 400),
        (HEAD + b"Expect: a miracle\r\n\r\n", 417),
    ],
)
def test_what_http_does_not_allow_is_refused(head, status):
    assert refusal(head) == status


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["endless", "ended"])
def test_headers_larger_than_the_limit_are_refused(end):
    assert refusal(HEAD + b"X: " + b"x" * MAX_HEAD + end) == 431


def test_headers_that_trickle_in_beyond_the_limit_are_refused():
    assert refusal(HEAD, *[b"X: " + b"x" * 1000 + b"\r\n"] * 80) == 431


def test_an_expectation_is_met_once_and_only_while_the_body_is_missing():
    reader = RequestReader()
    reader.feed(HEAD + b"Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n")

    assert reader.next() is None
    assert [reader.take_expectation(), reader.take_expectation()] == [True, False]


def test_an_expectation_is_void_once_the_body_is_there():
    reader = RequestReader()
    reader.feed(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")

    assert reader.next() is not None
    assert not reader.take_expectation()
