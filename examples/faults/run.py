"""Everything that can go wrong, one after the other, while clients keep asking.

A replica is killed, hangs, leaks, dies again and again; a version crashes at its start, another one's bootstrap fails;
the platform itself is killed, twice. For each fault the example says what clients saw, how long it took until
everything was whole again, and what the platform said of it. The exit code is 1 if something was not as promised.
"""

import http.client
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

sys.path.append(str(Path(__file__).parents[1]))

from stage import PATIENCE_S, Event, LoadClient, LoadResult, Promises, Sample, Stage, begin, say

REPLICAS = 3
"""What `endpoints/fickle.yaml` says; `models/fickle.yaml` says the next two."""

REQUEST_TIMEOUT_S, MEMORY = 2.0, "256m"

LIVENESS_S = 15.0
"""A replica that was silent for so long, and left its questions unanswered, is given up. With requests in flight on it
it has the time of one more."""

RATE = 40.0
"""Harmless requests per second; each takes the model `ANSWER_S`, so there are always some in flight."""

ANSWER_S = 0.1
EXITS_AT_MOST = 6
"""Replicas that are told to exit: one that had served for 30 s when it did is the first in a row again."""

WHOLE = f" ready ({REPLICAS} of {REPLICAS} ready"
ROLLED_BACK = 14
NOBODY_THERE = {"not connected", "disconnected"}


@dataclass
class Row:
    """One fault of the table at the end."""

    fault: str
    whole_s: float | None = None
    said: str = ""
    seen: LoadResult | None = None


