"""A light HTTP client on bare sockets: `python -m benchmarks.http_client` measures URLs and prints what it saw as JSON.

It knows just enough HTTP for keep-alive POSTs with a length, so that what is measured is the server and not the client.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import uvloop

from benchmarks.figure import percentile

Reading = dict[str, Any]
BODY: Final = b'{"text": "hello"}'
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
WAIT_S: Final = 10.0


@dataclass(slots=True)
class Seen:
    """What came back: latencies in ms of successes, and how many were none."""

    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    def reading(self, elapsed_s: float) -> Reading:
        """What was seen, for the one who asked."""
        ordered = sorted(self.latencies)
        return {
            "requests": len(ordered) + self.failed,
            "failed": self.failed,
            "per_s": len(ordered) / elapsed_s,
            "p50_ms": percentile(ordered, 50) if ordered else None,
            "p99_ms": percentile(ordered, 99) if ordered else None,
        }


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request on it."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._transport: asyncio.Transport
        self._received = b""
        self._waiter: asyncio.Future[bool] | None = None

    @classmethod
    async def open(cls, url: str, key: str) -> "Connection":
        """A connection to the server of a URL."""
        parts = urlsplit(url)
        assert parts.hostname is not None, f"no host in {url}"
        assert parts.port is not None, f"no port in {url}"
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(head.encode() + BODY), parts.hostname, parts.port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for requests."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are none by their type

    def data_received(self, data: bytes) -> None:
        """A part of an answer, mostly the whole of it."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end + 2)
        if length is None:
            self._transport.abort()
        elif len(self._received) >= end + 4 + int(length[1]):
            self._answered(good=self._received[9:10] == b"2")

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever waits for an answer gets none."""
        self._answered(good=False)

    def _answered(self, *, good: bool) -> None:
        self._received = b""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(good)

    async def ask(self) -> bool:
        """Send the request; whether the answer is a success."""
        if self._transport.is_closing():
            return False
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(self._request)
        return await asyncio.wait_for(self._waiter, WAIT_S)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


async def ask_timed(connection: Connection, seen: Seen) -> None:
    """One request, and how long it took."""
    began = time.perf_counter()
    try:
        good = await connection.ask()
    except TimeoutError:
        good = False
    if good:
        seen.latencies.append((time.perf_counter() - began) * 1000)
    else:
        seen.failed += 1


async def closed_loop(urls: Sequence[str], key: str, connections: int, seconds: float) -> list[Reading]:
    """So many connections, shared out over the URLs, each asking again as soon as it is answered."""
    opened = [await Connection.open(urls[number % len(urls)], key) for number in range(connections)]
    seen = Seen()
    began = time.perf_counter()

    async def keep_asking(connection: Connection) -> None:
        # A connection that fails is not used again: counting the same loss for ever would tell nothing.
        while time.perf_counter() < began + seconds and not seen.failed:
            await ask_timed(connection, seen)

    cpu = time.process_time()
    await asyncio.gather(*map(keep_asking, opened))
    elapsed = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return [{**seen.reading(elapsed), "client_cpu": (time.process_time() - cpu) / elapsed}]


async def in_turn(groups: Sequence[Sequence[str]], key: str, rate: float, seconds: float) -> list[Reading]:
    """`rate` requests a second to each group of URLs, one group's in the middle between another's."""
    opened = [[await Connection.open(url, key) for url in urls] for urls in groups]
    seen = [Seen() for _ in groups]
    began = time.perf_counter()
    for number in range(int(rate * seconds * len(groups))):
        turn, group = divmod(number, len(groups))
        due = began + number / (rate * len(groups))
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = opened[group][turn % len(opened[group])]
        await ask_timed(connection, seen[group])
    elapsed = time.perf_counter() - began
    for connection in (one for group in opened for one in group):
        connection.close()
    return [one.reading(elapsed) for one in seen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="+", help="comma-separated URLs that are one group")
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, default=0, help="as fast as it goes, over so many connections")
    parser.add_argument("--rate", type=float, default=0.0, help="or so many requests a second to each group, in turn")
    options = parser.parse_args()
    key = options.key_file.read_text().strip()
    groups = [urls.split(",") for urls in options.urls]
    if options.connections:
        work = closed_loop(groups[0], key, options.connections, options.seconds)
    else:
        work = in_turn(groups, key, options.rate, options.seconds)
    print(json.dumps(uvloop.run(work)))


if __name__ == "__main__":
    main()
