"""An output file of a known size keeps the beginning and the end."""

import os

import pytest

from gitops.local.bootstrap.bounded import BoundedLog


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(tmp_path, clock):
    return BoundedLog(tmp_path / "log", clock, kept=10)


@pytest.fixture
def text(tmp_path):
    return lambda: (tmp_path / "log").read_text()


def test_a_short_output_is_there_at_once(log, text):
    log.write(b"one\n")
    log.write(b"two\n")

    assert text() == "one\ntwo\n"
    assert log.end() == b"one\ntwo\n"


@pytest.mark.parametrize("size", [9, 10, 11, 15, 19, 20])
def test_nothing_is_left_out_of_twice_what_is_kept(log, text, size):
    said = "abcdefghijklmnopqrst"[:size]
    for letter in said:
        log.write(letter.encode())
    log.close()

    assert text() == said
    assert log.end() == said[-10:].encode()


@pytest.mark.parametrize("step", [1, 3, 7, 10, 19, 1000])
def test_beginning_and_end_stay_and_what_is_between_is_counted(log, text, step):
    said = "".join(f"{number:05}" for number in range(200))
    for at in range(0, len(said), step):
        log.write(said[at : at + step].encode())
    log.close()

    assert text() == f"{said[:10]}\n[980 bytes of output are left out here]\n{said[-10:]}"
    assert log.end() == said[-10:].encode()


def test_the_end_is_laid_into_the_file_every_second_while_more_comes(log, text, clock):
    log.write(b"beginning.")
    log.write(b"first")
    assert text() == "beginning."

    clock.now = 1.0
    log.write(b"second")
    assert text() == "beginning.\n[1 bytes of output are left out here]\nirstsecond"

    clock.now = 2.0
    log.write(b"0123456789" * 3)
    assert text() == "beginning.\n[31 bytes of output are left out here]\n0123456789"


def test_a_file_that_cannot_be_written_is_remembered_and_nothing_else(log, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    log.write(b"lost" * 10)
    log.close()

    assert log.fault is not None
    assert log.end() == b"stlostlost"
