"""A line of output -> how bad it says that it is, by the formats that people use. What says nothing gives None.

Known: `ERROR: text`, `[WARNING] text`, `name INFO text`, `2026-11-24 05:46:41,123 - name - INFO - text` and its kin,
glog's `E1124 05:46:41.678901`, `"level": "error"` and `level=error`, Python's warnings and exceptions.
"""

import re
from typing import Final

from gitops.model.log import Severity

_LEVELS: Final = {
    **dict.fromkeys(("TRACE", "DEBUG", "VERBOSE"), Severity.DEBUG),
    **dict.fromkeys(("INFO", "INFORMATION", "NOTICE"), Severity.INFO),
    **dict.fromkeys(("WARN", "WARNING"), Severity.WARNING),
    **dict.fromkeys(("ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "SEVERE", "ALERT", "EMERGENCY"), Severity.ERROR),
}
_LETTERS: Final = {"D": Severity.DEBUG, "I": Severity.INFO, "W": Severity.WARNING}
_HEAD: Final = 160
"""Characters at the beginning of a line in which a level may stand; further behind it is only a word."""

_WORD: Final = "|".join(sorted(_LEVELS, key=len, reverse=True))
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_GLOG: Final = re.compile(r"([DIWEF])\d{4} \d{2}:\d{2}:\d{2}\.\d+ ")
_FIELD: Final = re.compile(
    rf"""(?:"(?:level|levelname|severity|lvl)"\s*:\s*"|\b(?:level|severity|lvl)=["']?)({_WORD})\b""", re.IGNORECASE
)
_FIRST: Final = re.compile(rf"({_WORD})(?::|\s|$)")
_FIRST_ANY_CASE: Final = re.compile(rf"({_WORD}):\s", re.IGNORECASE)
_BRACKETS: Final = re.compile(rf"[\[(<|]\s*({_WORD})\s*[\])>|]", re.IGNORECASE)
_DASHES: Final = re.compile(rf"\s-\s+({_WORD})\s*(?:-\s|:)")
_SECOND: Final = re.compile(rf"[\w.\[\]/-]+ +({_WORD})(?::\s|\s)")
_DATED: Final = re.compile(
    rf"(?:[A-Z][a-z]{{2}} +\d+ )?[\[(]?\d{{2,4}}[-/.:]\d{{2}}[-/.:]\d.*?(?<![\w.])({_WORD})(?![\w.])"
)
_WARNED: Final = re.compile(r"\S+:\d+: \w*Warning: ")
_RAISED: Final = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::\s|$)|Fatal Python error: ")


def plain(text: str) -> str:
    """A line without the colours that a program gave it."""
    return _COLOURS.sub("", text) if "\x1b" in text else text


def begins_with_level(text: str) -> bool:
    """Whether a line begins with a level, blanks aside: some programs write levels flush right."""
    return _FIRST.match(text.lstrip()) is not None


def severity_of(text: str) -> Severity | None:
    """How bad a line says that it is; None if it does not say."""
    head = plain(text[: 2 * _HEAD]).lstrip()[:_HEAD]
    if match := _GLOG.match(head):
        return _LETTERS.get(match[1], Severity.ERROR)
    for pattern, anywhere in _PATTERNS:
        if match := pattern.search(head) if anywhere else pattern.match(head):
            return _LEVELS[match[1].upper()]
    if _WARNED.match(head):
        return Severity.WARNING
    return Severity.ERROR if _RAISED.match(head) else None


_PATTERNS: Final = (
    (_FIRST, False),
    (_FIRST_ANY_CASE, False),
    (_SECOND, False),
    (_FIELD, True),
    (_BRACKETS, True),
    (_DASHES, True),
    (_DATED, False),
)
"""How a level is written, and whether that may stand anywhere in the head or only at its beginning."""
