"""`gitops doctor` for TensorOpera: what can be found out without changing anything, one check after the other."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from gitops.errors import ExitCode, GitopsError, PlatformError, UsageError
from gitops.model.checkup import Check, Finding
from gitops.model.desired import TensorOperaPlatform
from gitops.model.operation import Auth
from gitops.platforms.tensoropera.calls import Calls
from gitops.platforms.tensoropera.cards import Cards
from gitops.platforms.tensoropera.operations import KNOWN, where_manual
from gitops.platforms.tensoropera.wires import origin

_SKEW_S: Final = 60.0


def examine(calls: Calls, cards: Cards, settings: TensorOperaPlatform) -> Iterator[Check]:
    """One check after the other; a fault is a finding."""
    reached, clock = _reach(calls)
    yield reached
    good = reached.finding is Finding.GOOD
    if not good:
        yield from (_unknown(subject, "the platform is not reached") for subject in ("tls", "clock", "api key", "user"))
    else:
        yield _tls(calls)
        yield clock
        key = _key(calls)
        yield key
        yield _user(calls, key)
        good = key.finding is Finding.GOOD
    yield from _operations(calls)
    yield _packages(calls, cards, settings) if good else _unknown("packages", "the list of cards is not reached")


def _reach(calls: Calls) -> tuple[Check, Check]:
    """Whether anybody answers at the address, and how far the clocks are apart."""
    try:
        response = calls.wires.send("GET", calls.url + "/")
    except GitopsError as fault:
        return _bad("reachability", fault), _unknown("clock", "the platform is not reached")
    return Check(subject="reachability", finding=Finding.GOOD, message=f"{calls.url} answers"), _clock(response)


def _tls(calls: Calls) -> Check:
    """A certificate that is not trusted is found before, and without one no address but this machine's is accepted."""
    encrypted = urlsplit(calls.url).scheme == "https"
    message = "its certificate is trusted" if encrypted else "none is needed: nothing leaves this machine"
    return Check(subject="tls", finding=Finding.GOOD, message=message)


def _clock(response: httpx.Response) -> Check:
    told = _date(response.headers.get("Date", ""))
    if told is None:
        return _unknown("clock", "the platform does not tell its time")
    apart_s = time.time() - told.timestamp()
    if abs(apart_s) > _SKEW_S:
        return Check(
            subject="clock",
            finding=Finding.WARNING,
            message=f"this clock is {abs(apart_s):.0f} s {'ahead of' if apart_s > 0 else 'behind'} the platform's",
            hint="set the clock by NTP: times in logs and reports will not fit together",
        )
    return Check(subject="clock", finding=Finding.GOOD, message="it agrees with the platform's to the minute")


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def _key(calls: Calls) -> Check:
    try:
        calls.data("heartbeat", {})
    except GitopsError as fault:
        return _bad("api key", fault)
    return Check(subject="api key", finding=Finding.GOOD, message="the platform accepts it")


def _user(calls: Calls, key: Check) -> Check:
    if key.finding is Finding.BAD:
        return _unknown("user", "the key is not good")
    try:
        said = calls.data("user", {})
    except GitopsError as fault:
        return _bad("user", fault)
    user = said.get("id") if isinstance(said, Mapping) else None
    if user in (None, "", 0):
        return Check(subject="user", finding=Finding.WARNING, message="the platform does not say whose key it is")
    return Check(subject="user", finding=Finding.GOOD, message=f"the key is of user {user}")


def _operations(calls: Calls) -> Iterator[Check]:
    own = sorted(name for name, row in calls.rows.items() if KNOWN.get(name) != row)
    laid = f"; rows of the environment: {', '.join(own)}" if own else ""
    yield Check(subject="operations", finding=Finding.GOOD, message=f"{len(calls.rows)} are known{laid}")
    for name, place in where_manual(calls.rows).items():
        yield Check(
            subject=f"operation {name}",
            finding=Finding.WARNING,
            message="no row says how: such changes are done by hand, and read back",
            hint=f"in the console: {place}; or add platform.operations.{name}",
        )
    yield from _sessions(calls)


def _sessions(calls: Calls) -> Iterator[Check]:
    wanting = sorted(name for name, row in calls.rows.items() if row.auth is Auth.RAW_SESSION)
    if wanting and not calls.has_session:
        yield Check(
            subject="session token",
            finding=Finding.BAD,
            message=f"{', '.join(wanting)} need session_token, which the environment does not set",
            hint="set platform.session_token in gitops.yaml, as ${env:NAME}",
            exit_code=ExitCode.UNAUTHORIZED,
        )


def _packages(calls: Calls, cards: Cards, settings: TensorOperaPlatform) -> Check:
    """Whether the last package can be read, as workers have to; no key goes there, and nothing is downloaded."""
    where = origin(settings.packages.url) if settings.packages else "the platform's own storage"
    try:
        newest = cards.package_of_any()
    except GitopsError as fault:
        return _bad("packages", fault)
    if newest is None:
        return _unknown("packages", f"no card has one yet; they go to {where}")
    model, url = newest
    try:
        with calls.wires.stream(url) as answer:
            problem = "" if answer.is_success else f"{origin(url)} answers HTTP {answer.status_code}"
    except GitopsError as fault:
        problem = fault.message
    if problem:
        return Check(
            subject="packages",
            finding=Finding.WARNING,
            message=f"the package of model card {model} cannot be read from here: {problem}",
            hint="if workers cannot read it either, new replicas of it cannot start: push it again",
        )
    return Check(
        subject="packages", finding=Finding.GOOD, message=f"that of model card {model} can be read; they go to {where}"
    )


def _unknown(subject: str, why: str) -> Check:
    return Check(subject=subject, finding=Finding.NOT_CHECKED, message=why)


def _bad(subject: str, fault: GitopsError) -> Check:
    code = fault.exit_code if isinstance(fault, PlatformError | UsageError) else ExitCode.INTERNAL
    return Check(subject=subject, finding=Finding.BAD, message=fault.message, hint=fault.hint, exit_code=int(code))
