"""Escaped cells -> tables, and text -> code blocks, in Markdown that reads well as plain text too."""

import re
from collections.abc import Sequence
from typing import Final

WIDEST: Final = 60
"""A column is filled up to so many characters: one long cell must not blow up a thousand others."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """A Markdown table of escaped cells, readable as plain text too; the first `left` columns stand left."""
    sizes = [max(3, *(len(row[column]) for row in (header, *rows))) for column in range(len(header))]
    widths = [min(WIDEST, size) for size in sizes]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(size) if column < left else cell.rjust(size)
            for column, (cell, size) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rule = [("-" * size if column < left else "-" * (size - 1) + ":") for column, size in enumerate(widths)]
    return [line(header), line(rule), *map(line, rows)]


def code_block(text: str) -> list[str]:
    """Lines of a page as a Markdown code block that nothing in them can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *text.rstrip("\n").split("\n"), fence]
