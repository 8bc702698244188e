"""Puts values and names of the user's files into sentences: short, safe to print, with a guess at what was meant."""

import difflib
from collections.abc import Collection
from typing import Any, Final

_LONGEST: Final = 60
_MANY: Final = 200


def shown(text: str) -> str:
    """A text for a sentence: cut to 60 characters, with what cannot be printed escaped."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in cut)


def described(value: Any) -> str:
    """A value by what it is: `the text "two"`, `2.5`, `a list`, `nothing`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return f'the text "{shown(value)}"' if value else "an empty text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a secret"


def meant(word: str, candidates: Collection[str]) -> str | None:
    """The candidate that somebody who wrote `word` most likely meant; None if nothing is near."""
    if len(word) > _LONGEST:
        return None
    near: Collection[str] = candidates
    if len(candidates) > _MANY:  # comparing is slow; who mistypes rarely misses both ends
        near = [c for c in candidates if abs(len(c) - len(word)) <= 2 and (c[:2] == word[:2] or c[-2:] == word[-2:])]
    found = difflib.get_close_matches(word, near, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, candidates: Collection[str], otherwise: str = "") -> str:
    """The hint for a word that is not among those that are possible."""
    guess = meant(word, candidates)
    return f"did you mean {guess}?" if guess is not None else otherwise


def listing(words: Collection[str], most: int = 12) -> str:
    """Words in a sentence: `a, b and c`; `a, b and 3 more` when there are more than `most`."""
    ordered = list(words)
    if len(ordered) > most:
        return f"{', '.join(ordered[:most])} and {len(ordered) - most} more"
    if len(ordered) < 2:
        return "".join(ordered)
    return f"{', '.join(ordered[:-1])} and {ordered[-1]}"
