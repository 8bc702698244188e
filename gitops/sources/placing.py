"""Finds the document that a value belongs into, and changes its text there, or says why that cannot be.

Works on texts in memory. What came out is compared with what should: this value, and nothing else anywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from gitops.model.autoscale import Autoscale
from gitops.model.desired import Endpoint
from gitops.model.edit import Edit
from gitops.model.resource import Resource
from gitops.sources.layers import Layers, Written
from gitops.sources.sourcefile import read_file
from gitops.sources.splicing import CannotSplice, drop, put
from gitops.sources.steps import Steps, followed
from gitops.sources.variables import Filling, Scope, Variable
from gitops.sources.wording import listing, shown

_BY_HAND: Final = "write it there by hand"


class _Drop:
    """Stands for a key that shall not be there."""


_DROP: Final = _Drop()


class RefusedEdit(Exception):
    """A value cannot be written: why, as the end of a sentence, and what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Placing:
    """The texts of a project, being changed for one environment.

    Attributes:
        variables: what `${var:}` means in it.
    """

    root: Path
    layers: Layers
    environment: str
    variables: Mapping[str, Variable]

    def place(self, edit: Edit) -> None:
        """Change the texts so that they say a value; they are as before where that is refused.

        Raises:
            RefusedEdit: it cannot be written without changing something else.
        """
        leaves = self._leaves(edit)
        ways: list[Mapping[Steps, Written]] = [
            {steps: self.layers.last(self.environment, edit.endpoint, steps) for steps in leaves}
        ]
        ways += [dict.fromkeys(leaves, own) for own in self.layers.exclusive(self.environment, edit.endpoint)]
        first: RefusedEdit | None = None
        for way in ways if leaves else ():
            texts = self.layers.texts.changed()
            try:
                self._refuse_references(way)
                self._write(edit, leaves, way)
                return
            except RefusedEdit as refusal:
                self.layers.texts.back_to(texts)
                if not isinstance(refusal, _Shared):
                    raise
                first = first or refusal
        if first is not None:
            raise first

    def _leaves(self, edit: Edit) -> dict[Steps, Any]:
        """What has to change: of a mapping only the keys that differ."""
        content = self.layers.content(self.environment, edit.endpoint)
        if not content:
            raise RefusedEdit("has no declaration", "declare the endpoint first, or gitops import it")
        try:
            old, new = self._declared(content, edit.field), _plain(edit.value)
        except ValidationError as invalid:
            raise RefusedEdit("is in a declaration with mistakes", "gitops validate shows them") from invalid
        if old == new:
            return {}
        if new is None:
            return {(edit.field,): _DROP}
        written = content.get(edit.field)
        if not isinstance(new, dict) or not isinstance(written, dict) or not isinstance(old, dict):
            return {(edit.field,): new}
        differing: dict[Steps, Any] = {(edit.field, key): value for key, value in new.items() if old.get(key) != value}
        return differing | {(edit.field, key): _DROP for key in written if key not in new}

    def check(self, endpoint: str) -> None:
        """Whether a declaration is still one, once all of its values are placed.

        Raises:
            RefusedEdit: the values do not fit each other, or what else is declared.
        """
        try:
            Endpoint.model_validate(self._filled(self.layers.content(self.environment, endpoint)))
        except ValidationError as invalid:
            reason = f"would not fit what else is declared: {invalid.errors()[0]['msg'].removeprefix('Value error, ')}"
            raise RefusedEdit(reason, "accept what belongs together at once, or write it by hand") from invalid

    def _filled(self, value: Any) -> Any:
        return Filling(Scope(self.variables, None, lambda _: False)).fill(value)

    def _declared(self, content: Mapping[str, Any], field: str) -> Any:
        """The value of one field, whatever the others say; its default where it is not written.

        Raises:
            ValidationError: it is not valid.
        """
        written = {field: self._filled(content[field])} if field in content else {}
        return _plain(getattr(Endpoint.model_validate({"name": "any", "model": "any"} | written), field))

    def _refuse_references(self, way: Mapping[Steps, Written]) -> None:
        for steps, written in way.items():
            reference = next(_references(self.layers.raw(written), steps), None)
            if reference is not None:
                reason = f"comes from {shown(reference)} ({self._place(written, steps)})"
                raise RefusedEdit(reason, "give the variable another value, or write the value out there by hand")

    def _write(self, edit: Edit, leaves: Mapping[Steps, Any], way: Mapping[Steps, Written]) -> None:
        before = self.layers.everywhere(edit.endpoint)
        documents = {path: list(self.layers.texts.contents(path)) for path in {layer.path for layer in way.values()}}
        for steps, value in leaves.items():
            self._splice(edit, way[steps], steps, value)
        some = next(iter(way))
        place = self._place(way[some], some)
        others = [name for name, content in self._others(edit) if content != before[name]]
        if others:
            raise _Shared(
                f"is written where {listing(others, 3)} would change too ({place})",
                f"add an overlay: a document of kind Endpoint and name {edit.endpoint} in a file of "
                f"environments.{self.environment}.overlays",
            )
        if not self._says(edit, before[self.environment]) or not self._leaves_alone(edit.field, documents, way):
            raise RefusedEdit(f"cannot be changed alone ({place})", _BY_HAND)

    def _others(self, edit: Edit) -> Iterable[tuple[str, Mapping[str, Any]]]:
        everywhere = self.layers.everywhere(edit.endpoint)
        return ((name, content) for name, content in everywhere.items() if name != self.environment)

    def _splice(self, edit: Edit, written: Written, steps: Steps, value: Any) -> None:
        texts, path = self.layers.texts, written.path
        below = self.layers.below(self.environment, edit.endpoint, written, steps)
        try:
            if value is not _DROP:
                texts.change(path, put(texts.of(path), written.index, steps, value))
            elif below:
                texts.change(path, put(texts.of(path), written.index, steps, None))
            elif followed(self.layers.raw(written), steps) == len(steps):
                texts.change(path, drop(texts.of(path), written.index, steps))
        except CannotSplice as problem:
            raise RefusedEdit(f"{problem} ({self._place(written, steps)})", _BY_HAND) from problem

    def _says(self, edit: Edit, before: Mapping[str, Any]) -> bool:
        """Whether the declaration now says the value, and of everything else what it said before."""
        content = self.layers.content(self.environment, edit.endpoint)
        if _without(content, edit.field) != _without(before, edit.field):
            return False
        try:
            return bool(self._declared(content, edit.field) == _plain(edit.value))
        except ValidationError:
            return False

    def _leaves_alone(self, field: str, before: Mapping[Path, list[Any]], way: Mapping[Steps, Written]) -> bool:
        """Whether nothing but a field of the documents that were written into is another than before."""
        touched = set(way.values())
        for path, documents in before.items():
            now = self.layers.texts.contents(path)
            for index, old in enumerate(documents):
                new = now[index] if len(now) == len(documents) else None
                if Written(path, index) in touched and isinstance(new, dict):
                    old, new = _without(old, field), _without(new, field)
                if old != new:
                    return False
        return True

    def _place(self, written: Written, steps: Steps) -> str:
        file = read_file(written.path, written.path.relative_to(self.root).as_posix())
        return str(file.locate(written.index, steps)[0])


class _Shared(RefusedEdit):
    """It would change another environment."""


def _plain(value: Any) -> Any:
    """A value as it is written."""
    match value:
        case Autoscale():
            return value.model_dump(mode="json")
        case Resource():
            return {key: item for key, item in value.model_dump(mode="json").items() if item}
        case _:
            return value


def _without(content: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != field}


def _references(content: Any, steps: Steps) -> Iterator[str]:
    """The texts with references at a way, and in what is there."""
    for step in steps[: followed(content, steps)]:
        content = content[step]
    yield from _texts(content)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str() if "${" in value:
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return
