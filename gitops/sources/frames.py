"""The containers that are open while a YAML file is read: what they hold so far, and where each part of it stands."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Spot(Protocol):
    """A point in a text as the parser counts: line and column from 0."""

    @property
    def line(self) -> int:
        """Lines before it."""

    @property
    def column(self) -> int:
        """Characters before it in its line."""


Marks = dict[str | int, tuple[Spot, Spot]]
"""Key or index -> where the key stands, where the value stands."""


class Frame:
    """A list, a mapping or a whole document that is being read.

    Attributes:
        nodes: values in it, itself included, aliases counted as what they stand for.
        wants_key: whether the next thing to come is a key.
    """

    __slots__ = ("anchor", "marks", "nodes", "spot", "value", "wants_key")

    value: Any

    def __init__(self, spot: Spot | None, anchor: str | None) -> None:
        self.spot: Any = spot
        self.anchor = anchor
        self.nodes = 1
        self.wants_key = False
        self.marks: Marks = {}

    def add(self, value: Any, nodes: int, spot: Spot) -> None:
        """Take the next value."""
        raise NotImplementedError

    def finish(self, _marks: Mapping[int, Marks]) -> Sequence[Spot]:
        """Nothing more comes; returns the places of merges that cannot be made."""
        return ()


class RootFrame(Frame):
    """A document: one value, or none."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None, None)
        self.value = None

    def add(self, value: Any, nodes: int, spot: Spot) -> None:
        """The document's value."""
        self.value, self.nodes, self.spot = value, nodes, spot


class ListFrame(Frame):
    """A list."""

    __slots__ = ("_with_marks",)

    def __init__(self, spot: Spot, anchor: str | None, *, with_marks: bool) -> None:
        super().__init__(spot, anchor)
        self.value: list[Any] = []
        self._with_marks = with_marks

    def add(self, value: Any, nodes: int, spot: Spot) -> None:
        """The next item."""
        if self._with_marks:
            self.marks[len(self.value)] = (spot, spot)
        self.value.append(value)
        self.nodes += nodes


class MapFrame(Frame):
    """A mapping: keys and values in turn."""

    __slots__ = ("_keep", "_key", "_key_spot", "_merge", "_merges", "_with_marks")

    def __init__(self, spot: Spot, anchor: str | None, *, with_marks: bool) -> None:
        super().__init__(spot, anchor)
        self.value: dict[str, Any] = {}
        self.wants_key = True
        self._with_marks = with_marks
        self._key = ""
        self._key_spot = spot
        self._keep = True
        self._merge = False
        self._merges: list[tuple[Any, Spot]] = []

    def take_key(self, key: str, spot: Spot, *, merge: bool) -> Spot | None:
        """The next key; returns the place of the one that it repeats (its own without marks), and drops its value."""
        self.wants_key = False
        self._key, self._key_spot, self._merge = key, spot, merge
        if merge:
            self._keep = not self._merges
            return None if self._keep else self._merges[0][1]
        self._keep = key not in self.value
        if self._keep:
            return None
        return self.marks[key][0] if key in self.marks else spot

    def skip_value(self) -> None:
        """The key is not usable; neither is the value that follows."""
        self.wants_key = False
        self._keep = False

    def add(self, value: Any, nodes: int, spot: Spot) -> None:
        """The value of the last key."""
        self.wants_key = True
        self.nodes += nodes + 1
        if not self._keep:
            return
        if self._merge:
            self._merges.append((value, spot))
            return
        if self._with_marks:
            self.marks[self._key] = (self._key_spot, spot)
        self.value[self._key] = value

    def finish(self, marks: Mapping[int, Marks]) -> Sequence[Spot]:
        """Carry out the merges: a key written here wins, then the mapping that is named first."""
        failed = []
        for value, spot in self._merges:
            for source in value if isinstance(value, list) else [value]:
                if isinstance(source, dict):
                    self._merge_from(source, marks.get(id(source), {}))
                else:
                    failed.append(spot)
        return failed

    def _merge_from(self, source: Mapping[str, Any], marks: Marks) -> None:
        for key, value in source.items():
            if key not in self.value:
                self.value[key] = value
                if key in marks:
                    self.marks[key] = marks[key]
