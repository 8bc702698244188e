"""Streams that say what they are: a terminal or not, its encoding, and whether anybody still reads."""

from io import StringIO

from gitops.views.console import ColorMode, Console


class Stream(StringIO):
    """A text stream in memory."""

    def __init__(self, *, tty: bool = False, encoding: str | None = None, broken: bool = False) -> None:
        super().__init__()
        self._tty = tty
        self._encoding = encoding
        self._broken = broken

    @property
    def encoding(self):
        return self._encoding

    def isatty(self) -> bool:
        return self._tty

    def write(self, text: str) -> int:
        if self._broken:
            raise BrokenPipeError
        return super().write(text)


def console(stdout: Stream | None = None, stderr: Stream | None = None, *, color=ColorMode.AUTO, **options) -> Console:
    environ = options.pop("environ", {})
    return Console(stdout or Stream(), stderr or Stream(), environ=environ, color=color, **options)
