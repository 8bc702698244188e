"""Turns what a model yields, in any kind of generator, into the parts of a body. Knows no requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator


def items_of(source: object) -> AsyncGenerator[bytes, None]:
    """The items of a generator as bytes; closing the result closes the generator.

    Raises:
        TypeError: if `source` is no generator or other iterable; or, while iterating, if an item is not text.
    """
    if hasattr(source, "__aiter__"):
        return _asynchronous(source)
    if hasattr(source, "__iter__") and not isinstance(source, (str, bytes, dict)):
        return _synchronous(source)
    raise TypeError(f"a stream is a generator of str or bytes, not {type(source).__name__}")


async def _asynchronous(source: object) -> AsyncGenerator[bytes, None]:
    try:
        async for item in source:  # type: ignore[attr-defined]
            yield _encoded(item)
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


async def _synchronous(source: object) -> AsyncGenerator[bytes, None]:
    """Steps run in the event loop, one call of the model at a time as for `predict`."""
    try:
        for item in source:  # type: ignore[attr-defined]
            yield _encoded(item)
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def _encoded(item: object) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    raise TypeError(f"a stream's items are str or bytes, not {type(item).__name__}")
