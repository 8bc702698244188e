"""The layers of every endpoint in every environment, over texts that may be changed before anything is written.

What another environment says is compared before and after, so that no change reaches it unseen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops.sources.declarations import merged
from gitops.sources.documents import Documents, read_documents
from gitops.sources.findings import Findings
from gitops.sources.projectfile import Outside, read_project
from gitops.sources.reader import read
from gitops.sources.steps import Steps, followed


@dataclass(frozen=True, slots=True)
class Written:
    """One document of a file, by which an endpoint is declared or overlaid."""

    path: Path
    index: int


@dataclass(slots=True)
class Texts:
    """The texts of files as they would be.

    Attributes:
        original: as they were read.
    """

    original: dict[Path, str] = field(default_factory=dict)
    _now: dict[Path, str] = field(default_factory=dict)
    _contents: dict[Path, list[Any]] = field(default_factory=dict)

    def know(self, path: Path, text: str) -> None:
        """Take note of a file as it was read."""
        self.original.setdefault(path, text)

    def of(self, path: Path) -> str:
        """The text of a file."""
        return self._now.get(path, self.original[path])

    def contents(self, path: Path) -> list[Any]:
        """The documents of a file; nothing is filled in."""
        if path not in self._contents:
            self._contents[path] = _parsed(self.of(path))
        return self._contents[path]

    def change(self, path: Path, text: str) -> None:
        """Let a file say something else from now on."""
        self._now[path] = text
        self._contents.pop(path, None)

    def back_to(self, texts: Mapping[Path, str]) -> None:
        """Let these files say what they said, and all others what they were read to say."""
        self._now = dict(texts)
        self._contents.clear()

    def changed(self) -> dict[Path, str]:
        """The files that would say something else than they do."""
        return {path: text for path, text in self._now.items() if text != self.original[path]}


def _parsed(text: str) -> list[Any]:
    reading = read(text)
    return [document.content for document in reading.documents] if not reading.flaws else []


@dataclass(slots=True)
class Layers:
    """Where endpoints are written, by environment."""

    texts: Texts
    _written: dict[str, dict[str, tuple[Written, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, environments: Iterable[str], outside: Outside) -> "Layers":
        """Those of a project; what cannot be read in other environments is not there."""
        layers = cls(Texts())
        for environment in environments:
            findings = Findings(root)
            documents = read_documents(findings, read_project(findings, environment, outside), outside)
            layers._take(environment, documents)
        return layers

    def _take(self, environment: str, documents: Documents) -> None:
        known = self._written.setdefault(environment, {})
        for declaration in documents.of_kind("Endpoint"):
            for layer in declaration.layers:
                self.texts.know(layer.file.path, layer.file.text)
            known[declaration.name] = tuple(Written(layer.file.path, layer.index) for layer in declaration.layers)

    def exclusive(self, environment: str, endpoint: str) -> list[Written]:
        """The overlays of an endpoint that count in this environment only, the last one first."""
        elsewhere = {
            written
            for other, known in self._written.items()
            if other != environment
            for written in known.get(endpoint, ())
        }
        return [written for written in reversed(self.written(environment, endpoint)[1:]) if written not in elsewhere]

    def written(self, environment: str, endpoint: str) -> tuple[Written, ...]:
        """The documents that declare an endpoint, the base first; none where nothing does."""
        return self._written[environment].get(endpoint, ())

    def raw(self, written: Written) -> Mapping[str, Any]:
        """What one of them says."""
        contents = self.texts.contents(written.path)
        content = contents[written.index] if written.index < len(contents) else None
        return content if isinstance(content, dict) else {}

    def content(self, environment: str, endpoint: str) -> Mapping[str, Any]:
        """What all of them say together; nothing is filled in."""
        whole: Mapping[str, Any] = {}
        for number, written in enumerate(self.written(environment, endpoint)):
            whole = merged(whole, self.raw(written)) if number else self.raw(written)
        return whole

    def everywhere(self, endpoint: str) -> dict[str, Mapping[str, Any]]:
        """What an endpoint is in every environment."""
        return {environment: self.content(environment, endpoint) for environment in self._written}

    def last(self, environment: str, endpoint: str, steps: Steps) -> Written:
        """The document that says something: the last one that has it, else the one with most of the way to it."""
        layers = self.written(environment, endpoint)
        reached = [followed(self.raw(written), steps) for written in layers]
        if max(reached) == len(steps):
            return layers[max(index for index, count in enumerate(reached) if count == len(steps))]
        return layers[reached.index(max(reached))]

    def below(self, environment: str, endpoint: str, written: Written, steps: Steps) -> bool:
        """Whether a document below this one has a value there."""
        layers = self.written(environment, endpoint)
        lower = layers[: layers.index(written)]
        return any(followed(self.raw(layer), steps) == len(steps) for layer in lower)
