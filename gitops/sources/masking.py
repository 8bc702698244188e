"""Keeps secrets that are written in a file out of the excerpts of that file."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from gitops.model.card import CardSpec
from gitops.model.desired import LocalPlatform, TensorOperaPlatform
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
        for model in (CardSpec, LocalPlatform, TensorOperaPlatform)
        for name in model.model_fields
        if is_secret(model, (name,)) or is_secret(model, (name, _ANY_KEY))
    )


def masked(line: str, text: str, contents: Iterable[Any], *, complete: bool) -> str:
    """A line without the secrets that its file holds in clear; references to the environment stay.

    Args:
        line: as it stands in the file.
        text: the whole file.
        contents: the file's documents, as far as they could be read.
        complete: whether they all could. In a file that names a secret and cannot be read, any value may be one.
    """
    found = {secret for content in contents for secret in _secrets(content, inside=False)}
    for secret in sorted(found, key=len, reverse=True):
        line = line.replace(secret, MASK)
    if complete:
        return _NAMED.sub(_without_value, line)
    return _VALUE.sub(rf"\1{MASK}", line) if _NAMED.search(text) else line


def _without_value(match: "re.Match[str]") -> str:
    """A secret's key with its value masked, however that is spelled; what is no scalar was read and is masked above."""
    value = match[2]
    return match[0] if not value or value[0] in "{[&*|>#" or "${" in value else f"{match[1]}{MASK}"


_NAMED: Final = re.compile(rf"""((?:^|[\s{{,])["']?(?:{"|".join(sorted(secret_keys()))})["']?\s*:[ \t]*)([^\n]*)""")
_VALUE: Final = re.compile(r"(:[ \t]+|^\s*-[ \t]+)\S.*")


def _secrets(value: Any, *, inside: bool) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _secrets(item, inside=inside or key in secret_keys())
        case list():
            for item in value:
                yield from _secrets(item, inside=inside)
        case bool():
            return
        case str() | int() | float() if inside and len(str(value)) >= _SHORTEST and "${" not in str(value):
            yield str(value)
