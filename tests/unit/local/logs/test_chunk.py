from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitops.errors import DataFolderError, Rejected
from gitops.local.logs import chunk as module
from gitops.local.logs.chunk import CHUNK, SMALLEST_CHUNK, Ask, chunk
from gitops.local.logs.file import LogFile
from gitops.local.masking import Secrets

NONE = Secrets()


def ask(**query):
    return Ask.of({key: str(value) for key, value in query.items()})


def texts(answer):
    return [line.text for line in answer.lines]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "aloha-1.log"
    file = LogFile(str(path))
    for number in range(4):
        with path.open("a") as stream:
            stream.write(f"line {number}\n")
        file.note(path.stat().st_size, 10.0 * number)
    return file


def test_a_chunk_has_whole_lines_with_their_times_and_says_where_to_go_on(file):
    answer = chunk(file, ask(after=14), NONE, alive=True)

    assert [(line.at, line.end, line.text) for line in answer.lines] == [
        (datetime.fromtimestamp(20, UTC), 21, "line 2"),
        (datetime.fromtimestamp(30, UTC), 28, "line 3"),
    ]
    assert (answer.next, answer.more) == (28, False)


def test_a_chunk_can_begin_at_a_time_or_with_the_last_lines_whichever_is_later(file):
    assert texts(chunk(file, ask(since="1970-01-01T00:00:15+00:00"), NONE, alive=True)) == ["line 2", "line 3"]
    assert texts(chunk(file, ask(last=1), NONE, alive=True)) == ["line 3"]
    assert texts(chunk(file, ask(last=3, after=21), NONE, alive=True)) == ["line 3"]
    assert chunk(file, ask(last=0), NONE, alive=True).next == 28


def test_a_line_that_a_look_cut_in_two_is_of_the_later_time_and_is_given_whole(file):
    with Path(file.paths.log).open("a") as stream:
        stream.write("unfin")
    file.note(33, 40.0)
    with Path(file.paths.log).open("a") as stream:
        stream.write("ished\n")
    file.note(39, 50.0)

    assert texts(chunk(file, ask(since="1970-01-01T00:00:45+00:00"), NONE, alive=True)) == ["unfinished"]


def test_an_unfinished_line_is_told_when_its_replica_is_dead(file):
    with Path(file.paths.log).open("a") as stream:
        stream.write("last words")

    living, dead = (chunk(file, ask(after=28), NONE, alive=alive) for alive in (True, False))
    assert (texts(living), living.next, living.more) == ([], 28, False)
    assert (texts(dead), dead.next) == (["last words"], 38)


def test_an_answer_is_bounded_in_bytes_and_in_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_LINES", 5)
    path = tmp_path / "log"
    path.write_bytes(b"\n" * 12)
    got, place, more = [], 0, True
    while more:
        answer = chunk(LogFile(str(path)), ask(after=place), NONE, alive=False)
        assert len(answer.lines) <= 5
        got += answer.lines
        place, more = answer.next, answer.more
    assert (len(got), place) == (12, 12)

    path.write_bytes(b"x" * 99 + b"\n")
    path.write_bytes((b"x" * 999 + b"\n") * 2000)
    monkeypatch.undo()
    answer = chunk(LogFile(str(path)), ask(), NONE, alive=False)
    assert (len(answer.lines), answer.more) == (CHUNK // 1000, True)


@pytest.mark.parametrize(("asked", "given"), [(1, SMALLEST_CHUNK), (10**9, CHUNK), (500_000, 500_000)])
def test_the_size_of_a_chunk_stays_in_its_bounds(asked, given):
    assert ask(limit=asked).limit == given


@pytest.mark.parametrize("query", [{"after": "x"}, {"since": "noon"}, {"last": "1.5"}, {"limit": ""}])
def test_nonsense_is_refused(query):
    with pytest.raises(Rejected):
        ask(**query)


def test_an_offset_behind_the_end_gives_nothing(file):
    assert (chunk(file, ask(after=999), NONE, alive=False).next, file.extent().end) == (28, 28)


def test_a_log_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "log").mkdir()

    with pytest.raises(DataFolderError, match="cannot be read"):
        chunk(LogFile(str(tmp_path / "log")), ask(), NONE, alive=True)
