"""A Report -> Markdown that a step summary shows, or JSON; a Snapshot -> JSON. Escapes everything that it quotes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from gitops.model.autoscale import bounds_text
from gitops.model.report import EndpointReport, Observation, Report
from gitops.model.snapshot import Snapshot
from gitops.views.amounts import (
    NOT_AVAILABLE,
    count_text,
    elapsed_text,
    milliseconds_text,
    moment_text,
)
from gitops.views.encode import as_json
from gitops.views.markdown import table
from gitops.views.names import platform_text
from gitops.views.overview import NOTHING, OVERVIEW, TRAFFIC, overview_rows, traffic_cells, version_seen
from gitops.views.page import plural
from gitops.views.visible import markdown

_WINDOWS: Final = (
    "Traffic before is everything since the platform's counters began; traffic after is what came between the two, "
    "or since the counters began again. Latency is measured at the gateway."
)
_NOT_COUNTED: Final = (
    "This platform gives no counters of traffic. What it tells itself and the time of one request of our own stand "
    "below; nothing is made up for the rest."
)


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
    rows = [tuple(map(markdown, row)) for row in overview_rows(report.endpoints, arrow="→")]
    lines += ["", *table(OVERVIEW, rows, left=2)]
    for endpoint in report.endpoints:
        lines += ["", *_endpoint(endpoint, report.before_at, report.after_at)]
    return "\n".join([*lines, ""])


def report_json(report: Report) -> str:
    """The report as JSON; what is not known is null."""
    return as_json(report)


def snapshot_json(snapshot: Snapshot) -> str:
    """The snapshot as JSON, in the form that a report reads."""
    return as_json(snapshot)


def _endpoint(endpoint: EndpointReport, before_at: datetime, after_at: datetime) -> list[str]:
    before, after = endpoint.before, endpoint.after
    rows = [
        ("State", *(_state(seen) for seen in (before, after))),
        ("Version", *(_cell(seen, version_seen) for seen in (before, after))),
        ("Replicas ready", *(_cell(seen, lambda seen: f"{seen.ready} of {seen.replicas}") for seen in (before, after))),
        ("Replicas by version", *(_cell(seen, _versions) for seen in (before, after))),
        ("GPUs", *(_cell(seen, lambda seen: count_text(seen.gpus)) for seen in (before, after))),
        ("Window", *(_window(seen) for seen in (before, after))),
    ]
    rows += [(name, *cells) for name, word in _EXTRA if any(cells := [word(seen) for seen in (before, after)])]
    names = [name for name, _ in TRAFFIC]
    rows += zip(names, _escaped(before, names), _escaped(after, names), strict=True)
    lines = [
        f"## Endpoint {markdown(endpoint.name)} (model {markdown(endpoint.model)})",
        "",
        *table(("", f"Before, {moment_text(before_at)}", f"After, {moment_text(after_at)}"), rows),
    ]
    if endpoint.by_version:
        header = ("Version", *names)
        shares = [
            (markdown(version), *(show(traffic) for _, show in TRAFFIC))
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
        return NOTHING
    return elapsed_text(seen.traffic.window_s) if seen.traffic else NOT_AVAILABLE


def _cell(seen: Observation | None, word: Callable[[Observation], str]) -> str:
    return markdown(word(seen)) if seen else NOTHING


def _escaped(seen: Observation | None, names: Sequence[str]) -> list[str]:
    return list(map(markdown, traffic_cells(seen, *names)))
