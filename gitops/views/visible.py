"""Text that somebody else wrote -> text that cannot move the cursor, forge a line, or turn into markup.

File names, YAML, a model's last words and a platform's answers all pass through here before they are shown.
"""

import re
import unicodedata
from typing import Final

_UNSAFE: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: terminals obey them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: text reads in another order than it is
    "\u2028\u2029\ufeff"  # line separators and the byte order mark
    "\ud800-\udfff"  # halves of a character: no stream can encode them
    "\U000e0000-\U000e007f"  # invisible copies of ASCII
    "]"
)
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]|~$#]")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CALLS: Final = re.compile("[@#]")
_MUTE: Final = "&#8203;"
"""A space without width: what stands behind `@` or `#` is no name or number any more."""
_TAB: Final = "    "


def one_line(text: str) -> str:
    """The text on one line, with every character that a terminal would obey written as an escape (`\\x1b`, `\\n`)."""
    return _UNSAFE.sub(_escape, text)


def source_line(text: str) -> str:
    """A line of a file: like `one_line`, but a tab is four spaces wide, because files are full of them."""
    return one_line(text.replace("\t", _TAB))


def lines_of(text: str) -> list[str]:
    """Text of several lines, each made safe; trailing blanks and empty lines at both ends are dropped."""
    return [source_line(line.rstrip()) for line in text.strip("\r\n").splitlines()]


def width(text: str) -> int:
    """How many columns of a terminal a safe text takes: 2 for East Asian wide characters, 0 for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def markdown(text: str) -> str:
    """The text as Markdown shows it: on one line, no cell ended, no span or tag begun, nobody called and no issue."""
    escaped = _MARKDOWN.sub(lambda match: "\\" + match[0], one_line(text))
    escaped = re.sub("[&<>]", lambda match: _HTML[match[0]], escaped)
    return _CALLS.sub(lambda match: match[0] + _MUTE, escaped)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
