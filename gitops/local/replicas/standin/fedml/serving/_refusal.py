"""What is said of a request that HTTP or this server does not allow; the connection ends after it."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be taken: the status and the words of its answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
