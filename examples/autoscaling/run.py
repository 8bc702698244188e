"""An autoscaled endpoint under three loads: a step, a wave that is shorter than the scale-down delay, and silence.

The numbers are the platform's own: every decision is an event that says what it relied on. What the platform promises
stands beside what was measured, and the exit code is 1 if a promise was broken.
"""

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from stage import Event, LoadClient, LoadResult, Promises, Stage, begin, say

LEAST, MOST, WINDOW_S, DELAY_S = 1, 4, 2.0, 6.0
"""What `endpoints/aloha.yaml` says."""

RATE = 50.0
"""Requests per second: 100 in a window of 2 s, and one replica is good for 20."""

WAVES, HALF_WAVE_S = 2, 2.0
"""Load for 2 s, nothing for 2 s: 4 s are shorter than the delay of 6 s."""


def main() -> int:
    """Tell the story; 0 if every promise was kept."""
    promises = Promises()
    with begin(Path(__file__).parent, "aloha") as stage:
        say("An endpoint of 1 to 4 replicas, declared in YAML")
        print((stage.project / "endpoints/aloha.yaml").read_text())
        stage.run("apply", "--yes")
        address = stage.address()
        began, seen = step(stage, promises, address)
        waves, silent_from = wave(stage, promises, address, began)
        silence(stage, promises, silent_from)
        results = [seen, *waves]
        sent, failed = sum(one.sent for one in results), sum(one.failed for one in results)
        promises.check("no request fails while replicas come and go", f"{failed} of {sent:,} failed", kept=not failed)
    return promises.exit_code()


def step(stage: Stage, promises: Promises, address: tuple[str, str]) -> tuple[float, LoadResult]:
    """From nothing to more than four replicas can do; when it began, and what clients saw."""
    say(f"A step: {RATE:.0f} requests per second, at once")
    client, began = LoadClient(*address, rate=RATE, payload={"text": "hello"}), time.time()
    client.start()
    try:
        stage.until_whole(MOST)
    finally:
        seen = client.stop()
    events = stage.events(began)
    show(events, began)
    start_s = slowest_start_s(events)
    up_s = next(one.at for one in events if f"({MOST} of {MOST} ready)" in one.text) - began
    limit_s = WINDOW_S + start_s + 1
    promises.check(
        f"{MOST} replicas answer within window + start + 1 s = {WINDOW_S:g} + {start_s:.2f} + 1 = {limit_s:.2f} s",
        f"{up_s:.2f} s",
        kept=up_s <= limit_s,
    )
    return began, seen


def wave(stage: Stage, promises: Promises, address: tuple[str, str], began: float) -> tuple[list[LoadResult], float]:
    """Load that comes and goes; what clients saw, and when the last load ended."""
    say(f"A square wave: {HALF_WAVE_S:g} s of load, {HALF_WAVE_S:g} s of silence, {WAVES} times")
    results, silent_from = [], 0.0
    for number in range(WAVES):
        if number:
            time.sleep(HALF_WAVE_S)
        client = LoadClient(*address, rate=RATE, payload={"text": "hello"})
        client.start()
        try:
            time.sleep(HALF_WAVE_S)
        finally:
            silent_from = time.time()
            results.append(client.stop())
    stage.run("status")
    changes = decisions(stage.events(began), until=silent_from)
    down = [one for one in changes if one.numbers["after"] < one.numbers["before"]]
    promises.check(
        f"no replica is taken away between two waves, {2 * HALF_WAVE_S:g} s being shorter than {DELAY_S:g} s",
        f"{len(down)} times",
        kept=not down,
    )
    promises.check(
        f"at most {MOST} - {LEAST} = {MOST - LEAST} changes since the first request",
        f"{len(changes)} changes",
        kept=len(changes) <= MOST - LEAST,
    )
    return results, silent_from


def silence(stage: Stage, promises: Promises, silent_from: float) -> None:
    """Nobody asks any more."""
    say("Silence")
    stage.until_whole(LEAST)
    events = stage.events(silent_from)
    show(events, silent_from)
    changes = decisions(events)
    first_s, last_s = changes[0].at - silent_from, changes[-1].at - silent_from
    promises.check(
        f"not down before the scale-down delay of {DELAY_S:g} s",
        f"first after {first_s:.2f} s",
        kept=first_s >= DELAY_S,
    )
    limit_s = WINDOW_S + DELAY_S + 1
    promises.check(
        f"down to {LEAST} within window + delay + 1 s = {WINDOW_S:g} + {DELAY_S:g} + 1 = {limit_s:g} s",
        f"last after {last_s:.2f} s",
        kept=changes[-1].numbers["after"] == LEAST and last_s <= limit_s,
    )


def decisions(events: list[Event], until: float = float("inf")) -> list[Event]:
    """The autoscaler's, up to some time."""
    return [event for event in events if event.text.startswith("autoscaled ") and event.at <= until]


def slowest_start_s(events: list[Event]) -> float:
    """How long the slowest replica took from its start until it was ready."""
    began = {event.text.split()[1]: event.at for event in events if " starting (" in event.text}
    return max(event.at - began[event.text.split()[1]] for event in events if " ready (" in event.text)


def show(events: list[Event], since: float) -> None:
    """Decisions and what came of them, in seconds since something began."""
    for event in events:
        if event.text.startswith("autoscaled ") or " ready (" in event.text:
            print(f"{event.at - since:6.2f} s  {event.text}")


if __name__ == "__main__":
    sys.exit(main())
