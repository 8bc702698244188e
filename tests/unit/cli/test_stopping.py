import os
import signal

import pytest

from gitops.cli.stopping import Stopping
from gitops.errors import ExitCode


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_the_first_signal_asks_to_stop_and_decides_the_exit_code(number, code):
    news = []
    stopping = Stopping(news.append)
    with stopping.listening():
        os.kill(os.getpid(), number)

    assert (stopping.is_set(), stopping.exit_code, len(news)) == (True, code, 1)


def test_the_second_signal_stops_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    stopping = Stopping(lambda _: None)
    with stopping.listening():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    assert ended == [ExitCode.TERMINATED]


def test_afterwards_signals_mean_what_they_meant_before():
    before = signal.getsignal(signal.SIGINT)
    with Stopping(lambda _: None).listening():
        during = signal.getsignal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before
    assert during is not before
