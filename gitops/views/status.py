"""Status of endpoints, or of the embedded platform -> a table for people, or JSON."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from gitops.model.autoscale import bounds_text
from gitops.model.card import short_digest
from gitops.model.health import Health
from gitops.model.live import LiveReplica, ReplicaState
from gitops.model.resource import resource_text
from gitops.model.status import PlatformStatus, Status, StatusRow
from gitops.model.trouble import BootstrapState
from gitops.views.encode import as_json
from gitops.views.names import platform_text
from gitops.views.page import Page, Part, Span, Style
from gitops.views.standing import autoscale_words, bootstrap_words, probe_words, totals_words, trouble_words

_NOTHING: Final = "-"
_REMARK_INDENT: Final = "  "
_HEALTH_STYLES: Final = {
    Health.HEALTHY: Style.GOOD,
    Health.PROGRESSING: Style.CHANGED,
    Health.DEGRADED: Style.DANGER,
    Health.MISSING: Style.WARNING,
    Health.FAILED: Style.DANGER,
    Health.UNKNOWN: Style.WARNING,
}
_REPLICA_STYLES: Final = {
    ReplicaState.STARTING: Style.CHANGED,
    ReplicaState.READY: Style.GOOD,
    ReplicaState.DRAINING: Style.CHANGED,
    ReplicaState.STOPPED: Style.QUIET,
    ReplicaState.FAILED: Style.DANGER,
}


def status_page(status: Status, *, verbose: bool = False) -> Page:
    """One row per endpoint, reasons below the table; verbose lists digests and every replica too."""
    page = Page()
    page.line(
        Span(f"Project {status.project} in environment {status.environment}", Style.STRONG),
        f" ({platform_text(status.platform)})",
    )
    page.gap()
    if not status.endpoints:
        page.line("No endpoint is declared.")
        return page
    page.table([_header(), *map(_row, status.endpoints)])
    page.gap()
    for row in status.endpoints:
        _remarks(page, row, status.at)
    for row in status.endpoints:
        if verbose and row.replicas is not None:
            page.gap()
            _details(page, row)
    return page


def status_json(status: Status) -> str:
    """The status as JSON."""
    return as_json(status)


def platform_status_page(status: PlatformStatus) -> Page:
    """Whether the embedded platform runs, and where everything of it is."""
    page = Page()
    running = Span("running", Style.GOOD) if status.running else Span("not running", Style.WARNING)
    page.line("The embedded platform is ", running, ".")
    rows: list[tuple[str, str]] = [("url", status.url or ""), ("pid", str(status.pid or ""))]
    rows += [("behaves like", status.behaves_like or "")]
    rows += [("data folder", status.data_folder), ("API key file", status.api_key_file or "")]
    page.table([(Span(name, Style.QUIET), value) for name, value in rows if value], indent="  ")
    return page


def platform_status_json(status: PlatformStatus) -> str:
    """The embedded platform's status as JSON; it names the file of the key, never the key."""
    return as_json(status)


def _header() -> list[Part]:
    return [Span(title, Style.QUIET) for title in ("ENDPOINT", "HEALTH", "MODEL", "VERSION", "READY", "URL")]


def _row(row: StatusRow) -> list[Part]:
    ready = _NOTHING if row.replicas is None else f"{'?' if row.ready is None else row.ready}/{row.replicas}"
    return [
        Span(row.name, Style.STRONG),
        Span(row.health, _HEALTH_STYLES[row.health]),
        row.model,
        row.version or _NOTHING,
        ready,
        row.url or _NOTHING,
    ]


def _remarks(page: Page, row: StatusRow, at: datetime) -> None:
    """What there is to say of an endpoint: the first of it beside its name, the rest below."""
    first: tuple[Part, ...] = (Span(row.name, Style.STRONG), ": ")
    for words in _said(row, at):
        page.block(words, first=first, indent=_REMARK_INDENT)
        first = (_REMARK_INDENT,)


def _said(row: StatusRow, at: datetime) -> Iterator[str]:
    if not row.declared:
        yield "ours, and not declared any more: the next apply would delete it"
    if words := "; ".join(part for part in (row.updated, row.message) if part):
        yield words
    if row.trouble is not None:
        yield trouble_words(row.trouble, at)
    if row.bootstrap is not None and row.bootstrap.state is not BootstrapState.DONE:
        yield bootstrap_words(row.bootstrap)
    if row.autoscale is not None:
        yield from autoscale_words(row.autoscale, row.replicas, at)
    elif row.bounds is not None:
        yield f"autoscale {bounds_text(row.bounds)}; the platform tells no more of it"
    if row.probe is not None:
        yield probe_words(row.probe)
    if row.totals is not None:
        yield totals_words(row.totals)


def _details(page: Page, row: StatusRow) -> None:
    serves = f"{row.version or 'nothing'}{f' ({short_digest(row.digest)})' if row.digest else ''}"
    page.line(Span(row.name, Style.STRONG), f" serves {serves}")
    if row.raw_status and not row.members:
        page.line(f"  the platform calls it {row.raw_status}")
    if row.resource is not None:
        page.line(f"  runs on {resource_text(row.resource)}")
    page.table([_member(member) for member in row.members], indent="  ")
    if row.bootstrap is not None and row.bootstrap.state is BootstrapState.DONE:
        page.line(f"  {bootstrap_words(row.bootstrap)}", f": {row.bootstrap.log}" if row.bootstrap.log else "")
    if row.input_example is not None:
        page.line("  a request, for example: ", json.dumps(row.input_example, ensure_ascii=False))


def _member(member: LiveReplica) -> list[Part]:
    return [
        member.id,
        member.version,
        Span(member.state, _REPLICA_STYLES[member.state]),
        f"pid {member.pid}" if member.pid is not None else _NOTHING,
        member.log or _NOTHING,
        member.message,
    ]
