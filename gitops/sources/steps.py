"""Ways into a document: keys and indexes, from its top."""

from typing import Any

Steps = tuple[str | int, ...]


def followed(content: Any, steps: tuple[Any, ...]) -> int:
    """How many of the steps lead somewhere."""
    for count, step in enumerate(steps):
        inside = step in content if isinstance(content, dict) else _is_index(content, step)
        if not inside:
            return count
        content = content[step]
    return len(steps)


def _is_index(content: Any, step: Any) -> bool:
    return isinstance(content, list) and isinstance(step, int) and 0 <= step < len(content)
