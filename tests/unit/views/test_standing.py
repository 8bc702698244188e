from datetime import UTC, datetime

import pytest

from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.views.standing import probe_words, totals_words

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ({"ok": True, "latency_ms": 12.34, "status": 200}, "a request of our own was answered in 12.3 ms"),
        ({"ok": False, "message": "HTTP 502", "status": 502}, "no answer to a request of our own: HTTP 502"),
        ({"ok": False}, "no answer to a request of our own: nobody says why"),
    ],
)
def test_a_probe_is_called_a_request_of_our_own(probe, expected):
    assert probe_words(ProbeResult(at=NOW, **probe)) == expected


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ({"requests": 1, "keys": ("requests from r",)}, "as the platform says: 1 request (requests from r)"),
        (
            {"average_latency_ms": 20.0, "keys": ("average from latency",)},
            "as the platform says: 20.0 ms on average (average from latency)",
        ),
    ],
)
def test_totals_are_marked_as_the_platforms_and_say_only_what_is_told(totals, expected):
    assert totals_words(PlatformTotals(**totals)) == expected
