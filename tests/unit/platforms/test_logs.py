"""The adapter's way through logs, against a server that answers from a table."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from gitops.errors import Rejected
from gitops.model.log import LogQuery, Severity
from gitops.platforms.logs import read_logs
from gitops.platforms.transport import Transport

EVERYTHING = LogQuery()
T = [datetime(2026, 11, 24, 5, 46, second, tzinfo=UTC).isoformat() for second in range(60)]


class Server:
    """Logs as lists of lines: an offset is a number of lines."""

    def __init__(self) -> None:
        self.logs: dict[str, list[tuple[str, str]]] = {}
        self.infos: dict[str, dict] = {}
        self.events: list[dict] = []
        self.asked: list[str] = []
        self.chunk = 2

    def add(self, name: str, *lines: tuple[str, str], **info: object) -> None:
        self.logs.setdefault(name, []).extend(lines)
        end, written = len(self.logs[name]), self.logs[name][-1][0] if self.logs[name] else None
        known = self.infos.get(name, {"id": name, "source": name, "version": "v0", "started_at": T[0]})
        self.infos[name] = {**known, "end": end, "written_at": written, **info}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        if path.endswith("/logs"):
            if "/aloha/" not in path:
                error = {"code": "rejected", "message": "there is no endpoint nobody"}
                return httpx.Response(422, json={"error": error})
            return httpx.Response(200, json={"logs": sorted(self.infos.values(), key=lambda one: one["started_at"])})
        if path.endswith("/events"):
            return httpx.Response(200, json={"events": [e for e in self.events if e["seq"] > int(query["after"])]})
        name = path.rsplit("/", 1)[1]
        self.asked.append(f"{name}?{query}")
        lines, first = self.logs[name], int(query["after"])
        first = max(first, len(lines) - int(query["last"])) if "last" in query else first
        part = lines[first : first + self.chunk]
        body = [{"at": at, "end": first + number, "text": text} for number, (at, text) in enumerate(part, 1)]
        more = first + len(part) < len(lines)
        return httpx.Response(200, content=json.dumps({"lines": body, "next": first + len(part), "more": more}))


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def page(server):
    transport = Transport("http://platform", None, transport=httpx.MockTransport(server))
    yield lambda query=EVERYTHING, cursor=None: read_logs(transport, "aloha", query, cursor)
    transport.close()


def texts(page):
    return [line.text for line in page.lines]


def test_several_logs_are_read_to_their_end_page_by_page_in_the_order_of_time(server, page):
    server.add("aloha-1", (T[1], "a"), (T[3], "c"), (T[5], "e"))
    server.add("aloha-2", (T[2], "b"), (T[4], "d"))
    first = page()
    second = page(cursor=first.cursor)

    assert (texts(first), first.more) == (["a", "b", "c"], True)
    assert (texts(second), second.more) == (["d", "e"], False)


def test_only_logs_that_grew_are_asked_again(server, page):
    server.add("aloha-1", (T[1], "a"))
    server.add("aloha-2", (T[2], "b"))
    cursor = page().cursor
    server.asked.clear()
    server.add("aloha-2", (T[3], "c"))

    assert texts(page(cursor=cursor)) == ["c"]
    assert server.asked == ["aloha-2?after=1"]


def test_a_log_that_began_later_is_not_read_before_its_turn(server, page):
    server.add("aloha-1", (T[1], "a"), (T[2], "b"), (T[3], "c"))
    server.add("aloha-2", (T[9], "z"), started_at=T[8])
    first = page()

    assert (texts(first), first.more, len(server.asked)) == (["a", "b"], True, 1)
    assert texts(page(cursor=first.cursor)) == ["c", "z"]


def test_a_log_that_was_silent_since_then_is_not_read_and_what_it_says_later_is_new(server, page):
    server.add("aloha-1", (T[1], "a"))
    query = LogQuery(since=datetime.fromisoformat(T[5]))
    first = page(query)
    assert (texts(first), server.asked) == ([], [])
    server.add("aloha-1", (T[9], "b"))

    assert texts(page(query, first.cursor)) == ["b"]


def test_only_the_last_lines_are_asked_for_and_only_at_the_first_time(server, page):
    server.chunk = 9
    server.add("aloha-1", (T[1], "a"), (T[2], "b"), (T[3], "c"))
    first = page(LogQuery(last=1))
    server.add("aloha-1", (T[4], "d"), (T[5], "e"))

    assert (texts(first), texts(page(LogQuery(last=1), first.cursor))) == (["c"], ["d", "e"])


def test_a_bootstrap_goes_with_its_version(server, page):
    server.add("bootstrap@v1", (T[1], "collecting torch"), source="bootstrap", version="v1")
    server.add("aloha-1", (T[2], "a"))

    assert [(line.source, line.version, line.text) for line in page(LogQuery(version="v1")).lines] == [
        ("bootstrap", "v1", "collecting torch")
    ]
    assert {(one.name, one.version) for one in page().sources} == {("bootstrap", "v1"), ("aloha-1", "v0")}


def test_a_log_that_is_gone_leaves_the_cursor(server, page):
    server.add("aloha-1", (T[1], "a"))
    server.add("aloha-2", (T[1], "a"))
    cursor = page().cursor
    del server.infos["aloha-1"]

    assert "aloha-1" not in page(cursor=cursor).cursor


def event(seq, kind, **fields):
    return {"seq": seq, "at": T[seq], "endpoint": "aloha", "kind": kind, "ready": 1, "wanted": 2, **fields}


def test_events_stand_between_the_lines_in_words_with_their_severity(server, page):
    server.add("aloha-1", (T[2], "a"))
    server.events = [
        event(1, "endpoint_created", version="v0"),
        event(3, "replica_failed", replica="aloha-1", version="v0", detail={"reason": "it exited with status 1"}),
        event(4, "rollout_started", version="v1"),
        event(5, "scaled", version="v1", detail={"before": 1}),
        event(6, "replica_stopped", replica="aloha-2", version="v0", detail={"restart": True}),
    ]

    found = page(LogQuery(events=True))
    assert texts(found) == [
        "endpoint created (1 of 2 ready)",
        "a",
        "replica aloha-1 failed (1 of 2 ready): it exited with status 1",
        "rollout to v1 started (1 of 2 ready)",
        "scaled (1 of 2 ready; before 1)",
        "replica aloha-2 stopped (1 of 2 ready; restart yes)",
    ]
    assert [line.severity for line in found.lines][:3] == [Severity.INFO, None, Severity.ERROR]


def test_events_are_filtered_like_lines_and_told_once(server, page):
    server.add("aloha-1", (T[2], "a"))
    server.events = [
        event(number, "replica_ready", replica=f"aloha-{number % 2}", version="v0") for number in range(1, 9)
    ]
    query = LogQuery(events=True, replica="aloha-1", since=datetime.fromisoformat(T[3]), last=2)
    first = page(query)

    assert [line.at.second for line in first.lines if line.source == "platform"] == [5, 7]
    assert texts(page(query, first.cursor)) == []


def test_an_endpoint_that_is_not_there_is_rejected(server):
    transport = Transport("http://platform", None, transport=httpx.MockTransport(server))
    with pytest.raises(Rejected, match="nobody"):
        read_logs(transport, "nobody", LogQuery(), None)
    transport.close()
