"""A Report -> Markdown that a step summary shows, or JSON; a Snapshot -> JSON. Escapes everything that it quotes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from gitops.model.autoscale import bounds_text
from gitops.model.live import Phase
from gitops.model.report import EndpointReport, Observation, Report, Traffic
from gitops.model.snapshot import Snapshot
from gitops.views.amounts import (
    NOT_AVAILABLE,
    count_text,
    elapsed_text,
    milliseconds_text,
    moment_text,
    rate_text,
    throughput_text,
)
from gitops.views.encode import as_json
from gitops.views.markdown import table
from gitops.views.names import platform_text
from gitops.views.page import plural
from gitops.views.visible import markdown

_NOTHING: Final = "-"
_WINDOWS: Final = (
    "Traffic before is everything since the platform's counters began; traffic after is what came between the two, "
    "or since the counters began again. Latency is measured at the gateway."
)
_NOT_COUNTED: Final = (
    "This platform gives no counters of traffic. What it tells itself and the time of one request of our own stand "
    "below; nothing is made up for the rest."
)

_TRAFFIC: Final[Sequence[tuple[str, Callable[[Traffic], str]]]] = (
    ("Requests", lambda traffic: count_text(traffic.requests)),
    ("Errors", lambda traffic: count_text(traffic.errors)),
    ("Error rate", lambda traffic: rate_text(traffic.error_rate)),
    ("Throughput", lambda traffic: throughput_text(traffic.throughput_rps)),
    ("Latency, average", lambda traffic: milliseconds_text(traffic.average_ms)),
    ("Latency, p50", lambda traffic: milliseconds_text(traffic.p50_ms)),
    ("Latency, p95", lambda traffic: milliseconds_text(traffic.p95_ms)),
    ("Latency, p99", lambda traffic: milliseconds_text(traffic.p99_ms)),
)


_IN_DOUBT: Final = frozenset({Phase.ROLLING_OUT, Phase.ROLLING_BACK, Phase.ROLLED_BACK})
_HEADLINES: Final = ("Requests", "Error rate", "Latency, p95")


def report_markdown(report: Report) -> str:
    """The report as Markdown: an overview, then every endpoint before and after, side by side."""
    later = elapsed_text((report.after_at - report.before_at).total_seconds())
    lines = [
        f"# {markdown(report.project)} in {markdown(report.environment)}: before and after",
        "",
        f"Platform: {markdown(platform_text(report.platform))}",
        "",
        f"Before: {moment_text(report.before_at)}. After: {moment_text(report.after_at)}, {later} later.",
        "",
        _WINDOWS if _counted(report) else _NOT_COUNTED,
    ]
    if not report.endpoints:
        return "\n".join([*lines, "", "No endpoint was there.", ""])
    lines += ["", *_overview(report.endpoints)]
    for endpoint in report.endpoints:
        lines += ["", *_endpoint(endpoint, report.before_at, report.after_at)]
    return "\n".join([*lines, ""])


def report_json(report: Report) -> str:
    """The report as JSON; what is not known is null."""
    return as_json(report)


def snapshot_json(snapshot: Snapshot) -> str:
    """The snapshot as JSON, in the form that a report reads."""
    return as_json(snapshot)


def _overview(endpoints: Sequence[EndpointReport]) -> list[str]:
    rows = [
        (
            markdown(endpoint.name),
            _moved(*(_cell(seen, _version) for seen in (endpoint.before, endpoint.after))),
            _moved(*(_cell(seen, lambda seen: f"{seen.replicas:,}") for seen in (endpoint.before, endpoint.after))),
            *map(_moved, _traffic_cells(endpoint.before, *_HEADLINES), _traffic_cells(endpoint.after, *_HEADLINES)),
        )
        for endpoint in endpoints
    ]
    return table(("Endpoint", "Version", "Replicas", *_HEADLINES), rows, left=2)


def _moved(before: str, after: str) -> str:
    """`v1 → v2`; one word where nothing moved."""
    return before if before == after else f"{before} → {after}"


def _endpoint(endpoint: EndpointReport, before_at: datetime, after_at: datetime) -> list[str]:
    before, after = endpoint.before, endpoint.after
    rows = [
        ("State", *(_state(seen) for seen in (before, after))),
        ("Version", *(_cell(seen, _version) for seen in (before, after))),
        ("Replicas ready", *(_cell(seen, lambda seen: f"{seen.ready} of {seen.replicas}") for seen in (before, after))),
        ("Replicas by version", *(_cell(seen, _versions) for seen in (before, after))),
        ("GPUs", *(_cell(seen, lambda seen: count_text(seen.gpus)) for seen in (before, after))),
        ("Window", *(_window(seen) for seen in (before, after))),
    ]
    rows += [(name, *cells) for name, word in _EXTRA if any(cells := [word(seen) for seen in (before, after)])]
    names = [name for name, _ in _TRAFFIC]
    rows += zip(names, _traffic_cells(before, *names), _traffic_cells(after, *names), strict=True)
    lines = [
        f"## Endpoint {markdown(endpoint.name)} (model {markdown(endpoint.model)})",
        "",
        *table(("", f"Before, {moment_text(before_at)}", f"After, {moment_text(after_at)}"), rows),
    ]
    if endpoint.by_version:
        header = ("Version", *names)
        shares = [
            (markdown(version), *(show(traffic) for _, show in _TRAFFIC))
            for version, traffic in endpoint.by_version.items()
        ]
        lines += ["", "What each version answered between the two:", "", *table(header, shares)]
    if unrouted := _unrouted(endpoint):
        lines += ["", f"{plural(unrouted, 'request')} found no replica ready and reached no version."]
    return lines


def _counted(report: Report) -> bool:
    """Whether the platform counts; where nothing was there it is not known."""
    seen = [one for endpoint in report.endpoints for one in (endpoint.before, endpoint.after) if one]
    return not seen or any(one.traffic for one in seen)


def _version(seen: Observation) -> str:
    """Its version; not told is one that may be another, because it changes or was put back."""
    return seen.version or (NOT_AVAILABLE if seen.phase in _IN_DOUBT else "none")


def _bounds(seen: Observation | None) -> str:
    return bounds_text(seen.bounds) if seen and seen.bounds else ""


def _probe(seen: Observation | None) -> str:
    if seen is None or seen.probe is None:
        return ""
    return milliseconds_text(seen.probe.latency_ms) if seen.probe.ok else markdown(f"no answer: {seen.probe.message}")


def _totals(seen: Observation | None) -> str:
    if seen is None or seen.totals is None:
        return ""
    requests, average = seen.totals.requests, seen.totals.average_latency_ms
    return markdown(f"{count_text(requests)} requests, {milliseconds_text(average)} on average")


_EXTRA: Final[Sequence[tuple[str, Callable[[Observation | None], str]]]] = (
    ("Autoscale", _bounds),
    ("A request of our own", _probe),
    ("As the platform says", _totals),
)
"""Rows that only some platforms have."""


def _state(seen: Observation | None) -> str:
    return markdown(seen.phase.replace("_", " ")) if seen else "not there"


def _versions(seen: Observation) -> str:
    if not seen.versions:
        return NOT_AVAILABLE if seen.ready else "none"
    return ", ".join(f"{version}: {replicas}" for version, replicas in seen.versions.items())


def _unrouted(endpoint: EndpointReport) -> int:
    """Requests between the two that belong to no version."""
    if endpoint.after is None or endpoint.after.traffic is None:
        return 0
    return endpoint.after.traffic.requests - sum(traffic.requests for traffic in endpoint.by_version.values())


def _window(seen: Observation | None) -> str:
    if seen is None:
        return _NOTHING
    return elapsed_text(seen.traffic.window_s) if seen.traffic else NOT_AVAILABLE


def _cell(seen: Observation | None, word: Callable[[Observation], str]) -> str:
    return markdown(word(seen)) if seen else _NOTHING


def _traffic_cells(seen: Observation | None, *names: str) -> list[str]:
    """The named numbers of an observation; `-` where there was no endpoint, words where there are no numbers."""
    shows = dict(_TRAFFIC)
    if seen is None:
        return [_NOTHING] * len(names)
    if seen.traffic is None:
        return [NOT_AVAILABLE] * len(names)
    return [markdown(shows[name](seen.traffic)) for name in names]
