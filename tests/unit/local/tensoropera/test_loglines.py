import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gitops.local.logs.file import LogFile
from gitops.local.masking import Secrets
from gitops.local.tensoropera.behaviour import Place
from gitops.local.tensoropera.loglines import ReplicaLog, page, zone_of

AT = datetime(2026, 11, 3, 8, 5, 9, 250_000, tzinfo=UTC).timestamp()


class Log:
    """A replica's log that is written at chosen times."""

    def __init__(self, folder, rank: int, alive: bool = True, secrets: Secrets | None = None) -> None:
        self.path = folder / f"aloha-{rank}.log"
        self.path.touch()
        self.file = LogFile(str(self.path))
        self.log = ReplicaLog(self.file, Place(str(100 + rank), rank), secrets or Secrets(), alive)

    def write(self, second: float, text: str) -> None:
        with self.path.open("a") as stream:
            stream.write(text)
        os.utime(self.path, (AT + second, AT + second))
        self.file.note(self.path.stat().st_size, AT + second)


def texts(lines) -> list[str]:
    return [line.partition("[Container Logs] ")[2] for line in lines]


def test_a_line_looks_as_tensoroperas_worker_writes_it(tmp_path):
    log = Log(tmp_path, 1)
    log.write(0, "hello\n")
    expected = (
        "[FedML-Replica @device-id-101 @replica-rank-1] [Tue, 03 Nov 2026 08:05:09.250000000] "
        "[INFO] [Container Logs] hello"
    )
    assert [expected] == page([log.log], 1, 10, UTC).lines


def test_the_times_are_those_of_the_zone_that_was_asked_for(tmp_path):
    log = Log(tmp_path, 0)
    log.write(0, "hello\n")
    assert "[Tue, 03 Nov 2026 17:05:09.250000000]" in page([log.log], 1, 10, ZoneInfo("Asia/Tokyo")).lines[0]


def test_the_lines_of_several_replicas_come_in_the_order_of_their_times(tmp_path):
    first, second = Log(tmp_path, 0), Log(tmp_path, 1)
    first.write(1, "a1\na1b\n")
    second.write(2, "b2\n")
    first.write(3, "a3\n")
    second.write(4, "b4\n")
    found = page([first.log, second.log], 1, 10, UTC)
    assert ["a1", "a1b", "b2", "a3", "b4"] == texts(found.lines)
    assert 5 == found.total


def test_pages_count_from_1_and_hold_every_line_once(tmp_path):
    logs = [Log(tmp_path, rank) for rank in range(3)]
    for number in range(25):
        logs[number % 3].write(number, f"line {number}\n")
    pages = [page([log.log for log in logs], number, 10, UTC) for number in (1, 2, 3, 4)]
    assert [10, 10, 5, 0] == [len(one.lines) for one in pages]
    assert [f"line {number}" for number in range(25)] == [text for one in pages for text in texts(one.lines)]
    assert {25} == {one.total for one in pages}


def test_a_log_larger_than_what_is_read_at_once_is_read_whole(tmp_path):
    log = Log(tmp_path, 0)
    log.write(0, "".join(f"{number:020}\n" for number in range(120_000)))
    assert log.path.stat().st_size > 2 << 20
    found = page([log.log], 120, 1000, UTC)
    assert 120_000 == found.total
    assert [f"{number:020}" for number in range(119_000, 120_000)] == texts(found.lines)


def test_a_line_that_is_not_finished_waits_as_long_as_its_replica_lives(tmp_path):
    living, dead = Log(tmp_path, 0), Log(tmp_path, 1, alive=False)
    living.write(0, "begun")
    dead.write(0, "last words")
    assert ["last words"] == texts(page([living.log, dead.log], 1, 10, UTC).lines)


def test_a_log_that_is_not_there_has_no_lines(tmp_path):
    missing = Log(tmp_path, 0)
    missing.path.unlink()
    assert 0 == page([missing.log], 1, 10, UTC).total
    assert 0 == page([], 1, 10, UTC).total


def test_secrets_are_not_shown(tmp_path):
    log = Log(tmp_path, 0, secrets=Secrets(["hunter2"]))
    log.write(0, "the token is hunter2\n")
    assert ["the token is ***"] == texts(page([log.log], 1, 10, UTC).lines)


@pytest.mark.parametrize("name", ["", "nowhere", "../etc/passwd", "/etc/passwd", "a\0b", "Etc/UTC"])
def test_a_zone_that_nobody_knows_is_utc(name):
    assert "UTC" == datetime.fromtimestamp(0, zone_of(name)).tzname()
