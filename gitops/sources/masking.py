"""Keeps secrets that are written in a file out of the excerpts of that file."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from gitops.model.card import CardSpec
from gitops.model.desired import LocalPlatform
from gitops.model.secret import MASK
from gitops.sources.shape import is_secret

_ANY_KEY: Final = "any"
_SHORTEST: Final = 3
"""Shorter values are found everywhere by chance, and are no secrets worth the name."""


@cache
def secret_keys() -> frozenset[str]:
    """The keys whose value is a secret, or a mapping of secrets."""
    return frozenset(
        name
        for model in (CardSpec, LocalPlatform)
        for name in model.model_fields
        if is_secret(model, (name,)) or is_secret(model, (name, _ANY_KEY))
    )


def masked(line: str, contents: Iterable[Any]) -> str:
    """A line without the secrets that these documents hold in clear; references to the environment stay."""
    found = {text for content in contents for text in _secrets(content, inside=False)}
    for text in sorted(found, key=len, reverse=True):
        line = line.replace(text, MASK)
    return line


def _secrets(value: Any, *, inside: bool) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _secrets(item, inside=inside or key in secret_keys())
        case list():
            for item in value:
                yield from _secrets(item, inside=inside)
        case str() if inside and len(value) >= _SHORTEST and "${" not in value:
            yield value
