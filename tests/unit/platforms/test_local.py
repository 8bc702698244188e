"""The embedded platform's adapter, where many names are asked for."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from gitops.errors import ServerFault
from gitops.model.live import ABSENT, Live, Phase
from gitops.model.snapshot import Counters
from gitops.platforms.local import LocalAdapter
from gitops.platforms.transport import Transport
from gitops.wire import paths
from gitops.wire.messages import CountersList, EndpointList

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAMES = [f"aloha-{number}" for number in range(120)]


def _adapter(answer: Callable[[httpx.Request], httpx.Response]) -> LocalAdapter:
    return LocalAdapter(Transport("http://127.0.0.1:1", None, transport=httpx.MockTransport(answer)), None)


def _counters(name: str) -> Counters:
    return Counters(endpoint=name, generation="1", since=NOON, observed_at=NOON)


def test_many_counters_are_asked_for_in_portions_and_none_is_lost() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == paths.COUNTERS
        names = request.url.params.get_list("name")
        asked.append(len(names))
        told = tuple(_counters(name) for name in names if name != "aloha-7")
        return httpx.Response(200, text=CountersList(counters=told).model_dump_json())

    found = _adapter(answer).counters(NAMES)
    assert set(found) == {*NAMES} - {"aloha-7"}
    assert sorted(asked) == [20, 50, 50]


def test_counters_of_nothing_are_not_asked_for() -> None:
    assert _adapter(lambda _request: httpx.Response(500)).counters([]) == {}


def test_one_portion_that_fails_is_the_end_of_all() -> None:
    with pytest.raises(ServerFault):
        _adapter(lambda _request: httpx.Response(500)).counters(NAMES)


def test_many_names_are_read_from_the_list_and_what_it_does_not_have_is_absent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "name" not in request.url.params
        lives = tuple(Live(name=name, model="m", replicas=1, phase=Phase.SERVING) for name in ("aloha-3", "other"))
        return httpx.Response(200, text=EndpointList(endpoints=lives).model_dump_json())

    found = _adapter(answer).read(NAMES)
    assert set(found) == set(NAMES)
    assert [name for name, live in found.items() if live is not ABSENT] == ["aloha-3"]
