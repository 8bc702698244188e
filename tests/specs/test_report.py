"""What a report says: `report/<case>/{before.json,after.json} -> report.md, report.json`."""

from pathlib import Path

import pytest

from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.monitoring.report import report
from gitops.views.report import report_json, report_markdown
from tests.specs.golden import SPECS, assert_golden

FOLDERS = sorted((SPECS / "report").iterdir())


def read(folder: Path) -> Report:
    before, after = (
        Snapshot.model_validate_json((folder / name).read_text(encoding="utf-8"))
        for name in ("before.json", "after.json")
    )
    return report(before, after)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_markdown_of_a_report_is_what_its_golden_file_says(folder: Path, request):
    assert_golden(request, folder / "report.md", report_markdown(read(folder)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_json_of_a_report_is_what_its_golden_file_says(folder: Path, request):
    assert_golden(request, folder / "report.json", report_json(read(folder)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_json_of_a_report_reads_back_as_the_report(folder: Path):
    assert read(folder) == Report.model_validate_json(report_json(read(folder)))
