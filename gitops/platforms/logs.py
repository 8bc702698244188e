"""The logs of the embedded platform: one log per replica and bootstrap, and the events -> pages of lines by time."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from gitops.model.frozen import Tolerant
from gitops.model.log import PLATFORM_SOURCE, LogLine, LogPage, LogQuery, LogSource, Severity
from gitops.platforms.strands import Strand, weave
from gitops.platforms.transport import Transport
from gitops.wire import paths
from gitops.wire.messages import EventList, LogChunk, LogInfo, LogList, PlatformEvent

_EVENTS_AT_ONCE: Final = 10_000
_BAD: Final = {
    "replica_failed": Severity.ERROR,
    "rollout_failed": Severity.ERROR,
    "rollout_rolling_back": Severity.ERROR,
    "rollout_rolled_back": Severity.WARNING,
}


class _Cursor(Tolerant):
    """Where a reader goes on: the offset in each log that is still there, and the last event."""

    logs: dict[str, int] = Field(default_factory=dict)
    events: int | None = None


def read_logs(transport: Transport, name: str, query: LogQuery, cursor: str | None) -> LogPage:
    """A page of lines; only logs that have grown since the cursor are read.

    Raises:
        Unreachable, Unauthorized, ServerFault: as the transport says.
        Rejected: there is no such endpoint.
    """
    infos = transport.get(paths.fill(paths.LOGS, name=name), LogList).logs
    before = _Cursor.model_validate_json(cursor) if cursor else _Cursor()
    strands, skipped = _strands(transport, name, query, before, infos)
    events = _events(transport, name, query, before) if query.events else None
    woven = weave([*strands, *([events] if events else [])])
    kept = {info.id for info in infos}
    places = {one: place for one, place in {**before.logs, **woven.places}.items() if one in kept}
    after = _Cursor(logs=places, events=woven.places.get(PLATFORM_SOURCE, before.events))
    return LogPage(
        lines=woven.lines,
        cursor=after.model_dump_json(),
        more=skipped or woven.held or any(strand.more for strand in strands) or bool(events and events.more),
        sources=tuple(dict.fromkeys(LogSource(info.source, info.version) for info in infos)),
    )


def _strands(
    transport: Transport, name: str, query: LogQuery, before: _Cursor, infos: tuple[LogInfo, ...]
) -> tuple[list[Strand], bool]:
    """What each log has to say, and whether some were left for later because nothing of them can stand on this page."""
    strands: list[Strand] = []
    horizon: datetime | None = None
    skipped = False
    for info in infos:  # the oldest first
        place = before.logs.get(info.id)
        if not _asked(info, query) or (place is not None and place >= info.end):
            continue
        if place is None and _silent_since(info, query.since):
            strands.append(Strand(info.id, (), info.end))
        elif horizon is not None and info.started_at is not None and info.started_at > horizon:
            skipped = True
        else:
            strand = _strand(transport, name, query, info, place)
            strands.append(strand)
            if strand.last is not None:
                horizon = min(horizon or strand.last, strand.last)
    return strands, skipped


def _asked(info: LogInfo, query: LogQuery) -> bool:
    return query.replica in {None, info.source} and query.version in {None, info.version}


def _silent_since(info: LogInfo, since: datetime | None) -> bool:
    return since is not None and info.written_at is not None and info.written_at < since


def _strand(transport: Transport, name: str, query: LogQuery, info: LogInfo, place: int | None) -> Strand:
    ask: dict[str, Any] = {"after": place or 0}
    if place is None:
        ask |= {"since": query.since.isoformat()} if query.since else {}
        ask |= {"last": query.last} if query.last is not None else {}
    chunk = transport.get(paths.fill(paths.LOG, name=name, log=info.id), LogChunk, **ask)
    lines = [
        (LogLine(at=line.at, source=info.source, version=info.version, text=line.text), line.end)
        for line in chunk.lines
    ]
    return Strand(info.id, lines, chunk.next, chunk.more)


def _events(transport: Transport, name: str, query: LogQuery, before: _Cursor) -> Strand:
    after = before.events or 0
    ask = {"after": after, "endpoint": name, "limit": _EVENTS_AT_ONCE}
    found = transport.get(paths.EVENTS, EventList, **ask).events
    lines = [(_line(event), event.seq) for event in found if _wanted(event, query)]
    if before.events is None and query.last is not None:
        lines = lines[len(lines) - query.last :] if query.last < len(lines) else lines
    return Strand(PLATFORM_SOURCE, lines, found[-1].seq if found else after, len(found) == _EVENTS_AT_ONCE)


def _wanted(event: PlatformEvent, query: LogQuery) -> bool:
    return (
        query.replica in {None, event.replica}
        and query.version in {None, event.version}
        and (query.since is None or event.at >= query.since)
    )


def _line(event: PlatformEvent) -> LogLine:
    return LogLine(
        at=event.at,
        source=PLATFORM_SOURCE,
        version=event.version,
        severity=_BAD.get(event.kind, Severity.INFO),
        text=_words(event),
    )


def _words(event: PlatformEvent) -> str:
    """`replica aloha-3 failed (1 of 2 ready): it exited with status 1`."""
    noun, _, verb = event.kind.partition("_")
    subject = event.replica or (f"to {event.version}" if noun == "rollout" else "")
    what = " ".join(word for word in (noun, subject, verb.replace("_", " ")) if word)
    facts = [f"{key} {_plain(value)}" for key, value in event.detail.items() if key != "reason"]
    reason = event.detail.get("reason")
    return f"{what} ({'; '.join([f'{event.ready} of {event.wanted} ready', *facts])}){f': {reason}' if reason else ''}"


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
