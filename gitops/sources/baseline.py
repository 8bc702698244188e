"""Reads the baseline of known drift, `drift.yaml` beside `gitops.yaml`, into its lines and diagnostics."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitops.diagnostics import Code, Place
from gitops.model.baseline import DriftBaseline, KnownDrift
from gitops.ports import LoadedBaseline
from gitops.sources.complaints import complaints
from gitops.sources.documents import BASELINE_FILE, BASELINE_KIND
from gitops.sources.findings import Findings
from gitops.sources.sourcefile import SourceFile
from gitops.sources.wording import described, did_you_mean, shown


class FileBaseline:
    """The baseline in a project's folder, or anywhere else.

    Args:
        root: the folder of `gitops.yaml`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def load(self, endpoints: Collection[str], path: Path | None = None) -> LoadedBaseline:
        """Its lines, in the order of the file; a usual file that is not there is an empty baseline.

        Args:
            endpoints: the names that its lines may be about.
            path: None for `drift.yaml` beside `gitops.yaml`.
        """
        chosen = (path or self._root / BASELINE_FILE).resolve()
        within = chosen.is_relative_to(self._root)
        name = chosen.relative_to(self._root).as_posix() if within else str(chosen)
        if path is None and not chosen.exists():
            return LoadedBaseline((), name)
        findings = Findings(self._root if within else chosen.parent)
        known = tuple(_lines(findings, findings.open(chosen), endpoints))
        return LoadedBaseline(() if findings.has_errors else known, name, findings.diagnostics())


def _lines(findings: Findings, file: SourceFile, endpoints: Collection[str]) -> Iterator[KnownDrift]:
    for index, document in enumerate(file.reading.documents):
        place = Place(file=file.name, line=document.line, column=document.column)
        content = document.content
        if content is None:
            continue
        if not isinstance(content, dict):
            summary = f"this document is {described(content)}, but a baseline is a mapping"
            findings.error(Code.BAD_DOCUMENT, summary, place, f"begin it with kind: {BASELINE_KIND}")
        elif "kind" not in content:
            findings.error(Code.MISSING_KEY, "the key kind is missing", place, f"begin with kind: {BASELINE_KIND}")
        elif content["kind"] != BASELINE_KIND:
            place = file.locate(index, ("kind",))[0]
            summary = f"the baseline of known drift holds the kind {shown(str(content['kind']))}"
            hint = f"this file holds documents of kind {BASELINE_KIND} only; declare the others elsewhere"
            findings.error(Code.BAD_DOCUMENT, summary, place, hint)
        else:
            yield from _document(findings, file, index, content, endpoints)


def _document(
    findings: Findings, file: SourceFile, index: int, content: Mapping[str, Any], endpoints: Collection[str]
) -> Iterator[KnownDrift]:
    known = content.get("known")
    for number, line in enumerate(known if isinstance(known, list) else ()):
        name = line.get("endpoint") if isinstance(line, dict) else None
        if isinstance(name, str) and name not in endpoints:
            summary = f"the baseline knows a drift of the endpoint {shown(name)}, which nothing declares"
            hint = did_you_mean(name, endpoints, "remove the line, or correct the name")
            findings.error(Code.UNKNOWN_ENDPOINT, summary, file.locate(index, ("known", number, "endpoint"))[0], hint)
    try:
        yield from DriftBaseline.model_validate(content).known
    except ValidationError as invalid:
        for complaint in complaints(DriftBaseline, content, invalid):
            place = file.locate(index, complaint.steps, at_key=complaint.at_key)[0]
            findings.error(complaint.code, complaint.summary, place, complaint.hint)
