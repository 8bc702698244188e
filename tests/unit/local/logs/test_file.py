import errno
import os
from itertools import islice
from pathlib import Path

import pytest

from gitops.local.logs import rotation
from gitops.local.logs.file import LogFile
from gitops.local.logs.rotation import Paths, recovery

LIMIT = 100


@pytest.fixture
def path(tmp_path):
    return tmp_path / "aloha-1.log"


def written(path, first, last):
    with path.open("ab") as stream:
        for number in range(first, last):
            stream.write(b"line %4d\n" % number)


def all_of(file):
    extent = file.extent()
    return file.read(0, extent.end)


def noted(file, path, at=1.0):
    file.note(path.stat().st_size, at)


def test_a_log_that_is_not_there_yet_is_empty(path):
    file = LogFile(str(path))

    assert (file.extent().start, file.extent().end, file.extent().written_at) == (0, 0, None)
    assert file.read(0, 10) == (0, b"")
    assert (file.last(3), file.line_at(7)) == (0, 0)


def test_offsets_go_on_over_rotations_and_only_the_newest_is_kept(path):
    file = LogFile(str(path))
    for first in range(0, 100, 20):
        written(path, first, first + 20)
        file.rotate(LIMIT)

    extent = file.extent()
    assert (extent.start, extent.end) == (900, 1000)
    assert all_of(file) == (900, b"".join(b"line %4d\n" % number for number in range(90, 100)))
    written(path, 100, 101)
    assert file.read(995, 100) == (995, b"  99\nline  100\n")
    assert path.stat().st_size == 10


def test_what_is_kept_begins_with_a_whole_line(path):
    file = LogFile(str(path))
    written(path, 0, 20)
    file.rotate(105)

    assert all_of(file)[1].startswith(b"line   10\n")


def test_a_log_without_any_line_end_is_kept_all_the_same(path):
    file = LogFile(str(path))
    path.write_bytes(b"x" * 1000)
    file.rotate(LIMIT)

    assert all_of(file) == (900, b"x" * 100)


@pytest.mark.parametrize("starts", [[], [0], [1], [2], [3], [1, 1], [2, 2], [2, 1]])
@pytest.mark.parametrize("steps", range(9))
def test_a_kill_after_any_step_and_in_any_start_after_it_loses_nothing(path, steps, starts):
    written(path, 0, 10)
    file = LogFile(str(path))
    file.rotate(LIMIT)
    written(path, 10, 20)
    list(islice(file.turns(LIMIT), steps))
    written(path, 20, 22)
    for start in starts:
        list(islice(recovery(Paths(str(path))), start))
    again = LogFile(str(path))

    begin, data = all_of(again)
    assert data == b"".join(b"line %4d\n" % number for number in range(22))[begin:]
    assert again.extent().end == 220
    assert not Path(Paths(str(path)).draft).exists()
    again.rotate(LIMIT)
    assert again.extent().end == 220


def test_a_full_disk_gives_up_what_is_older_and_then_leaves_all_as_it_is(path, monkeypatch):
    file = LogFile(str(path))
    written(path, 0, 20)
    file.rotate(LIMIT)
    written(path, 20, 40)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rotation, "_append", full)
    with pytest.raises(OSError, match="No space"):
        file.rotate(LIMIT)
    assert all_of(file) == (200, b"".join(b"line %4d\n" % number for number in range(20, 40)))
    monkeypatch.undo()
    file.rotate(LIMIT)
    assert (file.extent().start, file.extent().end) == (300, 400)


def test_a_disk_that_is_full_in_the_middle_is_not_taken_for_a_rotation(path, monkeypatch):
    file = LogFile(str(path))
    written(path, 0, 20)
    real, calls = rotation._append, []

    def full_at_last(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(rotation, "_append", full_at_last)
    with pytest.raises(OSError, match="No space"):
        file.rotate(LIMIT)

    assert all_of(file) == (0, b"".join(b"line %4d\n" % number for number in range(20)))


@pytest.mark.parametrize("while_dead", [False, True])
def test_a_file_that_somebody_emptied_goes_on_behind_what_it_said(path, while_dead):
    file = LogFile(str(path))
    written(path, 0, 5)
    noted(file, path)
    path.write_bytes(b"")
    written(path, 5, 7)
    file = LogFile(str(path)) if while_dead else file
    noted(file, path, at=2.0)

    assert all_of(file) == (50, b"line    5\nline    6\n")
    assert file.times().at(70) == 2.0


def test_the_last_lines_and_the_beginning_of_a_line_are_found_across_the_parts(path):
    file = LogFile(str(path))
    written(path, 0, 10)
    file.rotate(LIMIT)
    written(path, 10, 12)

    assert [file.last(number) for number in (0, 1, 2, 3, 12, 99)] == [120, 110, 100, 90, 0, 0]
    assert [file.line_at(offset) for offset in (0, 5, 10, 99, 100, 115)] == [0, 0, 10, 90, 100, 110]
    with path.open("ab") as stream:
        stream.write(b"not finished")
    assert file.last(1) == 120
    assert file.last(2) == 110


def test_lines_that_were_written_while_nobody_looked_are_dated_by_the_next_look(path):
    file = LogFile(str(path))
    written(path, 0, 1)
    noted(file, path, 1.0)
    written(path, 1, 5)
    again = LogFile(str(path))
    noted(again, path, 60.0)

    assert [again.times().at(end) for end in (10, 20, 50)] == [1.0, 60.0, 60.0]


def test_a_line_that_no_sweep_has_seen_is_dated_by_the_file_itself(path):
    written(path, 0, 1)
    os.utime(path, (5.0, 5.0))

    assert LogFile(str(path)).times().at(10) == 5.0
