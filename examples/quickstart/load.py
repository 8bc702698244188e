"""Turns a rate into requests to one endpoint, sent on schedule whatever the answers do, and what came back into counts.

It is an open loop: a server that stalls is sent just as much, and a request's latency counts from the moment at which
it was due, so that waiting is never left out of the numbers.

    python load.py URL --rate 100 --seconds 10 --key-file FILE
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

TIMEOUT_S = 30.0
MAX_SAMPLES = 500_000
"""The latest so many requests are kept one by one; counts are of all."""

LAG_S = 5.0
"""How far a busy machine may fall behind its schedule before requests count as not sent."""

NOT_SENT = "not sent"

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "not connected"),
    (aiohttp.ClientOSError, "disconnected"),
    (aiohttp.ServerDisconnectedError, "disconnected"),
    (aiohttp.ClientPayloadError, "answer cut"),
)
"""Failures in words; the first that fits."""


class Sample(NamedTuple):
    """One request.

    Attributes:
        scheduled: when it was due, in seconds of `time.monotonic`.
        latency_ms: from then until its answer was complete, or until it failed.
        status: the answer's status, or in words why there was none.
        version: the model card's version that answered; empty if nobody says.
        replica: the replica that answered; empty if nobody says.
    """

    scheduled: float
    latency_ms: float
    status: str
    version: str
    replica: str

    @property
    def is_failed(self) -> bool:
        """Whether the answer was anything but a success."""
        return not self.status.startswith("2")


@dataclass(frozen=True)
class LoadResult:
    """What a load client saw.

    Attributes:
        sent: requests that were due, each of them answered or failed.
        failed: those without an answer of 2xx.
        by_status: status, or the words of a failure -> requests.
        by_version: version -> requests that it answered.
        by_replica: replica -> requests that it answered.
        samples: the latest requests, in the order of their ends.
    """

    sent: int
    failed: int
    by_status: Mapping[str, int]
    by_version: Mapping[str, int]
    by_replica: Mapping[str, int]
    samples: tuple[Sample, ...]

    def percentile(self, p: float, since: float = -math.inf, until: float = math.inf) -> float | None:
        """The latency in ms that `p` percent of the requests due in [since, until) did not exceed; None without any."""
        latencies = sorted(sample.latency_ms for sample in self.samples if since <= sample.scheduled < until)
        if not latencies:
            return None
        return latencies[max(0, math.ceil(len(latencies) * p / 100) - 1)]

    def summary(self) -> str:
        """The result as people read it."""
        lines = [f"{self.sent:,} requests, {self.failed:,} failed"]
        latencies = {p: self.percentile(p) for p in (50, 95, 99)}
        if self.samples:
            lines.append("latency " + ", ".join(f"p{p} {value:.1f} ms" for p, value in latencies.items()))
        for title, counts in (("status", self.by_status), ("version", self.by_version), ("replica", self.by_replica)):
            if counts:
                lines.append(f"by {title}: " + ", ".join(f"{key} {count:,}" for key, count in sorted(counts.items())))
        return "\n".join(lines)


class LoadClient:
    """Sends `payload` to `url` `rate` times a second, from a thread of its own, from `start` until `stop`."""

    def __init__(self, url: str, api_key: str | None, rate: float, payload: Any, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._rate = rate
        self._payload = payload
        self._timeout_s = timeout_s
        self._most_in_flight = math.ceil(rate * (timeout_s + LAG_S)) + 1
        self._in_flight: set[asyncio.Task[None]] = set()
        self._samples: deque[Sample] = deque(maxlen=MAX_SAMPLES)
        self._by_status: Counter[str] = Counter()
        self._by_version: Counter[str] = Counter()
        self._by_replica: Counter[str] = Counter()
        self._failed = 0
        self._schedule: asyncio.Task[None] | None = None
        self._broken: Exception | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._main, name="load", daemon=True)

    def start(self) -> None:
        """Begin to send; the first request is due now."""
        self._thread.start()
        self._started.wait()

    def stop(self) -> LoadResult:
        """Send nothing more, wait for what is in flight (at most the timeout), and say what happened.

        Raises:
            Exception: what ended the client itself, which is a mistake in this file.
        """
        if self._schedule is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._schedule.get_loop().call_soon_threadsafe(self._schedule.cancel)
        self._thread.join()
        if self._broken is not None:
            raise self._broken
        return LoadResult(
            sent=self._by_status.total(),
            failed=self._failed,
            by_status=dict(self._by_status),
            by_version=dict(self._by_version),
            by_replica=dict(self._by_replica),
            samples=tuple(self._samples),
        )

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except Exception as error:  # noqa: BLE001  it is raised again by `stop`, where somebody listens
            self._broken = error
        finally:
            self._started.set()

    async def _run(self) -> None:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # a pool with a limit would wait, and close the loop
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=self._headers,
        ) as session:
            self._schedule = asyncio.create_task(self._send_on_schedule(session))
            self._started.set()
            await asyncio.wait({self._schedule})
            if self._in_flight:
                await asyncio.wait(self._in_flight)
            if not self._schedule.cancelled():
                await self._schedule  # it ends by being cancelled, or by a mistake

    async def _send_on_schedule(self, session: aiohttp.ClientSession) -> None:
        began = time.monotonic()
        for number in itertools.count():
            due = began + number / self._rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(self._in_flight) >= self._most_in_flight:
                self._count(Sample(due, _ms_since(due), NOT_SENT, "", ""))
                continue
            request = asyncio.create_task(self._send(session, due))
            self._in_flight.add(request)
            request.add_done_callback(self._in_flight.discard)

    async def _send(self, session: aiohttp.ClientSession, due: float) -> None:
        version = replica = ""
        try:
            async with session.post(self._url, json=self._payload) as response:
                version = response.headers.get("X-Gitops-Version", "")
                replica = response.headers.get("X-Gitops-Replica", "")
                await response.read()
                status = str(response.status)
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            status = next((words for kind, words in REASONS if isinstance(error, kind)), type(error).__name__)
        self._count(Sample(due, _ms_since(due), status, version, replica))

    def _count(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._failed += sample.is_failed
        self._by_status[sample.status] += 1
        if sample.version:
            self._by_version[sample.version] += 1
        if sample.replica:
            self._by_replica[sample.replica] += 1


def _ms_since(moment: float) -> float:
    return (time.monotonic() - moment) * 1000


def main(arguments: list[str] | None = None) -> int:
    """Load one endpoint and print what happened; 0 if every request was answered with a success."""
    parser = argparse.ArgumentParser(description="Send requests to an endpoint at a steady rate.")
    parser.add_argument("url", help="http://HOST:PORT/inference/NAME")
    parser.add_argument("--rate", type=float, default=100.0, help="requests per second (default: 100)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to send (default: 10)")
    parser.add_argument("--key-file", type=Path, help="a file that holds the platform's API key")
    parser.add_argument("--payload", type=json.loads, default={"text": "hello"}, help="the request, as JSON")
    options = parser.parse_args(arguments)
    if options.rate <= 0 or options.seconds <= 0:
        parser.error("--rate and --seconds are more than 0")
    api_key = options.key_file.read_text(encoding="utf-8").strip() if options.key_file else None
    client = LoadClient(options.url, api_key, options.rate, options.payload)
    client.start()
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(options.seconds)
    result = client.stop()
    print(result.summary())
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
