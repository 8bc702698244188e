from datetime import UTC, datetime

import pytest

from gitops.errors import Rejected, ServerFault
from gitops.model.log import LogLine, LogQuery, Severity
from gitops.platforms.tensoropera.lines import Writer, read_lines
from gitops.wire import tensoropera as wire


def line(second, text, device="102", rank=0, severity="INFO"):
    prefix = f"[FedML-Replica @device-id-{device} @replica-rank-{rank}]"
    return f"{prefix} [Tue, 24 Nov 2026 08:00:{second:02}.123456789] [{severity}] [Container Logs] {text}"


def at(second):
    return datetime(2026, 11, 24, 8, 0, second, 123456, tzinfo=UTC)


@pytest.fixture
def logs(back):
    return back.logs[back.add_endpoint("aloha")["id"]]


def texts(page):
    return [one.text for one in page.lines]


def test_a_line_is_told_with_its_replica_and_its_time(platform, logs):
    logs += [line(1, "ready"), line(2, "failed", "103", 4, "ERROR")]

    page = platform.logs("aloha", LogQuery())

    assert page.lines == (
        LogLine(at=at(1), source="102_1", text="ready"),
        LogLine(at=at(2), source="103_5", severity=Severity.ERROR, text="failed"),
    )
    assert page.sources == ()
    assert not page.more


def test_a_line_without_the_prefix_goes_on_with_the_one_before(platform, logs):
    logs += ["lost beginning", line(1, "Traceback:"), "  File x\n    raise\n", line(2, "", "103")]

    assert [("endpoint", None), ("102_1", at(1)), ("102_1", at(1)), ("102_1", at(1)), ("103_1", at(2))] == [
        (one.source, one.at) for one in platform.logs("aloha", LogQuery()).lines
    ]


def test_a_cursor_survives_growth_and_tells_each_line_once(opened, logs):
    seen, cursor = [], None
    for number in range(40):
        logs += [line(number, str(number)), f"more of {number}"]
        page = opened().logs("aloha", LogQuery(), cursor)
        seen += page.lines
        cursor = page.cursor

    assert [text for number in range(40) for text in (str(number), f"more of {number}")] == [one.text for one in seen]
    assert {"102_1"} == {one.source for one in seen}


def test_many_pages_are_told_in_portions(platform, logs, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.logs._PAGE_SIZE", 3)
    logs += [line(number % 60, str(number)) for number in range(100)]
    seen, cursor, more, portions = [], None, True, 0
    while more:
        page = platform.logs("aloha", LogQuery(), cursor)
        seen, cursor, more, portions = seen + texts(page), page.cursor, page.more, portions + 1

    assert [str(number) for number in range(100)] == seen
    assert 4 == portions


def test_pages_that_fill_up_exactly_are_gone_on_behind(platform, logs, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.logs._PAGE_SIZE", 2)
    logs += [line(1, "a"), line(2, "b")]
    first = platform.logs("aloha", LogQuery())
    logs += [line(3, "c")]
    second = platform.logs("aloha", LogQuery(), first.cursor)

    assert (["a", "b"], ["c"]) == (texts(first), texts(second))
    assert [] == texts(platform.logs("aloha", LogQuery(), second.cursor))


def test_the_newest_lines_of_each_source_are_read_from_the_end(platform, back, logs, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.logs._PAGE_SIZE", 2)
    logs += [line(number % 60, str(number), "102" if number % 2 else "103") for number in range(100)]

    assert ["96", "97", "98", "99"] == texts(platform.logs("aloha", LogQuery(last=2)))
    assert 12 > len(back.asked(wire.LOGS))


def test_lines_are_chosen_by_replica_and_time(platform, logs):
    logs += [line(1, "a"), line(2, "b", "103"), line(3, "c", "103"), line(4, "d")]

    assert ["b", "c"] == texts(platform.logs("aloha", LogQuery(replica="103_1")))
    assert ["c", "d"] == texts(platform.logs("aloha", LogQuery(since=at(3))))
    assert ["d"] == texts(platform.logs("aloha", LogQuery(last=1, replica="102_1")))


def test_a_version_cannot_be_chosen(platform, logs):
    with pytest.raises(Rejected, match="which version wrote a line"):
        platform.logs("aloha", LogQuery(version="v1"))


def test_logs_of_nothing_are_refused(platform):
    with pytest.raises(Rejected, match="no endpoint aloha"):
        platform.logs("aloha", LogQuery())


def test_a_page_that_is_none_is_a_fault(platform, back, logs):
    back.strange[wire.LOGS].append({"code": "SUCCESS", "data": {"logList": "x"}})

    with pytest.raises(ServerFault, match="page of logs"):
        platform.logs("aloha", LogQuery())


def test_it_is_asked_as_fedml_does(platform, back, logs):
    platform.logs("aloha", LogQuery())

    assert back.asked(wire.LOGS) == [
        {
            "apiKey": "key-of-the-tests",
            "runId": back.endpoints["aloha"]["id"],
            "pageNum": 1,
            "pageSize": 1000,
            "timeZone": "Etc/UTC",
        }
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("x", None, "")),
        ("[FedML-Replica @device-id-1 @replica-rank-0] [no time] text", ("1_1", None, "text")),
        ("[FedML-Replica @device-id-1 @replica-rank-0] [Tue, 99 Nov 2026 08:00:00] text", ("1_1", None, "text")),
        (
            "[FedML-Replica @device-id-1 @replica-rank-0] [Tue, 24 Nov 2026 08:00:00] [INFO] [other] text",
            ("1_1", datetime(2026, 11, 24, 8, tzinfo=UTC), "[other] text"),
        ),
        (
            "[FedML-Replica @device-id-1 @replica-rank-0] [2026-11-24T10:00:00,5+02:00] text",
            ("1_1", datetime(2026, 11, 24, 8, 0, 0, 500000, tzinfo=UTC), "text"),
        ),
        ("[FedML-Replica @device-id- @replica-rank-0] [x] text", ("x", None, None)),
    ],
)
def test_a_prefix_is_read_as_far_as_it_is_one(text, expected):
    [(found, writer)] = read_lines([text], Writer(source="x"))

    source, when, words = expected
    assert (source, when, text if words is None else words) == (found.source, found.at, found.text)
    assert found.source == writer.source
