"""Whether a text that was changed says what it should: one thing another, and everything else as before."""

from typing import Any

from gitops.sources.reader import read
from gitops.sources.steps import Steps


def contents(text: str) -> list[Any]:
    """What the documents of a text say."""
    return [document.content for document in read(text).documents]


def says(text: str, expected: list[Any]) -> bool:
    """Whether a text is valid and its documents say this; a text of digits may be written as the number that it is."""
    reading = read(text)
    return not reading.flaws and _spelled([one.content for one in reading.documents]) == _spelled(expected)


def with_value(content: Any, steps: Steps, value: Any) -> Any:
    """A document with another value at the end of a way; what is no mapping on the way becomes one."""
    if not steps:
        return value
    inside = content if isinstance(content, dict) else {}
    return inside | {steps[0]: with_value(inside.get(steps[0]), steps[1:], value)}


def without(content: Any, steps: Steps) -> Any:
    """A document without a key that is there."""
    if len(steps) == 1:
        return {key: item for key, item in content.items() if key != steps[0]}
    return content | {steps[0]: without(content[steps[0]], steps[1:])}


def _spelled(value: Any) -> Any:
    match value:
        case dict():
            return {key: _spelled(item) for key, item in value.items()}
        case list() | tuple():
            return [_spelled(item) for item in value]
        case _:
            return str(value)
