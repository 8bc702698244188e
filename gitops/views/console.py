"""Pages and data -> the two streams of the process: results on stdout, news and errors on stderr.

Decides once, from the flag, the environment and the streams, whether there are colours and live progress.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Final, TextIO

from gitops.views.page import Page

NO_TERMINAL_WIDTH: Final = 100
_NO: Final = frozenset({"", "0", "false"})


class ColorMode(StrEnum):
    """What `--color` says."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Console:
    """Where everything that people read goes.

    Args:
        stdout: results; a reader that went away raises BrokenPipeError.
        stderr: news and errors; nobody listening is no error.
        color: the flag; `auto` asks NO_COLOR, then FORCE_COLOR, then the stream and TERM.
        environ: the process's environment variables.
        quiet: no news; errors and results stay.
        verbose: views may say more.
    """

    def __init__(
        self,
        stdout: TextIO,
        stderr: TextIO,
        *,
        environ: Mapping[str, str],
        color: ColorMode = ColorMode.AUTO,
        quiet: bool = False,
        verbose: bool = False,
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.quiet = quiet
        self.verbose = verbose
        self._environ = environ
        self._color = color

    def result(self, page: Page | str) -> None:
        """Print what was asked for; a string is one line."""
        write_to(self.stdout, self._rendered(page, self.stdout))

    def data(self, text: str) -> None:
        """Print JSON or Markdown as it is, without colours; it must be harmless already."""
        write_to(self.stdout, text if text.endswith("\n") else text + "\n")

    def news(self, page: Page | str) -> None:
        """Print what happens meanwhile, unless quiet."""
        if not self.quiet:
            self.error(page)

    def error(self, page: Page | str) -> None:
        """Print what went wrong."""
        tell(self.stderr, self._rendered(page, self.stderr))

    @property
    def live(self) -> bool:
        """Whether progress may redraw itself: stderr is a capable terminal, and nobody asked for quiet."""
        dumb = self._environ.get("TERM") == "dumb"
        return self.stderr.isatty() and not dumb and not self.quiet and not self._says("CI")

    def colored(self, stream: TextIO) -> bool:
        """Whether colours go to this stream."""
        match self._color:
            case ColorMode.ALWAYS:
                return True
            case ColorMode.NEVER:
                return False
            case ColorMode.AUTO:
                return self._colored_by_itself(stream)

    def width(self, stream: TextIO) -> int:
        """Columns of a terminal (COLUMNS overrides it), 100 for anything else."""
        if (columns := self._environ.get("COLUMNS", "")).isdecimal() and int(columns) > 0:
            return int(columns)
        try:
            return os.get_terminal_size(stream.fileno()).columns or NO_TERMINAL_WIDTH
        except (OSError, ValueError):  # not a terminal, or closed, or not a file at all
            return NO_TERMINAL_WIDTH

    def _colored_by_itself(self, stream: TextIO) -> bool:
        if self._environ.get("NO_COLOR"):
            return False
        if self._says("FORCE_COLOR"):
            return True
        return stream.isatty() and self._environ.get("TERM") != "dumb"

    def _says(self, variable: str) -> bool:
        return self._environ.get(variable, "").lower() not in _NO

    def _rendered(self, page: Page | str, stream: TextIO) -> str:
        if isinstance(page, str):
            text, page = page, Page()
            page.line(text)
        return colored(page) if self.colored(stream) else page.plain()


def colored(page: Page) -> str:
    """A page with the colours of a terminal, line by line as long as they are."""
    from rich.color import ColorSystem  # only a page with colours pays for rich
    from rich.style import Style

    def shown(text: str, style: str) -> str:
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style else text

    return "".join("".join(shown(span.text, span.style) for span in line) + "\n" for line in page.lines)


def write_to(stream: TextIO, text: str) -> None:
    """Write and flush; what the stream cannot encode becomes an escape, not an error."""
    if encoding := getattr(stream, "encoding", None):
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)
    stream.flush()


def tell(stream: TextIO, text: str) -> None:
    """Write where nobody listening is no error: the stream is closed, or its reader has left."""
    with suppress(OSError, ValueError):
        write_to(stream, text)
