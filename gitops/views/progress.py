"""Events of an apply -> news while it runs: plain lines, a live table, or JSON lines; and the sentence at its end.

Every class here is an event sink: `emit` takes one event, one call at a time, and never raises for a stream that
nobody reads any more. All are context managers, so that a live table is always put away.
"""

from types import TracebackType
from typing import Final, Self, assert_never

from gitops.model.event import (
    ApplyFinished,
    ApplyStarted,
    CheckpointReached,
    Event,
    Outcome,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from gitops.views.amounts import elapsed_text
from gitops.views.console import Console, tell
from gitops.views.encode import as_json_line
from gitops.views.errors import add_error
from gitops.views.live import LiveProgress
from gitops.views.page import Page, Span, Style, plural
from gitops.views.steps import did, doing, who

REPEAT_AFTER_S: Final = 30.0
"""Unchanged words are said again after so long, so that a log shows that the wait goes on."""


class PlainProgress:
    """One line per fact on stderr, each naming its endpoint; a fact that did not change is not repeated."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._names: dict[int, str] = {}
        self._said: dict[int, tuple[str, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return None

    def emit(self, event: Event) -> None:
        """Say one event; the end of the apply is left to `apply_summary`."""
        match event:
            case ApplyStarted():
                if event.steps:
                    self._console.news(f"Applying {plural(event.steps, 'step')}.")
                else:
                    self._console.news("There is no step; what the files changed is remembered.")
            case StepStarted():
                self._names[event.number] = who(event.step)
                self._console.news(f"{who(event.step)}: {doing(event.step)}")
            case StepProgressed():
                self._progressed(event)
            case CheckpointReached():
                name = self._names.get(event.number, event.subject)
                replicas = plural(event.replicas, "replica")
                self._console.news(f"{name}: checkpoint reached, {event.updated} of {replicas} updated")
            case StepFinished():
                say = self._console.error if event.code else self._console.news
                say(finished_page(event))
            case ApplyFinished():
                return
            case _:
                assert_never(event)

    def _progressed(self, event: StepProgressed) -> None:
        words = progress_words(event)
        said, at = self._said.get(event.number, ("", 0.0))
        if words == said and event.elapsed_s - at < REPEAT_AFTER_S:
            return
        self._said[event.number] = words, event.elapsed_s
        name = self._names.get(event.number, event.subject)
        self._console.news(f"{name}: {words} ({elapsed_text(event.elapsed_s)})")


class JsonLinesProgress:
    """One event per line of JSON on stdout, flushed at once."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        return None

    def emit(self, event: Event) -> None:
        """Write one event; a reader that went away must not stop an apply."""
        tell(self._console.stdout, as_json_line(event) + "\n")


def progress(console: Console, *, json: bool) -> PlainProgress | LiveProgress | JsonLinesProgress:
    """The sink that fits: JSON lines if asked for, a live table on a terminal, plain lines elsewhere."""
    if json:
        return JsonLinesProgress(console)
    return LiveProgress(console) if console.live else PlainProgress(console)


def progress_words(event: StepProgressed) -> str:
    """What a step waits for, how far it is, and the platform's last word."""
    numbers = []
    if event.updated is not None:
        numbers.append(f"{event.updated}{'' if event.goal is None else f' of {event.goal}'} updated")
    if event.ready is not None:
        numbers.append(f"{event.ready}{'' if event.total is None else f' of {event.total}'} ready")
    parts = [f"waiting for {event.waiting_for}" if event.waiting_for else "", ", ".join(numbers), event.last_word]
    return ": ".join(part for part in parts if part)


def finished_page(event: StepFinished) -> Page:
    """How a step ended; a failure with its code, message and hint."""
    page = Page()
    name, took = who(event.step), f" ({elapsed_text(event.elapsed_s)})"
    if event.code:
        page.line(f"{name}: ", Span(_ENDINGS[event.outcome], Style.DANGER), took)
        error = Page()
        add_error(error, event.code, event.message, event.hint)
        page.add(error, indent="  ")
        return page
    words = did(event.step, event.result) if event.outcome is Outcome.SUCCEEDED else _ENDINGS[event.outcome]
    good = event.outcome in (Outcome.SUCCEEDED, Outcome.UNCHANGED)
    page.line(f"{name}: ", Span(words, Style.GOOD if good else Style.WARNING), took if good else "")
    if event.message:
        page.block(event.message, first=("  ",), indent="  ")
    return page


_ENDINGS: Final = {
    Outcome.SUCCEEDED: "done",
    Outcome.UNCHANGED: "nothing to do",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.FAILED: "failed",
    Outcome.NOT_TRIED: "not tried",
    Outcome.INTERRUPTED: "interrupted",
}


def apply_summary(outcome: Outcome, succeeded: int, failed: int, not_tried: int, elapsed_s: float) -> Page:
    """The last line of an apply: how it ended, and its steps by their end."""
    page = Page()
    word, style, advice = _SUMMARIES[outcome]
    if outcome is Outcome.UNCHANGED:
        page.line(Span(word, style), f" ({elapsed_text(elapsed_s)}).{advice}")
        return page
    counts = [f"{plural(succeeded, 'step')} done"]
    counts += [f"{failed:,} failed"] if failed else []
    counts += [f"{not_tried:,} not tried"] if not_tried else []
    page.line(Span(f"{word}:", style), f" {', '.join(counts)} in {elapsed_text(elapsed_s)}.{advice}")
    return page


_SUMMARIES: Final = {
    Outcome.SUCCEEDED: ("Applied", Style.GOOD, ""),
    Outcome.UNCHANGED: ("Nothing to do", Style.GOOD, ""),
    Outcome.ROLLED_BACK: (
        "Rolled back",
        Style.DANGER,
        " What failed was put back: the old versions serve. Repair the model, then plan again.",
    ),
    Outcome.FAILED: ("Failed", Style.DANGER, " Repair what failed, then apply again: what is done is not done twice."),
    Outcome.NOT_TRIED: ("Not applied", Style.WARNING, ""),
    Outcome.INTERRUPTED: ("Interrupted", Style.WARNING, " Apply again to go on: what is done is not done twice."),
}
