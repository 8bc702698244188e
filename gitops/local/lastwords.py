"""The end of a replica's output, for the message that says why it died; without the values of secrets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gitops.local.state import Version
from gitops.model.secret import MASK

_BYTES: Final = 8000
_LINES: Final = 10
_WIDTH: Final = 400


def last_lines(log: Path, secrets: Sequence[str]) -> tuple[str, ...]:
    """The last few lines, cut short where they are long; none where there is no output."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _BYTES))
            lines = stream.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ()
    return tuple(masked(line, secrets)[:_WIDTH] for line in lines[-_LINES:])


def quoted(lines: Sequence[str]) -> str:
    """The last of the lines, as the end of a sentence."""
    return f"; it last said: {lines[-1]}" if lines else "; it said nothing"


def masked(text: str, secrets: Sequence[str]) -> str:
    """The text without the values of secrets."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def secrets_of(version: Version) -> list[str]:
    """The values that came from the environment: a model may print them, and its output is shown to people."""
    variables = version.config.get("environment_variables")
    if not isinstance(variables, dict):
        return []
    return sorted((str(variables[name]) for name in version.secrets if variables.get(name)), key=len, reverse=True)
