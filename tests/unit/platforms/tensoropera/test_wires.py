import json
from contextlib import closing

import pytest
import trustme

from gitops.errors import ServerFault, Unreachable, UsageError
from gitops.model.desired import TensorOperaPlatform
from gitops.model.secret import Secret
from gitops.platforms.tensoropera.adapter import TensorOperaAdapter
from gitops.platforms.tensoropera.wires import Wires, is_loopback
from tests.fakes.tensoropera import KEY
from tests.unit.platforms.tensoropera.servers import CARDS, context_for, serving

AUTHORITY = trustme.CA()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def bundle(tmp_path):
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path


def asked(url, root, **settings):
    # Not validated: no file may name a host without TLS, and a proxy is seen to be gone through only without it.
    whole = TensorOperaPlatform.model_construct(kind="tensoropera", url=url, api_key=Secret(KEY), **settings)
    with closing(TensorOperaAdapter(whole, root, sleep=lambda _: None)) as platform:
        return platform.versions(["aloha"])


def test_a_host_with_a_certificate_of_its_own_is_trusted_by_the_bundle(bundle):
    with serving(context_for(AUTHORITY, "127.0.0.1")) as server:
        assert {"aloha": ()} == asked(f"https://127.0.0.1:{server.port}", bundle, ca_bundle="ca.pem")

    assert KEY == json.loads(server.seen[0][2])["user_api_key"]


@pytest.mark.parametrize(("authority", "host"), [(trustme.CA(), "127.0.0.1"), (AUTHORITY, "elsewhere.test")])
def test_a_certificate_of_another_authority_or_host_gets_no_key(bundle, authority, host):
    untrusted = pytest.raises(Unreachable, match=r"certificate of https://127\.0\.0\.1:.* is not trusted")
    with serving(context_for(authority, host)) as server, untrusted as raised:
        asked(f"https://127.0.0.1:{server.port}", bundle, ca_bundle="ca.pem")

    assert "ca_bundle" in raised.value.hint
    assert [] == server.seen


def test_without_the_bundle_it_is_not_trusted(tmp_path):
    with serving(context_for(AUTHORITY, "127.0.0.1")) as server, pytest.raises(Unreachable, match="is not trusted"):
        asked(f"https://127.0.0.1:{server.port}", tmp_path)


@pytest.mark.parametrize("content", [None, "", "no certificate", b"\xff\x00"])
def test_a_bundle_that_is_none_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(UsageError, match=r"ca_bundle .*/ca.pem cannot be used"):
        Wires(tmp_path / "ca.pem")


def test_plain_http_behind_an_https_url_is_unreachable(tmp_path):
    with serving() as server, pytest.raises((Unreachable, ServerFault)):
        asked(f"https://127.0.0.1:{server.port}", tmp_path)


def test_a_redirect_to_another_host_takes_no_key_there(tmp_path):
    with serving() as thief, serving() as server:
        server.answer = (307, {"Location": f"http://127.0.0.1:{thief.port}/fedmlModelServer"}, b"")
        with pytest.raises(ServerFault, match=f"to http://127.0.0.1:{thief.port}; this was not followed"):
            asked(f"http://127.0.0.1:{server.port}", tmp_path)

    assert [] == thief.seen


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_is_gone_through(tmp_path, monkeypatch, name):
    with serving() as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert {"aloha": ()} == asked("http://platform.test", tmp_path)

    assert proxy.seen[0][0].startswith("http://platform.test/fedmlModelServer/")


def test_a_host_that_needs_no_proxy_is_reached_directly(tmp_path, monkeypatch):
    with serving() as server, serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "0.0.0.0")
        asked(f"http://0.0.0.0:{server.port}", tmp_path)

    assert ([], 1) == (proxy.seen, len(server.seen))


def test_loopback_is_never_reached_through_a_proxy(tmp_path, monkeypatch):
    with serving() as server, serving() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        asked(f"http://127.0.0.1:{server.port}", tmp_path)

    assert ([], 1) == (proxy.seen, len(server.seen))


def test_a_proxy_that_looks_inside_is_trusted_by_the_bundle(bundle, monkeypatch):
    with serving(context_for(AUTHORITY, "platform.test")) as inside, serving() as proxy:
        proxy.tunnel = inside.port
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass-of-the-proxy@127.0.0.1:{proxy.port}")

        assert {"aloha": ()} == asked("https://platform.test", bundle, ca_bundle="ca.pem")
        with pytest.raises(Unreachable, match="is not trusted"):
            asked("https://platform.test", bundle)

    assert "platform.test:443" == proxy.seen[0][0]
    assert KEY not in str(proxy.seen)
    assert 1 == len(inside.seen)


def test_a_proxy_that_refuses_is_named_without_its_password(tmp_path, monkeypatch):
    with serving() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass-of-the-proxy@127.0.0.1:{proxy.port}")
        with pytest.raises(Unreachable, match=r"proxy .* refused .*407") as raised:
            asked("https://platform.test", tmp_path)

    assert "pass-of-the-proxy" not in raised.value.message


@pytest.mark.parametrize("value", ["gopher://u:pass-of-the-proxy@x", "http://u:pass-of-the-proxy@x:port"])
def test_a_proxy_that_is_none_is_refused_without_its_password(tmp_path, monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)

    with pytest.raises(UsageError, match="proxy that the environment names") as raised:
        Wires().send("GET", "https://platform.test")

    assert "pass-of-the-proxy" not in str(raised.value) + raised.value.hint
    assert raised.value.__cause__ is None


def test_an_answer_that_is_cut_is_unreachable(tmp_path):
    content = json.dumps(CARDS).encode()
    cut = (200, {"Content-Length": "9999", "Connection": "close"}, content)
    with serving(answer=cut) as server, pytest.raises(Unreachable, match="broke"):
        asked(f"http://127.0.0.1:{server.port}", tmp_path)

    assert 3 == len(server.seen)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_no_other(host, loopback):
    assert loopback is is_loopback(host)
