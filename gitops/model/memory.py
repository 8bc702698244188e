"""An amount of memory as Docker writes it: `512m`, `8G`, `1.5g`, or a number of bytes."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

LEAST: Final = 6 << 20
"""Bytes; Docker takes no less for a limit either."""

_AMOUNT: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)([bkmgt]?)b?", re.IGNORECASE)
_UNITS: Final = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def memory_bytes(written: str | int) -> int:
    """The bytes that an amount is: 512m -> 536870912; units are powers of 1024, as in Docker.

    Raises:
        ValueError: it is no amount, or less than the 6m that a process needs at least.
    """
    match = _AMOUNT.fullmatch(str(written))
    if match is None:
        raise ValueError("must be an amount of memory like 512m or 8g")
    amount = int(float(match[1]) * _UNITS[match[2].lower()])
    if amount < LEAST:
        raise ValueError("must be at least 6m")
    return amount


def _check(written: str | int) -> str | int:
    memory_bytes(written)
    return written


Memory = Annotated[
    str | int,
    AfterValidator(_check),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": LEAST},
                {"type": "string", "pattern": r"^[0-9]{1,18}(\.[0-9]{1,18})?[bkmgtBKMGT]?[bB]?$"},
            ]
        }
    ),
]
"""An amount of memory, kept as it is written: `8g` and `8192m` are two configurations."""
