"""Takes the values of a version's secrets out of what its processes said, before anybody is shown it."""

from collections.abc import Sequence
from typing import Final

from gitops.local.state import Version
from gitops.model.secret import MASK

LAST_LINES: Final = 20
LONGEST_LINE: Final = 500
_WINDOW: Final = 64 << 10
_SHORTEST_PART: Final = 4
"""A line of a secret that has several; shorter ones would mask words that mean nothing."""


def secrets_of(version: Version) -> tuple[str, ...]:
    """The values that came from the environment, longest first, so that one within another leaves no rest.

    A value of several lines (a key file) counts line by line too, because output is shown by lines.
    """
    variables = version.config.get("environment_variables")
    if not isinstance(variables, dict):
        return ()
    values = {str(variables[name]) for name in version.secrets if variables.get(name)}
    parts = {line.strip() for value in values for line in value.splitlines() if len(line.strip()) >= _SHORTEST_PART}
    return tuple(sorted(values | parts, key=lambda value: (-len(value), value)))


def masked(text: str, secrets: Sequence[str]) -> str:
    """A text with every secret as `***`; `secrets` as `secrets_of` gives them."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def last_lines(said: bytes, secrets: Sequence[str], most: int = LAST_LINES) -> tuple[str, ...]:
    """The last lines of an output that say something, each at most 500 characters, without the secrets."""
    text = said[-_WINDOW:].decode(errors="replace")
    if len(said) > _WINDOW:
        # The window may begin in the middle of a secret, which nothing would recognise.
        _, newline, rest = text.partition("\n")
        text = rest if newline else text[max(map(len, secrets), default=0) :]
    lines = [line.rstrip() for line in masked(text, secrets).splitlines() if line.strip()]
    return tuple(line[:LONGEST_LINE] for line in lines[-most:])