class Show:
    """The faults, told one after the other."""

    def __init__(self, stage: Stage, promises: Promises) -> None:
        self.stage = stage
        self.promises = promises
        self.rows: list[Row] = []
        self.url, self.key = stage.address()

    @contextmanager
    def fault(self, name: str) -> Iterator[Row]:
        """Clients ask from before the fault until everything is whole again; what they saw is in the row behind it."""
        say(name)
        row = Row(name)
        client = LoadClient(self.url, self.key, rate=RATE, payload={"do": "answer"})
        client.start()
        try:
            time.sleep(0.5)
            yield row
            time.sleep(0.5)
        finally:
            row.seen = client.stop()
        self.rows.append(row)

    def tell(self, what: str) -> None:
        """Ask some replica to do what it should not; it will not answer."""
        body = json.dumps({"do": what}).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, body, headers)
        with suppress(urllib.error.URLError, http.client.HTTPException, TimeoutError):
            urllib.request.urlopen(request, timeout=10).close()

    def loss(self, since: float, *, whole: bool = True) -> tuple[Event, Event | None]:
        """The first end of a replica since then, and the start's end that made the endpoint whole again, once there."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            events = self.stage.events(since)
            end = next((one for one in events if one.text.split()[2:3] == ["failed"]), None)
            last = next((one for one in events if end and one.at > end.at and WHOLE in one.text), None)
            if end and (last or not whole):
                return end, last
        raise TimeoutError("no replica failed, or none took its place")

    def lost_in_flight(self, seen: LoadResult, end_at: float) -> None:
        """Only requests that were in flight when a replica ended may have failed.

        Args:
            seen: by the clients.
            end_at: when it was gone, in seconds of `time.time`.
        """
        end = end_at - time.time() + time.monotonic()
        in_flight = [sample for sample in seen.samples if due_before(sample, end) and ended_after(sample, end - 1)]
        failed = [sample for sample in seen.samples if sample.is_failed]
        self.promises.check(
            "no request fails but those in flight on it (502)",
            f"{len(failed)} of {seen.sent} failed",
            kept=all(sample in in_flight and sample.status == "502" for sample in failed),
        )

    # The faults

    def killed(self) -> None:
        with self.fault("SIGKILL of a replica") as row:
            victim = self.stage.status()["members"][0]
            at = time.time()
            os.kill(victim["pid"], signal.SIGKILL)
            end, whole = self.loss(at)
            row.whole_s, row.said = whole.at - at, end.text
            new = whole.text.split()[1]
            start_s = whole.at - next(one.at for one in self.stage.events(at) if f"{new} starting (" in one.text)
        self.lost_in_flight(row.seen, end.at)
        limit_s = start_s + 1
        self.promises.check(
            f"back within its start + 1 s = {limit_s:.2f} s", f"{row.whole_s:.2f} s", kept=row.whole_s <= limit_s
        )

    def hangs(self) -> None:
        with self.fault("A replica hangs") as row:
            at = time.time()
            self.tell("hang")
            end, whole = self.loss(at)
            row.whole_s, row.said = whole.at - at, end.text
        limit_s, took_s = LIVENESS_S + REQUEST_TIMEOUT_S + 3, end.at - at
        self.promises.check(
            f"given up after {LIVENESS_S:g} s of silence, and at the latest after {limit_s:g} s",
            f"{took_s:.1f} s: it has stopped answering",
            kept=LIVENESS_S <= took_s <= limit_s and "it has stopped answering" in end.text,
        )
        timeouts, lost = row.seen.by_status.get("504", 0), row.seen.by_status.get("502", 0)
        self.promises.check(
            "no request fails but those that it was given: 504 in time, 502 when it is ended",
            f"{timeouts} times 504, {lost} times 502 of {row.seen.sent}",
            kept=0 < row.seen.failed == timeouts + lost < row.seen.sent / REPLICAS,
        )

    def leaks(self) -> None:
        with self.fault("A replica takes more memory than its card allows") as row:
            at = time.time()
            self.tell("leak")
            end, whole = self.loss(at)
            row.whole_s, row.said = whole.at - at, end.text
        self.lost_in_flight(row.seen, end.at)
        self.promises.check(
            f"ended for using more than {MEMORY}",
            f"after {end.at - at:.1f} s",
            kept="more than its memory of 256 MiB" in end.text,
        )

    def crash_loop(self) -> None:
        with self.fault("Replicas exit, one after the other") as row:
            at = last = time.time()
            for _ in range(EXITS_AT_MOST):
                self.tell("exit")
                end, _ = self.loss(last, whole=False)
                last = end.at + 0.001
                if self.stage.status()["trouble"]["crashes"] > 1:
                    break
            shown = self.stage.run("status")
            self.stage.until_whole(REPLICAS)
            row.whole_s, row.said = last_ready(self.stage.events(at)) - at, end.text
        self.promises.check(
            "shown as a crash loop, with the last lines of the model",
            next((line.strip() for line in shown.splitlines() if "crash loop" in line), "not shown"),
            kept="crash loop" in shown and "    told to exit" in shown,
        )
        statuses = set(row.seen.by_status) - {"200"}
        self.promises.check(
            "no request fails but those in flight on them (502)",
            f"{row.seen.failed} of {row.seen.sent}",
            kept=statuses <= {"502"} and row.seen.failed <= EXITS_AT_MOST * RATE * ANSWER_S,
        )

    def crashes_at_start(self) -> None:
        self.bad_version(
            "A version that crashes at its start",
            "fickle/main_entry.py",
            "import asyncio\n",
            "import asynchronous_io\n",
            "No module named 'asynchronous_io'",
        )

    def bootstrap_fails(self) -> None:
        events, shown = self.bad_version(
            "A version whose bootstrap fails",
            "models/fickle.yaml",
            "  memory: 256m\n",
            "  memory: 256m\n  bootstrap: echo there is no such wheel; exit 9\n",
            "there is no such wheel",
        )
        starts = [one for one in events if " starting (" in one.text]
        self.promises.check("no crash loop: tried once", f"{len(starts)} start", kept=len(starts) == 1)
        logs = self.stage.run("logs", "fickle", "--tail", "3", "--grep", "wheel")
        self.promises.check(
            "its output is shown",
            "by gitops apply and by gitops logs",
            kept="there is no such wheel" in shown and "bootstrap" in logs,
        )

    def bad_version(self, name: str, file: str, old: str, new: str, words: str) -> tuple[list[Event], str]:
        """Apply a version that does not work, and put the file back; the platform's events, and what apply said."""
        path = self.stage.project / file
        before = path.read_text()
        with self.fault(name) as row:
            at = time.time()
            assert before.count(old) == 1, f"{file} should have {old!r} once"
            path.write_text(before.replace(old, new))
            shown = self.stage.run("apply", "--yes", expect=ROLLED_BACK)
            row.whole_s = time.time() - at
            path.write_text(before)
            events = self.stage.events(at)
            row.said = next(one.text for one in reversed(events) if words in one.text)
            now = self.stage.status()
        self.promises.check(
            "the old version serves, and every request is answered by it",
            f"{row.seen.failed} of {row.seen.sent} failed, answered by {', '.join(row.seen.by_version)}",
            kept=row.seen.failed == 0 and set(row.seen.by_version) == {"v0"} and now["ready"] == REPLICAS,
        )
        self.promises.check("it says why", words, kept=words in shown)
        return events, shown

    def platform_killed(self) -> None:
        with self.fault("SIGKILL of the platform itself") as row:
            before = pids(self.stage.status())
            pid = self.stage.platform()["pid"]
            at = time.time()
            kill(pid)
            self.stage.run("platform", "up")
            up_at, again = time.time(), time.monotonic()
            now = self.stage.until_whole(REPLICAS)
            row.whole_s = up_at - at
            adopted = [one for one in self.stage.events(at) if " adopted (" in one.text]
            row.said = adopted[0].text if adopted else "nothing"
        self.promises.check(
            "its replicas are adopted: the same processes",
            f"{len(adopted)} adopted, pids {sorted(before)} and {sorted(pids(now))}",
            kept=pids(now) == before and len(adopted) == REPLICAS,
        )
        failed = [sample for sample in row.seen.samples if sample.is_failed]
        late = [sample for sample in failed if not due_before(sample, again)]
        self.promises.check(
            "clients see connection errors while it is away, and nothing after",
            f"{row.seen.failed} of {row.seen.sent}: {', '.join(sorted({sample.status for sample in failed}))}",
            kept=not late and {sample.status for sample in failed} <= NOBODY_THERE,
        )

    def nothing_left(self) -> None:
        say("gitops platform down, after another SIGKILL of the platform")
        row = Row("gitops platform down after SIGKILL")
        folder = self.stage.platform()["data_folder"]
        pid = self.stage.platform()["pid"]
        at = time.time()
        kill(pid)
        left = processes(folder)
        shown = self.stage.run("platform", "down")
        row.whole_s, row.said = time.time() - at, shown.splitlines()[0]
        self.promises.check(
            "it leaves no process behind",
            f"{len(left)} before, {len(processes(folder))} after",
            kept=len(left) >= REPLICAS and not processes(folder),
        )
        self.rows.append(row)


