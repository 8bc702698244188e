"""What documents declare, by kind and name, with the overlays of an environment laid over them and every place kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops.diagnostics import Place
from gitops.sources.sourcefile import SourceFile
from gitops.sources.steps import Steps, followed


@dataclass(frozen=True, slots=True)
class Layer:
    """One document, with its references filled in.

    Attributes:
        index: which document of the file, from 0.
        unfilled: ways to values that could not be filled in; a diagnostic about each is already made.
    """

    file: SourceFile
    index: int
    content: Mapping[str, Any]
    unfilled: tuple[Steps, ...] = ()

    def place(self, steps: Steps = (), *, at_key: bool = False) -> Place:
        """Where something stands, or the nearest thing around it that does."""
        return self.file.locate(self.index, steps, at_key=at_key)[0]


@dataclass(slots=True)
class Declaration:
    """One model card or endpoint: the document that declares it, and the overlays laid over it, in order."""

    kind: str
    name: str
    layers: list[Layer]
    content: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.content = self.layers[0].content

    def lay_over(self, overlay: Layer) -> None:
        """Merge an overlay of the same kind and name into this declaration."""
        self.layers.append(overlay)
        self.content = merged(self.content, overlay.content)

    @property
    def unfilled(self) -> tuple[Steps, ...]:
        """The ways that no complaint is to be made about, of all layers."""
        return tuple(steps for layer in self.layers for steps in layer.unfilled)

    def place(self, steps: Steps = (), *, at_key: bool = False) -> Place:
        """Where something stands: in the last layer that says it, else the nearest thing around it."""
        return self.layer_of(steps).place(steps, at_key=at_key)

    def layer_of(self, steps: Steps) -> Layer:
        """The layer that says something: the last one that has it, else the one that has most of the way to it."""
        best, most = self.layers[0], -1
        for layer in self.layers:
            reached = followed(layer.content, steps)
            if reached > most or (reached == most and reached == len(steps) > 0):
                best, most = layer, reached
        return best


class Places(Mapping[str, Place]):
    """Where the keys of a declaration stand; reads the file's marks only when it is asked."""

    __slots__ = ("_declaration",)

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration

    def __getitem__(self, key: str) -> Place:
        if key and key not in self._declaration.content:
            raise KeyError(key)
        return self._declaration.place((key,) if key else (), at_key=True)

    def __iter__(self) -> Iterator[str]:
        yield ""
        yield from self._declaration.content

    def __len__(self) -> int:
        return len(self._declaration.content) + 1


def merged(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """An overlay merged map by map: anything but a mapping replaces, null removes the key."""
    result = dict(base)
    for key, value in overlay.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result
