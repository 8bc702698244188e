from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gitops.local.tensoropera.seal import Seal

AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "/system/storage/abc/x y.zip"


def seal(key: str = "key", url: str = "http://127.0.0.1:1", after_s: float = 0.0) -> Seal:
    return Seal(key, url, lambda: AT + timedelta(seconds=after_s))


def holds(one: Seal, url: str, method: str = "GET", path: str | None = None) -> bool:
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return one.holds(method, path or unquote(parts.path), query.get("expires", ""), query.get("signature", ""))


def test_a_sealed_url_opens_its_own_path_by_its_own_method():
    url = seal().sealed("PUT", PATH, 60)
    assert holds(seal(), url, "PUT")
    assert not holds(seal(), url, "GET")
    assert not holds(seal(), url, "PUT", PATH + "x")


def test_it_opens_nothing_for_another_key():
    assert not holds(seal("other"), seal().sealed("GET", PATH))


def test_it_holds_as_long_as_it_says_and_nobody_can_make_it_longer():
    url = seal().sealed("GET", PATH, 60)
    assert holds(seal(after_s=60), url)
    assert not holds(seal(after_s=61), url)
    later = url.replace(f"expires={int(AT.timestamp()) + 60}", f"expires={int(AT.timestamp()) + 600}")
    assert url != later
    assert not holds(seal(after_s=61), later)
    without = url.replace(f"expires={int(AT.timestamp()) + 60}&", "")
    assert not holds(seal(after_s=61), without)


def test_one_without_an_end_holds_for_good():
    assert holds(seal(after_s=1e9), seal().sealed("GET", PATH))


@pytest.mark.parametrize("wrong", ["", "0" * 64, "ü", "\ud800"])
def test_anything_else_is_no_seal(wrong):
    assert not seal().holds("GET", PATH, "", wrong)


def test_a_url_of_another_port_is_known_again_and_told_as_it_is_reached_now():
    old = seal(url="http://127.0.0.1:1").sealed("GET", PATH)
    now = seal(url="http://127.0.0.1:2")
    assert PATH == now.path_of(old)
    assert now.sealed("GET", PATH) == now.here(old)


@pytest.mark.parametrize("other", ["https://host/x.zip?signature=1", "http://[", "x", "http://127.0.0.1:1/\ud800"])
def test_a_url_of_others_stays_as_it_is(other):
    assert seal().path_of(other) is None
    assert other == seal().here(other)
