"""Listens, ends idle connections, and stops without losing a request. Knows no HTTP and no model."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
import threading
from typing import TYPE_CHECKING

from fedml.serving._connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from fedml.serving._answer import Parts, Reply
    from fedml.serving._request import Request

IDLE_S = 75.0
"""How long a connection may idle. It is longer than a gateway keeps an idle one in its pool (4 s), so that the side
that sends the next request is the side that closes; the other way round, a request meets a connection just closed."""

ADDRESS_IN_USE = 98
"""The exit code when HOST:PORT is taken: EADDRINUSE as Linux numbers it, and the same everywhere."""

_BACKLOG = 2048


class Server:
    """The connections of one listening address.

    Attributes:
        stopping: whether every answer from now on is its connection's last.
    """

    def __init__(self, handler: Callable[[Request], Reply | Parts], idle_s: float = IDLE_S) -> None:
        self.connections: set[Connection] = set()
        self.stopping = False
        self._handler = handler
        self._idle_s = idle_s
        self._listener: asyncio.Server
        self._stop = asyncio.Event()
        self._empty = asyncio.Event()

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Accept connections from now on; the address that was taken.

        Raises:
            OSError: if the address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: Connection(self, self._handler), host, port, backlog=_BACKLOG)
        address = self._listener.sockets[0].getsockname()
        return address[0], address[1]

    async def run(self) -> None:
        """Answer until `stop`, and finish what is in flight then."""
        sweeper = asyncio.get_running_loop().create_task(self._sweep())
        await self._stop.wait()
        await self._drain()
        sweeper.cancel()

    def stop(self) -> None:
        """Accept nothing more, and let `run` return."""
        self._stop.set()

    def forget(self, connection: Connection) -> None:
        """A connection has ended."""
        self.connections.discard(connection)
        if not self.connections:
            self._empty.set()

    async def _sweep(self) -> None:
        """One look at all connections now and then costs less than a timer for each request."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._idle_s / 15)
            for connection in tuple(self.connections):
                connection.close_if_idle(since=loop.time() - self._idle_s)

    async def _drain(self) -> None:
        for _ in range(3):  # what the kernel has accepted or received by now is in flight, although nobody has seen it
            await asyncio.sleep(0)
        self.stopping = True
        self._listener.close()
        for connection in tuple(self.connections):
            connection.close_if_idle()
        while self.connections:
            self._empty.clear()
            await self._empty.wait()


def stop_at_signals(server: Server) -> None:
    """Let SIGTERM and SIGINT stop the server; a second one ends the process at once, as if nobody had asked."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread gets signals
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


def serve(handler: Callable[[Request], Reply | Parts], host: str, port: int) -> None:
    """Answer at an address until SIGTERM or SIGINT.

    Raises:
        SystemExit: with `ADDRESS_IN_USE`, or 1, and one line on stderr, if the address cannot be listened on.
    """
    try:
        asyncio.run(_serve(handler, host, port))
    except _CannotListen as error:
        _say(str(error))
        raise SystemExit(error.code) from None


class _CannotListen(Exception):
    def __init__(self, host: str, port: int, cause: OSError) -> None:
        taken = cause.errno == errno.EADDRINUSE
        reason = "another process listens there" if taken else cause.strerror or str(cause)
        super().__init__(f"cannot serve at {_address(host, port)}: {reason}")
        self.code = ADDRESS_IN_USE if taken else 1


async def _serve(handler: Callable[[Request], Reply | Parts], host: str, port: int) -> None:
    server = Server(handler)
    try:
        bound = await server.listen(host, port)
    except OSError as error:
        raise _CannotListen(host, port, error) from error
    stop_at_signals(server)
    _say(f"fedml.serving (stand-in of the embedded platform) answers at http://{_address(*bound)}")
    await server.run()


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  a replica's stderr is its log
