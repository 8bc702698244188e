"""How a replica starts to listen, and how it stops."""

import errno
import signal
import socket
from pathlib import Path

import pytest

from tests.unit.local.replicas.standin.replica import TIMEOUT_S, post, running, spawn

MODEL = Path(__file__).with_name("model.py")
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def replica():
    with running(MODEL) as replica:
        yield replica


def wait_until_refused(port: int) -> None:
    """Returns once nobody listens; every round asks the kernel, so that no time is guessed."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED:
                return


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_an_idle_replica_with_code_0(replica, number):
    replica.process.send_signal(number)

    assert replica.process.wait(timeout=TIMEOUT_S) == 0


def test_a_signal_closes_connections_that_wait_for_nothing(replica):
    with replica.wire() as idle, replica.wire() as used:
        used.send(post({})).answer()
        replica.process.terminate()

        assert idle.is_ended()
        assert used.is_ended()
    assert replica.process.wait(timeout=TIMEOUT_S) == 0


@pytest.mark.parametrize("number", SIGNALS)
def test_a_request_in_flight_survives_a_signal_and_nothing_new_is_accepted(replica, number, tmp_path):
    with replica.wire() as wire:
        wire.send(post({"stream": True, "items": "wait_for_file", "path": str(tmp_path / "go")})).head()
        replica.process.send_signal(number)
        wait_until_refused(replica.port)
        (tmp_path / "go").touch()

        assert [wire.chunk(), wire.chunk(), wire.chunk()] == [b"waiting", b"done", b""]
        assert wire.is_ended()
    assert replica.process.wait(timeout=TIMEOUT_S) == 0


def test_a_request_that_is_half_sent_survives_a_signal(replica):
    request = post({"text": "hello"})
    with replica.wire() as wire, replica.wire() as idle:
        wire.send(request[:-5])
        idle.send(post({})).answer()  # by now the replica has seen the first half, too
        replica.process.terminate()
        assert idle.is_ended()
        answer = wire.send(request[-5:]).answer()

    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert replica.process.wait(timeout=TIMEOUT_S) == 0


def test_a_second_signal_ends_the_replica_at_once(replica, tmp_path):
    with replica.wire() as wire:
        wire.send(post({"stream": True, "items": "wait_for_file", "path": str(tmp_path / "never")})).head()
        replica.process.terminate()
        wait_until_refused(replica.port)
        replica.process.terminate()

        assert replica.process.wait(timeout=TIMEOUT_S) == -signal.SIGTERM


def test_an_address_in_use_is_one_line_and_code_98():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = spawn(MODEL, PORT=str(port))
        _, said = process.communicate(timeout=TIMEOUT_S)

    assert said == f"cannot serve at 127.0.0.1:{port}: another process listens there\n"
    assert process.returncode == 98


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", "http", "cannot serve: PORT is 'http', which is not a number from 0 to 65535\n"),
        ("127.0.0.1", "65536", "cannot serve: PORT is '65536', which is not a number from 0 to 65535\n"),
        ("192.0.2.1", "0", "cannot serve at 192.0.2.1:0: "),
    ],
)
def test_an_address_that_is_none_is_one_line_and_code_1(host, port, words):
    process = spawn(MODEL, HOST=host, PORT=port)
    _, said = process.communicate(timeout=TIMEOUT_S)

    assert said.startswith(words)
    assert said.count("\n") == 1
    assert process.returncode == 1
