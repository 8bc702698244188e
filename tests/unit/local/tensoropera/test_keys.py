import pytest

from gitops.local.tensoropera.keys import KeyIn, Keys

KEYS = Keys("the key", token={"7": "a token"}.get)
BODIES = [KeyIn.LIST, KeyIn.BODY, KeyIn.JOB]


@pytest.mark.parametrize("place", BODIES)
def test_a_key_in_the_body_opens_only_by_the_name_that_the_call_has_for_it(place):
    assert KEYS.opens(place, {}, {place.value: "the key"})
    for other in {"apiKey", "user_api_key", "userApiKey", "api_key"} - {place.value}:
        assert not KEYS.opens(place, {}, {other: "the key"})
    assert not KEYS.opens(place, {"Authorization": "Bearer the key"}, {})


@pytest.mark.parametrize("shown", ["", "the ke", "the key ", "THE KEY", None, True, 7, ["the key"], {"a": 1}, "\ud800"])
def test_whatever_is_not_the_key_opens_nothing(shown):
    assert not KEYS.opens(KeyIn.BODY, {}, {"apiKey": shown})


@pytest.mark.parametrize("said", ["the key", "bearer the key", "Bearer  the key", "Bearer", "", "Basic the key"])
def test_a_header_must_say_bearer(said):
    assert KEYS.opens(KeyIn.BEARER, {"Authorization": "Bearer the key"}, {})
    assert not KEYS.opens(KeyIn.BEARER, {"Authorization": said}, {})


def test_the_token_of_an_endpoint_opens_that_endpoint_and_nothing_else():
    bearer = {"Authorization": "Bearer a token"}
    assert KEYS.opens(KeyIn.ENDPOINT, bearer, {"endpointId": 7})
    assert not KEYS.opens(KeyIn.ENDPOINT, bearer, {"endpointId": 8})
    assert not KEYS.opens(KeyIn.BEARER, bearer, {"endpointId": 7})
    assert KEYS.opens(KeyIn.ENDPOINT, {"Authorization": "Bearer the key"}, {"endpointId": 8})


def test_an_endpoint_without_a_token_is_not_opened_by_an_empty_one():
    assert not Keys("the key").opens(KeyIn.ENDPOINT, {"Authorization": "Bearer "}, {"endpointId": 7})
    assert not Keys("the key", token=lambda _: "").opens(KeyIn.ENDPOINT, {"Authorization": "Bearer "}, {})
