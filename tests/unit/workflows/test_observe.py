"""What is seen of a platform that counts nothing: one request of our own, and nothing that nobody told."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from gitops.errors import HistoryError
from gitops.model.live import ABSENT
from gitops.model.resource import Resource
from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.workflows.observe import observe, probe_all, status
from tests.builders import TRAITS, WHOLE, make_card, make_desired, make_endpoint, make_live
from tests.fakes.clock import FakeClock
from tests.fakes.desk import Desk, FakeSource
from tests.fakes.platform import FakePlatform
from tests.fakes.whole import FakeWholePlatform

DEVICES = Resource(type="on_premise", master="101", workers=("102",))
EXAMPLE = {"text": "hello"}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def whole(clock):
    platform = FakeWholePlatform(clock)
    version = platform.push(make_card(), Path("nowhere")).name
    platform.create(
        "aloha",
        model="aloha",
        version=version,
        replicas=None,
        gpus_per_replica=0,
        resource=DEVICES,
        progress_deadline_s=60,
    )
    clock.sleep(30)
    return platform


class Answering:
    """A platform of which only probes are asked."""

    def __init__(self, clock, together=1):
        self.clock, self.asked = clock, {}
        self.barrier = threading.Barrier(together)

    def probe(self, name, body):
        self.barrier.wait(timeout=10)
        self.asked[name] = body
        return ProbeResult(at=self.clock.now(), ok=True, latency_ms=3.0, status=200)


def serving(name, **changes):
    return make_live(name, input_example=EXAMPLE, **changes)


def test_every_endpoint_that_answers_is_asked_once_with_its_example(clock):
    platform = Answering(clock)

    probes = probe_all(platform, {"aloha": serving("aloha"), "away": ABSENT}, clock)

    assert platform.asked == {"aloha": EXAMPLE}
    assert probes["aloha"].latency_ms == 3.0
    assert "away" not in probes


def test_many_endpoints_are_asked_at_the_same_time(clock):
    platform = Answering(clock, together=8)
    names = [f"e{number}" for number in range(8)]

    probes = probe_all(platform, {name: serving(name) for name in names}, clock)

    assert sorted(probes) == names


def test_an_endpoint_of_which_nothing_answers_is_not_asked(clock):
    platform = Answering(clock)

    assert probe_all(platform, {"aloha": serving("aloha", online=0)}, clock) == {}
    assert platform.asked == {}


def test_where_no_example_is_known_it_is_said_that_nothing_was_sent(clock):
    platform = Answering(clock)

    probe = probe_all(platform, {"aloha": make_live()}, clock)["aloha"]

    assert platform.asked == {}
    assert (probe.ok, probe.latency_ms) == (False, None)
    assert probe.message == "none was sent: its model card has no request_input_example"


def test_a_platform_that_counts_is_asked_for_counters_and_for_nothing_else(clock):
    platform = FakePlatform(clock)

    observe(platform, TRAITS, "aloha", "local", ["aloha"], clock)

    assert [call.method for call in platform.calls] == ["read", "counters"]


def test_a_platform_that_does_not_count_is_not_asked_for_counters(clock, whole):
    before = len(whole.calls)

    (seen,) = observe(whole, WHOLE, "aloha", "local", ["aloha"], clock).endpoints

    assert "counters" not in [call.method for call in whole.calls[before:]]
    assert seen.counters is None
    assert seen.probe is not None


def test_gpus_that_are_not_told_are_not_zero(clock, whole):
    whole.tells_gpus = False

    (seen,) = observe(whole, WHOLE, "aloha", "local", ["aloha"], clock).endpoints

    assert seen.gpus is None


def test_a_version_in_doubt_is_not_told(clock, whole):
    whole.by_hand("aloha", status="ABORTED")

    (seen,) = observe(whole, WHOLE, "aloha", "local", ["aloha"], clock).endpoints

    assert (seen.version, seen.versions) == (None, {})
    assert seen.ready == 1


def edges(source, platform, traits):
    return replace(Desk().edges, source=source, connect=lambda _: platform, traits_of=lambda _: traits)


def test_what_is_ours_and_not_declared_any_more_is_shown_as_such():
    desk = Desk(make_desired([make_endpoint("a"), make_endpoint("b")]))
    desk.apply()
    desk.source.desired = make_desired(make_endpoint("a"))

    rows = status(desk.edges, None, desk.clock).endpoints

    assert [(row.name, row.declared, row.ready) for row in rows] == [("a", True, 1), ("b", False, 1)]


def test_how_things_are_is_seen_also_where_the_history_cannot_be_read(monkeypatch):
    def broken(**_how):
        raise HistoryError("it is damaged")

    desk = Desk(make_desired(make_endpoint("a")))
    desk.apply()
    monkeypatch.setattr(desk.history, "past", broken)

    assert [row.name for row in status(desk.edges, None, desk.clock).endpoints] == ["a"]


def test_a_status_carries_the_platforms_word_its_devices_and_the_probe(clock, whole):
    source = FakeSource(make_desired(make_endpoint(resource=DEVICES)))

    (row,) = status(edges(source, whole, WHOLE), None, clock).endpoints

    assert (row.raw_status, row.resource) == ("DEPLOYED", DEVICES)
    assert row.probe is not None
    assert row.totals is None


def test_totals_of_the_platform_travel_along(clock):
    platform = FakePlatform(clock)
    totals = PlatformTotals(requests=7, keys=("requests from requests",))
    platform.read = lambda names: {"aloha": make_live(totals=totals)}

    (row,) = status(edges(FakeSource(make_desired()), platform, TRAITS), None, clock).endpoints

    assert row.totals == totals
