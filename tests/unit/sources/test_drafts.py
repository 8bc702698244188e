from pathlib import Path

import pytest

from gitops.errors import UsageError
from gitops.sources.drafts import FolderDrafts
from gitops.sources.reader import read


def test_what_is_written_reads_back_as_it_was_with_its_order(tmp_path: Path) -> None:
    content = {"kind": "Endpoint", "b": ["1", 2, {"x": None}], "a": {"z": "yes", "y": "1e3", "x": "# no"}}

    FolderDrafts(tmp_path).write("endpoints/a.yaml", content, ["mind this"])

    text = (tmp_path / "endpoints/a.yaml").read_text()
    (document,) = read(text).documents
    assert text.startswith("# mind this\nkind: Endpoint\n")
    assert document.content == content
    assert list(document.content) == ["kind", "b", "a"]


@pytest.mark.parametrize("remark", ["a\nb: 1", "a\r\nb: 1", "a\x85b: 1", "a\u2028b: 1", "\x07\x1b[2J"])
def test_a_remark_stays_a_remark(tmp_path: Path, remark: str) -> None:
    FolderDrafts(tmp_path).write("a.yaml", {"kind": "Endpoint"}, [remark])

    (document,) = read((tmp_path / "a.yaml").read_text()).documents
    assert document.content == {"kind": "Endpoint"}


def test_everything_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.yaml").touch()

    with pytest.raises(UsageError, match=r"a\.yaml, b are there already, and nothing is written over"):
        FolderDrafts(tmp_path).refuse_taken(["b", "c", "a.yaml"])


def test_a_place_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "models").touch()

    with pytest.raises(UsageError, match=r"models/a\.yaml cannot be written"):
        FolderDrafts(tmp_path).write("models/a.yaml", {})


def test_the_projects_own_folder_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    drafts = FolderDrafts(tmp_path)

    assert drafts.inside(tmp_path) is None
    assert drafts.inside(tmp_path.parent) is None
    assert drafts.inside(tmp_path / "code") == "code"


def test_files_that_no_pattern_finds_are_told(tmp_path: Path) -> None:
    drafts = FolderDrafts(tmp_path)
    for name in ("endpoints/a.yaml", "models/a.yaml"):
        drafts.write(name, {"kind": "Endpoint"})

    assert drafts.unmatched(["endpoints/a.yaml", "models/a.yaml"], ["models/*.yaml", "none/*.yaml"]) == (
        "endpoints/a.yaml",
    )


def test_a_folder_becomes_part_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from/main.py").write_text("x")

    FolderDrafts(tmp_path).adopt_folder("to", tmp_path / "from")

    assert (tmp_path / "to/main.py").read_text() == "x"
