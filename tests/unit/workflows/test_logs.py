"""Reading logs over the fake platform: which lines are shown, what is refused, and what following lives through."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from gitops.diagnostics import InputError
from gitops.errors import Unauthorized, UsageError
from gitops.model.desired import Environment, LocalPlatform
from gitops.model.log import LogLine, LogPage, LogQuery, Severity
from gitops.ports import Loaded
from gitops.workflows.logs import Wish, logs, parse_grep, parse_severity, parse_since
from tests.builders import make_card, make_desired
from tests.fakes.clock import FakeClock
from tests.fakes.platform import FakePlatform, Fault

LOCAL = Environment(platform=LocalPlatform(kind="local"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class FakeSource:
    def __init__(self, loaded):
        self.loaded = loaded

    def environments(self):
        return ("local",), "local"

    def load(self, environment):
        return self.loaded


class Desk:
    def __init__(self):
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock)
        self.loaded = Loaded(None, LOCAL, make_desired())
        self.shown = []
        self.news = []
        self.reached = []

    def create(self, replicas=2):
        version = self.platform.push(make_card(), None).name
        self.platform.create(
            "aloha",
            model="aloha",
            version=version,
            replicas=replicas,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=60,
        )
        self.clock.sleep(5)

    def reach(self, environment):
        self.reached.append(self.clock.monotonic())

    def logs(self, endpoint="aloha", least=Severity.DEBUG, grep=None, tail=None, follow=False, **query):
        wish = Wish(endpoint, LogQuery(**query), re.compile(grep) if grep else None, least, tail, follow)
        self.shown.clear()
        logs(
            FakeSource(self.loaded),
            lambda environment: self.platform,
            self.reach,
            None,
            wish,
            self.clock,
            self.shown.extend,
            self.news.append,
        )
        return self.texts()

    def texts(self):
        return [f"{line.source}: {line.text}" for line in self.shown]

    def follow(self, seconds, **wish):
        """Follow for a while, and then press Ctrl-C."""

        def interrupt():
            raise KeyboardInterrupt

        self.clock.at(self.clock.monotonic() + seconds, interrupt)
        with pytest.raises(KeyboardInterrupt):
            self.logs(follow=True, **wish)
        return self.texts()


@pytest.fixture
def desk():
    return Desk()


def test_every_line_is_shown_page_by_page_with_its_severity(desk):
    desk.create(replicas=5)

    assert desk.logs() == [f"aloha-{number}: aloha" for number in range(1, 6)]
    assert {line.severity for line in desk.shown} == {Severity.INFO}


def test_lines_are_filtered_by_replica_severity_and_pattern(desk):
    desk.create()
    said = desk.platform._fleets["aloha"].said
    said.append(said[-1]._replace(source="aloha-2", text="ERROR: no"))

    assert desk.logs(replica="aloha-1") == ["aloha-1: aloha"]
    assert desk.logs(least=Severity.ERROR) == ["aloha-2: ERROR: no"]
    assert desk.logs(grep="^al") == ["aloha-1: aloha", "aloha-2: aloha"]


def test_the_newest_lines_are_counted_behind_the_filters(desk):
    desk.create(replicas=5)

    assert desk.logs(tail=2) == ["aloha-4: aloha", "aloha-5: aloha"]
    assert desk.logs(tail=1, grep="aloha") == ["aloha-5: aloha"]
    assert desk.logs(tail=0) == []


def test_the_platform_is_told_how_many_lines_are_needed_unless_a_filter_needs_all(desk):
    desk.create()
    for wish, last in (({"tail": 3}, 3), ({"tail": 3, "grep": "x"}, None), ({}, None)):
        desk.platform.calls.clear()
        desk.logs(**wish)
        asked = [call for call in desk.platform.calls if call.method == "logs"]
        assert {call.arguments["query"].last for call in asked} == {last}


def test_events_stand_between_the_lines_when_they_are_asked_for(desk):
    desk.create(replicas=1)

    assert desk.logs(events=True) == [
        "platform: replica aloha-1 starting",
        "aloha-1: aloha",
        "platform: replica aloha-1 ready",
    ]


def test_an_endpoint_that_is_declared_and_not_applied_yet_is_said_so(desk):
    with pytest.raises(UsageError, match="not on the platform yet") as refused:
        desk.logs()
    assert "apply" in refused.value.hint


def test_an_endpoint_that_nobody_knows_is_refused_with_those_there_are(desk):
    with pytest.raises(UsageError, match="there is no endpoint alhoa") as refused:
        desk.logs("alhoa")
    assert refused.value.hint == "declared: aloha"


@pytest.mark.parametrize(
    ("query", "hint"),
    [({"replica": "aloha-99"}, "there is of: aloha-1, aloha-2"), ({"version": "v9"}, "there is of: v0")],
)
def test_a_replica_or_version_that_said_nothing_is_refused_with_those_that_did(desk, query, hint):
    desk.create()
    with pytest.raises(UsageError, match="no output of a") as refused:
        desk.logs(**query)
    assert refused.value.hint == hint


def test_replicas_are_named_in_the_order_of_their_numbers(desk):
    desk.create(replicas=11)
    with pytest.raises(UsageError) as refused:
        desk.logs(replica="aloha-99")
    assert refused.value.hint.endswith("aloha-9, aloha-10, aloha-11")


def test_files_with_mistakes_do_not_keep_logs_from_being_read(desk):
    desk.create(replicas=1)
    desk.loaded = Loaded(None, LOCAL, None)

    assert desk.logs() == ["aloha-1: aloha"]


def test_without_an_environment_nothing_can_be_read(desk):
    desk.loaded = Loaded(None, None, None)

    with pytest.raises(InputError):
        desk.logs()


def test_following_shows_what_new_replicas_say_once(desk):
    desk.create(replicas=1)
    desk.clock.at(desk.clock.monotonic() + 2, lambda: desk.platform.scale("aloha", replicas=3))

    assert desk.follow(10) == ["aloha-1: aloha", "aloha-2: aloha", "aloha-3: aloha"]


def test_following_goes_on_when_the_platform_was_away_and_says_so_once(desk):
    desk.create(replicas=1)
    desk.clock.at(desk.clock.monotonic() + 2, lambda: desk.platform.restart(away_s=3))

    assert desk.follow(10) == ["aloha-1: aloha", "aloha-2: aloha"]
    assert len(desk.news) == 2
    assert "waiting for it to come back" in desk.news[0]
    assert "again" in desk.news[1]
    assert len(desk.reached) > 1


def test_following_ends_when_the_key_is_no_longer_accepted(desk):
    desk.create(replicas=1)
    desk.platform.faults[len(desk.platform.calls) + 4] = Fault(Unauthorized("no"))

    with pytest.raises(Unauthorized):
        desk.logs(follow=True)


def test_following_from_the_newest_lines_on_shows_all_that_comes(desk):
    desk.create(replicas=1)
    desk.clock.at(desk.clock.monotonic() + 2, lambda: desk.platform.scale("aloha", replicas=3))

    assert desk.follow(10, tail=0) == ["aloha-2: aloha", "aloha-3: aloha"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("10m", NOON - timedelta(minutes=10)),
        ("1.5h", NOON - timedelta(minutes=90)),
        ("30s", NOON - timedelta(seconds=30)),
        ("2d", NOON - timedelta(days=2)),
        ("9999999999d", datetime.min.replace(tzinfo=UTC)),
        ("2026-11-24T05:46:41Z", datetime(2026, 11, 24, 5, 46, 41, tzinfo=UTC)),
        ("2026-11-24 05:46:41", datetime(2026, 11, 24, 5, 46, 41, tzinfo=UTC)),
        ("2026-11-24T05:46:41+02:00", datetime(2026, 11, 24, 3, 46, 41, tzinfo=UTC)),
    ],
)
def test_since_is_how_long_ago_or_a_time(text, time):
    assert parse_since(text, NOON) == time


@pytest.mark.parametrize("text", ["", "10", "10 minutes", "yesterday", "-5m", "2026-13-01"])
def test_since_nonsense_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="--since") as refused:
        parse_since(text, NOON)
    assert "10m" in refused.value.hint


def test_a_pattern_and_a_severity_that_are_none_are_refused():
    with pytest.raises(UsageError, match=r"--grep.*'\('"):
        parse_grep("(")
    with pytest.raises(UsageError, match="debug, info, warning, error"):
        parse_severity("bad")
    assert (parse_severity("ERROR"), parse_grep("a+").pattern) == (Severity.ERROR, "a+")


class Sourceless(FakePlatform):
    """A platform that gives each line its severity, and cannot tell whose output it keeps."""

    def logs(self, name, query, cursor=None):
        self.asked = query
        said = (("102_1", Severity.INFO, "Traceback was fun"), ("102_1", Severity.ERROR, "all is well"))
        at = self.clock.now()
        lines = tuple(LogLine(at=at, source=who, severity=severity, text=text) for who, severity, text in said)
        return LogPage(lines=lines if cursor is None else (), cursor="all")


def test_a_replica_is_asked_for_by_its_device_where_no_sources_are_told(desk):
    desk.platform = Sourceless(desk.clock)
    desk.create()

    assert desk.logs(replica="102_1") == ["102_1: Traceback was fun", "102_1: all is well"]
    assert desk.platform.asked.replica == "102_1"


def test_a_severity_that_the_platform_gives_counts_and_not_the_words(desk):
    desk.platform = Sourceless(desk.clock)
    desk.create()

    assert desk.logs(least=Severity.ERROR) == ["102_1: all is well"]
