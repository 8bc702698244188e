"""A packager that writes nothing: the fake platform never opens an archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitops.errors import GitopsError
from gitops.model.card import CardContent


class FakePackager:
    """Remembers what it packed; fails with `fault` where a test sets one."""

    def __init__(self) -> None:
        self.packed: list[str] = []
        self.fault: GitopsError | None = None

    @contextmanager
    def pack(self, card: CardContent) -> Iterator[Path]:
        if self.fault is not None:
            raise self.fault
        self.packed.append(card.name)
        yield Path(f"/nowhere/{card.name}.zip")
