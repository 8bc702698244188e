import asyncio
import logging
import shutil

import pytest

from gitops.local.logs.book import TIDY_EVERY, Logbook
from gitops.local.logs.times import read_times

LIMIT = 100


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "logs/aloha").mkdir(parents=True)
    return tmp_path / "logs"


def log(folder, number, text="aloha\n", endpoint="aloha"):
    path = folder / endpoint / f"{endpoint}-{number}.log"
    with path.open("a") as stream:
        stream.write(text)
    return str(path)


def sweep(book, living, times=1):
    async def run():
        for _ in range(times):
            await book.sweep(living)

    asyncio.run(run())


def names(folder, endpoint="aloha"):
    return sorted(path.name for path in (folder / endpoint).iterdir())


def test_a_sweep_notes_how_far_a_log_is_and_nothing_while_it_rests(folder):
    book, path = Logbook(folder), log(folder, 1)
    sweep(book, [path], 3)
    log(folder, 1)
    sweep(book, [path], 3)

    assert [end for _, end in read_times(f"{path}.times").entries] == [6, 12]


def test_a_large_log_is_rotated_and_a_dead_one_too(folder):
    living, dead = log(folder, 1, "aloha\n" * 50), log(folder, 2, "aloha\n" * 50)
    book = Logbook(folder, limit=LIMIT)
    sweep(book, [living])

    for path in (living, dead):
        extent = book.file(path).extent()
        assert (extent.end, extent.end - extent.start <= LIMIT) == (300, True)


def test_the_last_words_of_a_replica_are_noted_when_it_is_gone(folder):
    book, path = Logbook(folder), log(folder, 1)
    sweep(book, [path])
    log(folder, 1, "last words\n")
    sweep(book, [])

    assert read_times(f"{path}.times").end == 17


def test_only_the_newest_logs_of_the_dead_are_kept_and_those_of_the_living_always(folder):
    (folder / "other").mkdir()
    living = log(folder, 1)
    for number in range(2, 14):
        log(folder, number)
    other = log(folder, 1, endpoint="other")
    book = Logbook(folder, kept=2)
    sweep(book, [living])

    kept = ["aloha-1.log", "aloha-12.log", "aloha-13.log"]
    assert names(folder) == sorted([*kept, *(f"{name}.times" for name in kept)])
    assert book.logs_of("other") == [other]


def test_what_belongs_to_a_removed_log_goes_with_it(folder):
    old = log(folder, 1, "aloha\n" * 50)
    book = Logbook(folder, limit=LIMIT, kept=1)
    sweep(book, [old])
    new = log(folder, 2)
    sweep(book, [], TIDY_EVERY)

    assert names(folder) == [new.rsplit("/", 1)[1], f"{new.rsplit('/', 1)[1]}.times"]


def test_a_folder_that_was_removed_stops_nothing_and_is_said_once(folder, caplog):
    book, path = Logbook(folder), log(folder, 1)
    sweep(book, [path])
    shutil.rmtree(folder)
    sweep(book, [path], TIDY_EVERY)
    (folder / "aloha").mkdir(parents=True)
    log(folder, 1, "again\n")
    sweep(book, [path])

    assert len(caplog.records) <= 1
    assert book.file(path).extent().end >= 6


def test_a_disk_that_refuses_is_said_once_until_it_works_again(folder, caplog):
    book, path = Logbook(folder, limit=LIMIT), log(folder, 1, "aloha\n" * 50)
    (folder / "aloha/aloha-1.log.draft").mkdir()  # the copy cannot be written there
    caplog.set_level(logging.ERROR)
    sweep(book, [path], 5)
    assert len(caplog.records) == 1
    (folder / "aloha/aloha-1.log.draft").rmdir()
    sweep(book, [path], 5)
    log(folder, 1, "aloha\n" * 50)
    (folder / "aloha/aloha-1.log.draft").mkdir()
    sweep(book, [path], 5)

    assert len(caplog.records) == 2


def test_it_sweeps_until_it_is_cancelled(folder):
    path = log(folder, 1)

    async def run():
        task = asyncio.create_task(Logbook(folder).run(lambda: [path], interval_s=0.01))
        while not read_times(f"{path}.times").entries:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
