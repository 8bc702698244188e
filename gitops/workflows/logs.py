"""`logs`: what an endpoint's replicas have said, and go on saying. Reads only."""

import re
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gitops.diagnostics import InputError
from gitops.errors import ServerFault, Unreachable, UsageError
from gitops.model.desired import Environment
from gitops.model.live import Absent
from gitops.model.log import LogLine, LogPage, LogQuery, LogSource, Severity
from gitops.monitoring.logs import Sieve
from gitops.ports import Clock, Connect, PlatformReader, Source
from gitops.workflows.choice import choose_environment

POLL_S: Final = 0.5
"""Between two looks for news."""

_AGO: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|d)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Show = Callable[[Sequence[LogLine]], None]
Reach = Callable[[Environment], PlatformReader | None]
"""Opens the platform of an environment anew where it may have moved and runs; starts nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        query: what the platform is asked.
        grep, least: which lines of that pass.
        tail: only the newest so many of these; None is all.
        follow: whether to go on with what comes.
    """

    endpoint: str
    query: LogQuery
    grep: re.Pattern[str] | None = None
    least: Severity = Severity.DEBUG
    tail: int | None = None
    follow: bool = False


def parse_since(text: str, now: datetime) -> datetime:
    """`10m` ago, or a time in ISO 8601; without a zone it is UTC, as times are shown.

    Raises:
        UsageError: it is neither.
    """
    if match := _AGO.fullmatch(text):
        try:
            return now - timedelta(**{_UNITS[match[2]]: float(match[1])})
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(
            f"--since takes a time or how long ago, not {text!r}", hint="for example 10m, 2h or 2026-11-24T05:46:41"
        ) from fault
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def parse_grep(text: str) -> re.Pattern[str]:
    """A regular expression.

    Raises:
        UsageError: it is none.
    """
    try:
        return re.compile(text)
    except re.error as fault:
        raise UsageError(
            f"--grep takes a regular expression, and {text!r} is none: {fault}",
            hint="a backslash before a character takes it as it is",
        ) from fault


def parse_severity(text: str) -> Severity:
    """A severity.

    Raises:
        UsageError: it is none.
    """
    try:
        return Severity(text.lower())
    except ValueError as fault:
        raise UsageError(f"--severity is {', '.join(Severity)}, not {text!r}") from fault


def logs(
    source: Source,
    connect: Connect,
    reach: Reach,
    environment: str | None,
    wish: Wish,
    clock: Clock,
    show: Show,
    news: Callable[[str], None],
) -> None:
    """Show the lines that were asked for; with `follow` it never returns.

    Raises:
        UsageError: there is no such endpoint, or no output of such a replica or version.
        InputError, PlatformError: as `plan`.
    """
    loaded = source.load(choose_environment(source, environment))
    if loaded.environment is None:
        raise InputError(loaded.diagnostics)
    platform: PlatformReader = connect(loaded.environment)
    _check_endpoint(platform, wish.endpoint, loaded.desired.endpoints if loaded.desired else ())
    reading = _Reading(platform, wish)
    reading.begin(show)
    if wish.follow:
        _follow(reading, loaded.environment, reach, clock, show, news)


def _check_endpoint(platform: PlatformReader, name: str, declared: Collection[str]) -> None:
    if not isinstance(platform.read([name])[name], Absent):
        return
    if name in declared:
        raise UsageError(f"endpoint {name} is not on the platform yet", hint="gitops apply creates it")
    names = ", ".join(sorted(declared)) or "none"
    raise UsageError(f"there is no endpoint {name}", hint=f"declared: {names}")


class _Reading:
    """Pages of lines, one after the other, and what passes of them."""

    def __init__(self, platform: PlatformReader, wish: Wish) -> None:
        self.platform = platform
        self._wish = wish
        self._sieve = Sieve(wish.grep, wish.least)
        self._cursor: str | None = None
        filtered = wish.grep is not None or wish.least is not Severity.DEBUG
        # A filter needs every line to find the newest that pass; without one the platform need not give more.
        self._query = wish.query if filtered else wish.query.model_copy(update={"last": wish.tail})

    def begin(self, show: Show) -> None:
        """Everything that is there, or the newest of it."""
        newest: deque[LogLine] | None = None if self._wish.tail is None else deque(maxlen=self._wish.tail)
        more = True
        while more:
            page = self._page()
            _check_sources(self._wish, page.sources)
            lines = list(self._sieve.sift(page.lines))
            if newest is None:
                show(lines)
            else:
                newest.extend(lines)
            more = page.more
        if newest is not None:
            show(list(newest))
        # What comes from now on is wanted whole, also of a replica that says much at once.
        self._query = self._query.model_copy(update={"last": None})

    def go_on(self, show: Show) -> None:
        """What is new."""
        more = True
        while more:
            page = self._page()
            show(list(self._sieve.sift(page.lines)))
            more = page.more

    def _page(self) -> LogPage:
        page = self.platform.logs(self._wish.endpoint, self._query, self._cursor)
        self._cursor = page.cursor
        return page


def _check_sources(wish: Wish, sources: Sequence[LogSource]) -> None:
    """Refuse a name that nothing has; where a platform cannot tell its sources, no name is wrong."""
    for what, asked, there in (
        ("replica", wish.query.replica, {source.name for source in sources}),
        ("version", wish.query.version, {source.version for source in sources if source.version}),
    ):
        if asked is not None and there and asked not in there:
            raise UsageError(
                f"there is no output of a {what} {asked} of endpoint {wish.endpoint}",
                hint=f"there is of: {', '.join(sorted(there, key=_by_number))}",
            )


def _by_number(name: str) -> tuple[str, int]:
    """`aloha-2` comes before `aloha-10`."""
    digits = re.search(r"[0-9]*$", name)
    number = digits[0] if digits else ""
    return name.removesuffix(number), int(number or 0)


def _follow(
    reading: _Reading,
    environment: Environment,
    reach: Reach,
    clock: Clock,
    show: Show,
    news: Callable[[str], None],
) -> None:
    away = False
    while True:
        clock.sleep(POLL_S)
        try:
            reading.go_on(show)
        except (Unreachable, ServerFault) as fault:
            if not away:
                news(f"{fault.message}; waiting for it to come back")
            away = True
            # Started anew, it may answer at another address.
            reading.platform = reach(environment) or reading.platform
        else:
            if away:
                news("the platform answers again")
            away = False
