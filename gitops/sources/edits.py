"""Writes live values into the user's own files: only the values change, and only for the environment at hand."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.edit import Edit
from gitops.sources.findings import Findings
from gitops.sources.layers import Layers
from gitops.sources.placing import Placing, RefusedEdit
from gitops.sources.projectfile import Outside, read_project
from gitops.sources.rewriting import rewrite

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class FileEdits:
    """The declarations of a project, to be changed; takes what `FileSource` takes.

    Args:
        root: the folder of `gitops.yaml`.
        variables: values for `${var:}`, before all others.
        environ: environment variables; the process's own if not given.
    """

    def __init__(
        self, root: Path, variables: Mapping[str, str] = _NOTHING, environ: Mapping[str, str] | None = None
    ) -> None:
        self._root = root.resolve()
        self._outside = Outside(os.environ if environ is None else environ, variables)

    def accept(self, environment: str, edits: Sequence[Edit]) -> tuple[str, ...]:
        """Let the files say these values for an environment: all of them, or nothing is written.

        A value is written where it is written last: in the overlay that says it, else in the document that declares
        the endpoint. Where that would change another environment, it goes into an overlay document of the endpoint
        that is this environment's own, if there is one.

        Returns:
            The files that were changed, relative to the project, sorted; a value that is declared already changes none.

        Raises:
            InputError: `gitops.yaml` has errors.
            UsageError: a value cannot be written without changing something else, and nothing is; says which and why.
                Or a file cannot be written.
        """
        findings = Findings(self._root)
        read = read_project(findings, environment, self._outside)
        if read.project is None or read.environment is None:
            raise InputError(findings.diagnostics())
        layers = Layers.of(self._root, read.project.environments, self._outside)
        placing = Placing(self._root, layers, environment, read.variables or {})
        refused: dict[str, RefusedEdit] = {}
        for edit in edits:
            try:
                placing.place(edit)
            except RefusedEdit as refusal:
                refused[f"{edit.field} of {edit.endpoint} {refusal.reason}"] = refusal
        for endpoint in () if refused else dict.fromkeys(edit.endpoint for edit in edits):
            try:
                placing.check(endpoint)
            except RefusedEdit as refusal:
                refused[f"what is live of {endpoint} {refusal.reason}"] = refusal
        if refused:
            what = f"{len(refused)} values" if len(refused) > 1 else "a value"
            hints = dict.fromkeys(refusal.hint for refusal in refused.values())
            raise UsageError(
                f"{what} cannot be written into the files, so nothing was: {'; '.join(refused)}", hint="; ".join(hints)
            )
        return rewrite(self._root, layers.texts.original, layers.texts.changed())
