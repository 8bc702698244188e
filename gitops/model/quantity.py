"""Amounts as people write them: names, counts or percents, durations, version selectors."""

import re
from enum import Enum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

MAX_REPLICAS: Final = 1000
"""More is a typing mistake on every platform we know."""

_PERCENT: Final = re.compile(r"([0-9]{1,3})%")
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A name of ours: lower-case letters, digits and hyphens, at most 63."""

VersionSelector = Annotated[
    str,
    StringConstraints(
        pattern=r"^(current|v(0|[1-9][0-9]{0,8})(-[A-Za-z0-9:+ ]{1,60})?|sha256:[0-9a-f]{7,64}|commit:[0-9a-f]{7,64})$"
    ),
]
"""`current`: the card as its files lie here; `v3`: a version that the platform named, or its whole name; `sha256:`: the
content with this digest, or the beginning of it; `commit:`: the card as its files were at a commit."""


class Rounding(Enum):
    """Which way a share that is not whole goes."""

    UP = "up"
    DOWN = "down"


def _parse_quantity(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a whole number or a percent like 25%")
    if isinstance(value, int):
        if value < 0:
            raise ValueError("must not be negative")
        return value
    match = _PERCENT.fullmatch(value)
    if match is None or int(match[1]) > 100:
        raise ValueError("must be a whole number or a percent from 0% to 100%")
    return f"{int(match[1])}%"


Quantity = Annotated[
    int | str,
    BeforeValidator(_parse_quantity),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]{1,3}%$"}]}),
]
"""A count (`2`) or a share (`25%`) of something that is known later."""


def share(quantity: int | str, of: int, rounding: Rounding) -> int:
    """How many `quantity` is of `of`: a count is itself, `25%` of 3 is 1 rounded up and 0 rounded down."""
    if isinstance(quantity, int):
        return quantity
    parts = int(quantity.removesuffix("%")) * of
    return -(-parts // 100) if rounding is Rounding.UP else parts // 100


def _seconds(value: object) -> float:
    # To the millisecond: what is finer would come back from a platform as another number than was declared.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(float(value), 3)
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return round(float(match[1]) * _SECONDS[match[2]], 3)
    raise ValueError("must be a duration like 30s, 10m or 500ms")


def _parse_duration(value: object) -> float:
    seconds = _seconds(value)
    if not 0 < seconds <= 86_400:
        raise ValueError("must be more than 0s and at most 24h")
    return seconds


def parse_delay(value: object) -> float:
    """Seconds of a duration as people write it, at least 0.

    Raises:
        ValueError: it is none, or more than a day.
    """
    seconds = _seconds(value)
    if not 0 <= seconds <= 86_400:
        raise ValueError("must be at least 0s and at most 24h")
    return seconds


def duration_text(seconds: float) -> str:
    """A duration as people write it: 600 -> `10m`, 90 -> `90s`, 0.5 -> `500ms`."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    for unit in ("h", "m"):
        if seconds >= _SECONDS[unit] and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g}{unit}"
    return f"{seconds:.8g}s"


Duration = Annotated[
    float,
    BeforeValidator(_parse_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": f"^{_DURATION.pattern}$"},
            ]
        }
    ),
]
"""Seconds; written `30s`, `10m`, `500ms` or as a bare number of seconds."""

Delay = Annotated[
    float,
    BeforeValidator(parse_delay),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": f"^{_DURATION.pattern}$"}]}
    ),
]
"""Seconds, written as a duration is; may be 0."""

Replicas = Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICAS)]
"""At least 1: scale to zero is not offered, because a platform at zero has no worker to route to."""
