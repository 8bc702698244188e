import json
from contextlib import closing

import httpx
import pytest

from gitops.errors import Conflict, ErrorCode, GitopsError, Rejected, ServerFault, Unauthorized, Unreachable
from gitops.platforms.transport import Transport
from gitops.wire.messages import PlatformInfo

INFO = {"installation": "i", "pid": 1, "version": "0", "started_at": "2026-01-01T00:00:00Z"}


def asked(handler, key="s3cr3t"):
    with closing(Transport("http://host:1", key, advice="wake it", transport=httpx.MockTransport(handler))) as way:
        return way.get("/gitops/v1/platform", PlatformInfo)


def every_exception_of_httpx():
    def below(kind):
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return sorted({httpx.HTTPError, *below(httpx.HTTPError), httpx.InvalidURL}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_exception_of_httpx(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_becomes_one_of_ours(kind):
    def fail(request):
        if kind is httpx.HTTPStatusError:
            raise kind("words", request=request, response=httpx.Response(500))
        raise kind("words")

    with pytest.raises((Unreachable, ServerFault)) as raised:
        asked(fail)

    assert raised.value.hint == "wake it"


def test_the_key_travels_as_a_bearer_token():
    seen = []

    asked(lambda request: seen.append(request.headers["Authorization"]) or httpx.Response(200, json=INFO))

    assert seen == ["Bearer s3cr3t"]


def test_a_redirect_is_not_followed_with_a_key():
    seen = []

    def away(request):
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": "http://elsewhere/"})

    with pytest.raises(ServerFault):
        asked(away)

    assert seen == ["host"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Unauthorized), (403, Unauthorized), (409, Conflict), (422, Rejected), (404, Rejected), (500, ServerFault)],
)
def test_each_refusal_has_its_own_error_with_the_platform_s_words(status, kind):
    body = {"error": {"code": "rejected", "message": "no such version", "hint": "push it"}}

    with pytest.raises(kind) as raised:
        asked(lambda _: httpx.Response(status, json=body))

    assert raised.value.hint == "push it"
    assert kind is Unauthorized or "no such version" in raised.value.message


def test_a_full_disk_over_there_keeps_its_code():
    body = {"error": {"code": "data-folder-full", "message": "no space", "hint": ""}}

    with pytest.raises(GitopsError) as raised:
        asked(lambda _: httpx.Response(507, json=body))

    assert raised.value.code is ErrorCode.DATA_FOLDER_FULL


@pytest.mark.parametrize("text", ["<html>" + "x" * 5000, "", json.dumps({"pid": "many"}), "null"])
def test_what_is_not_the_contract_is_quoted_short(text):
    with pytest.raises(ServerFault) as raised:
        asked(lambda _: httpx.Response(200, text=text))

    assert len(raised.value.message) < 350
    assert "is no PlatformInfo" in raised.value.message


def test_a_page_of_a_proxy_instead_of_an_error_is_quoted():
    with pytest.raises(ServerFault, match="502: <h1>Bad gateway</h1>"):
        asked(lambda _: httpx.Response(502, text="<h1>Bad\n gateway</h1>"))
