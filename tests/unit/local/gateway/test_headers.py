"""Which headers pass a gateway, in both directions."""

from types import SimpleNamespace

import aiohttp
import pytest
from multidict import CIMultiDict

from gitops.local.gateway.headers import for_client, for_replica


def asked(*headers, prefix=""):
    raw = tuple((key.encode(), value.encode()) for key, value in headers)
    request = SimpleNamespace(headers=CIMultiDict(headers), raw_headers=raw, remote="10.0.0.1")
    return [line.decode() for line in for_replica(request, prefix)]


def test_a_replica_gets_what_is_its_own_and_where_the_request_came_from():
    lines = asked(("Host", "public"), ("X-Own", "1"), ("Cookie", "a=b"))

    assert lines == [
        "X-Own: 1",
        "Cookie: a=b",
        "X-Forwarded-For: 10.0.0.1",
        "X-Forwarded-Host: public",
        "X-Forwarded-Proto: http",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Connection",
        "Content-Length",
        "Expect",
        "Forwarded",
        "Keep-Alive",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-FORWARDED-PREFIX",
        "X-Forwarded-User",
        "X-Real-IP",
    ],
)
def test_the_connections_own_headers_the_key_and_claims_about_proxies_do_not_pass(name):
    assert not [line for line in asked((name, "claimed")) if "claimed" in line]


def test_what_connection_names_stays_with_the_connection():
    assert not [line for line in asked(("Connection", "close, X-Hop"), ("x-hop", "1")) if "hop" in line.lower()]
    assert "X-Hop" not in for_client(CIMultiDict({"Connection": "X-Hop", "X-Hop": "1"}))


def test_a_path_below_has_its_prefix_told():
    assert "X-Forwarded-Prefix: /inference/aloha" in asked(prefix="/inference/aloha")


def test_a_client_gets_repeated_headers_as_often():
    headers = CIMultiDict([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Transfer-Encoding", "chunked")])
    assert list(for_client(headers).items()) == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


def test_a_header_that_no_client_could_be_given_is_the_replicas_fault():
    with pytest.raises(aiohttp.ClientPayloadError, match="X-Odd"):
        for_client(CIMultiDict({"X-Odd": "a\x01b"}))


def test_a_header_may_hold_a_tab_and_any_letter():
    assert for_client(CIMultiDict({"X": "a\tß"}))["X"] == "a\tß"
