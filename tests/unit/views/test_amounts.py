from datetime import UTC, datetime, timedelta, timezone

import pytest

from gitops.views.amounts import (
    count_text,
    elapsed_text,
    milliseconds_text,
    moment_text,
    rate_text,
    size_text,
    throughput_text,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1229, "1.2 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (3 * 1024**4, "3.0 TiB"),
    ],
)
def test_sizes(size, text):
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (-1, "0.0s"), (3.21, "3.2s"), (59.94, "59.9s"), (59.96, "1m 0s"), (75, "1m 15s"), (3725, "1h 2m 5s")],
)
def test_times_that_passed(seconds, text):
    assert elapsed_text(seconds) == text


def test_a_moment_is_shown_in_utc():
    there = datetime(2026, 3, 2, 11, 30, 5, tzinfo=timezone(timedelta(hours=2)))

    assert moment_text(there) == moment_text(datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)) == "2026-03-02 09:30:05 UTC"


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "0.00 %"), (1 / 3_000_000, "< 0.01 %"), (0.0001, "0.01 %"), (0.119, "11.90 %"), (1.0, "100.00 %")],
)
def test_rates(rate, text):
    assert rate_text(rate) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0.12, "0.1 ms"), (4.04, "4.0 ms"), (999.94, "999.9 ms"), (61_234.5, "61,234 ms")]
)
def test_latencies(ms, text):
    assert milliseconds_text(ms) == text


@pytest.mark.parametrize(
    ("rps", "text"),
    [(0.0, "0.0 requests/s"), (0.0167, "0.017 requests/s"), (1.0, "1.0 requests/s"), (2345.67, "2,345.7 requests/s")],
)
def test_throughputs(rps, text):
    assert throughput_text(rps) == text


@pytest.mark.parametrize("view", [count_text, rate_text, milliseconds_text, throughput_text])
def test_what_is_not_known_is_said_and_never_zero(view):
    assert view(None) == "not available"
