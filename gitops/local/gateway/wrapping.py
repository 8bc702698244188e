"""A model's JSON inside TensorOpera's envelope, for who asks by an endpoint's id: fedml 0.9.6 reads nothing else.

The JSON is passed on as it comes, and never read: large answers and pieces of one pass like any other.
"""

from collections.abc import Mapping
from typing import Final

BEFORE: Final = b'{"code": "SUCCESS", "message": "Succeeded to process request", "data": '
AFTER: Final = b"}"
LENGTH: Final = len(BEFORE) + len(AFTER)


def fits(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer of a replica can be put into an envelope: only a good one, and only plain JSON."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return status == 200 and kind == "application/json" and "Content-Encoding" not in headers
