"""Events of an apply -> a table on the terminal that redraws itself, one row per endpoint or model card.

It redraws when an event comes and starts no thread of its own.
"""

from dataclasses import dataclass
from io import StringIO
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO, assert_never

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
from gitops.model.step import Step
from gitops.views.amounts import elapsed_text
from gitops.views.console import Console, tell
from gitops.views.errors import add_error
from gitops.views.page import Line, Page, Part, Span, Style
from gitops.views.steps import did, short, who

if TYPE_CHECKING:
    from rich.text import Text

BAR_COLUMNS: Final = 12
_SYMBOLS: Final = {
    None: ("…", ">", Style.CHANGED),
    Outcome.SUCCEEDED: ("✓", "+", Style.GOOD),
    Outcome.UNCHANGED: ("✓", "+", Style.GOOD),
    Outcome.ROLLED_BACK: ("↺", "<", Style.DANGER),
    Outcome.FAILED: ("✗", "x", Style.DANGER),
    Outcome.NOT_TRIED: ("-", "-", Style.WARNING),
    Outcome.INTERRUPTED: ("!", "!", Style.WARNING),
}


@dataclass(slots=True)
class Row:
    """What the table says of one endpoint or model card now."""

    name: str
    step: Step
    updated: int | None = None
    goal: int | None = None
    ready: int | None = None
    total: int | None = None
    elapsed_s: float = 0.0
    word: str = ""
    outcome: Outcome | None = None

    def progress(self, event: StepProgressed) -> None:
        """Take over the numbers and words of one event."""
        self.updated, self.goal, self.ready, self.total = event.updated, event.goal, event.ready, event.total
        self.elapsed_s = event.elapsed_s
        self.word = event.last_word or (f"waiting for {event.waiting_for}" if event.waiting_for else "")


class Board:
    """The rows, in the order in which their first steps began."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._by_number: dict[int, Row] = {}

    def take(self, event: Event) -> None:
        """Let one event change its row."""
        match event:
            case StepStarted():
                self._start(event.number, event.step)
            case StepProgressed():
                if row := self._by_number.get(event.number):
                    row.progress(event)
            case CheckpointReached():
                if row := self._by_number.get(event.number):
                    row.updated = event.updated
            case StepFinished():
                self._finish(event)
            case ApplyStarted() | ApplyFinished():
                return
            case _:
                assert_never(event)

    def _finish(self, event: StepFinished) -> None:
        before = self._rows.get(who(event.step))
        if event.outcome is Outcome.NOT_TRIED and before and before.outcome not in (None, Outcome.SUCCEEDED):
            return  # why the endpoint stopped says more than what it was spared
        row = self._by_number.get(event.number) or self._start(event.number, event.step)
        row.outcome, row.elapsed_s = event.outcome, event.elapsed_s
        good = event.outcome is Outcome.SUCCEEDED
        row.word = did(event.step, event.result) if good else _first_line(event)

    def rows(self, most: int) -> tuple[list[Row], int]:
        """At most so many rows, those that are not done first to stay; and how many were left out."""
        rows = list(self._rows.values())
        kept = sorted(rows, key=lambda row: row.outcome in (Outcome.SUCCEEDED, Outcome.UNCHANGED))[: max(1, most)]
        names = {row.name for row in kept}
        return [row for row in rows if row.name in names], len(rows) - len(kept)

    def _start(self, number: int, step: Step) -> Row:
        row = self._rows[who(step)] = Row(name=who(step), step=step)
        self._by_number[number] = row
        return row


class _Patient(StringIO):
    """A terminal as rich may write to it: a terminal that is gone must not end the apply, nor may a character."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self._terminal = terminal

    def write(self, text: str) -> int:
        tell(self._terminal, text)
        return len(text)


class LiveProgress:
    """The table on stderr; failures are printed above it in full."""

    def __init__(self, console: Console) -> None:
        from rich.console import Console as Rich  # only a live table pays for rich
        from rich.live import Live

        stream = console.stderr
        colors = console.colored(stream)
        self._board = Board()
        self._unicode = (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
        self._rich = Rich(
            file=_Patient(stream),
            force_terminal=True,
            color_system="standard" if colors else None,
            no_color=not colors,
            highlight=False,
            markup=False,
            emoji=False,
            width=console.width(stream),
        )
        self._live: Live = Live(
            console=self._rich, auto_refresh=False, redirect_stdout=False, redirect_stderr=False, screen=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._live.stop()

    def emit(self, event: Event) -> None:
        """Redraw with one event taken in."""
        self._board.take(event)
        if isinstance(event, StepFinished) and event.code:
            self._print_failure(event)
        self._live.update(self.table(), refresh=True)

    def table(self) -> "Text":
        """The rows as they are now, as many as the terminal is high and each as long as it is wide."""
        from rich.text import Text

        page = Page()
        rows, left_out = self._board.rows(self._rich.height - 2)
        page.table(map(self._cells, rows))
        if left_out:
            page.line(f"and {left_out:,} more")
        return Text("\n", no_wrap=True, overflow="ellipsis").join(map(_text, page.lines))

    def _cells(self, row: Row) -> list[Part]:
        symbol, ascii_symbol, style = _SYMBOLS[row.outcome]
        return [
            Span(symbol if self._unicode else ascii_symbol, style),
            row.name,
            short(row.step),
            self._bar(row),
            _ready(row),
            elapsed_text(row.elapsed_s),
            Span(row.word, Style.QUIET),
        ]

    def _bar(self, row: Row) -> str:
        if row.updated is None or not row.goal:
            return ""
        full, empty = ("━", "─") if self._unicode else ("#", "-")
        done = min(BAR_COLUMNS, row.updated * BAR_COLUMNS // row.goal)
        return f"{full * done}{empty * (BAR_COLUMNS - done)} {row.updated}/{row.goal}"

    def _print_failure(self, event: StepFinished) -> None:
        page = Page()
        assert event.code is not None, "only failures are printed"
        add_error(page, event.code, f"{who(event.step)}: {event.message}", event.hint)
        for line in page.lines:
            self._rich.print(_text(line), soft_wrap=True)


def _text(line: Line) -> "Text":
    from rich.text import Text

    return Text.assemble(*((span.text, span.style) for span in line))


def _first_line(event: StepFinished) -> str:
    return event.message.strip().partition("\n")[0] or event.outcome.replace("_", " ")


def _ready(row: Row) -> str:
    if row.ready is None:
        return ""
    return f"{row.ready}/{row.total} ready" if row.total is not None else f"{row.ready} ready"