def main() -> int:
    """Show every fault; 0 if everything was as promised."""
    promises = Promises()
    with begin(Path(__file__).parent, "fickle") as stage:
        say(f"An endpoint of {REPLICAS} replicas")
        stage.run("apply", "--yes")
        show = Show(stage, promises)
        faults: list[Callable[[], None]] = [
            show.killed,
            show.hangs,
            show.leaks,
            show.crash_loop,
            show.crashes_at_start,
            show.bootstrap_fails,
            show.platform_killed,
            show.nothing_left,
        ]
        for fault in faults:
            fault()
        say("What went wrong, and what it did")
        for row in show.rows:
            clients = f"{row.seen.failed} of {row.seen.sent} failed" if row.seen else "-"
            print(f"{row.fault:<50}{clients:<20}{row.whole_s:5.1f} s\n    {row.said}")
    return promises.exit_code()


def due_before(sample: Sample, moment: float) -> bool:
    """Whether a request was sent before a moment of `time.monotonic`."""
    return sample.scheduled <= moment


def ended_after(sample: Sample, moment: float) -> bool:
    """Whether a request ended after a moment of `time.monotonic`."""
    return sample.scheduled + sample.latency_ms / 1000 >= moment


def last_ready(events: list[Event]) -> float:
    """When the last replica got ready."""
    return max(one.at for one in events if " ready (" in one.text)


def pids(status: dict[str, Any]) -> set[int]:
    """The processes of an endpoint's replicas."""
    return {member["pid"] for member in status["members"]}


def kill(pid: int) -> None:
    """SIGKILL, and wait until it is gone."""
    process = psutil.Process(pid)
    process.kill()
    with suppress(psutil.Error):
        process.wait(10)


def processes(folder: str) -> list[int]:
    """Every living process that the platform of a data folder has started."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("GITOPS_LOCAL_DATA") == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


if __name__ == "__main__":
    sys.exit(main())
