"""Free ports for replicas to listen on."""

import socket
from collections import deque
from typing import Final

_REMEMBERED: Final = 500


def free_port() -> int:
    """A port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports:
    """Gives free ports, none of them twice within a while: a replica takes some time until it listens on its own."""

    def __init__(self) -> None:
        self._given: deque[int] = deque(maxlen=_REMEMBERED)

    def take(self) -> int:
        """A free port that was not given lately."""
        port = free_port()
        while port in self._given:
            port = free_port()
        self._given.append(port)
        return port
