import pytest

from gitops.errors import UsageError
from gitops.sources.drafts import FolderDrafts


def test_a_document_is_written_in_its_own_order_with_what_to_know_above_it(tmp_path):
    FolderDrafts(tmp_path).write("endpoints/a.yaml", {"kind": "Endpoint", "b": [1, 2], "a": {"x": "1"}}, ["look here"])

    assert (tmp_path / "endpoints/a.yaml").read_text() == (
        "# look here\nkind: Endpoint\nb:\n  - 1\n  - 2\na:\n  x: '1'\n"
    )


def test_what_is_there_is_never_written_over(tmp_path):
    (tmp_path / "a.yaml").write_text("mine")
    drafts = FolderDrafts(tmp_path)

    with pytest.raises(UsageError, match=r"a\.yaml is there already"):
        drafts.refuse_taken(["a.yaml", "b.yaml"])
    drafts.refuse_taken(["b.yaml"])


def test_a_folder_becomes_part_of_the_project(tmp_path):
    (tmp_path / "from").mkdir()
    (tmp_path / "from/main.py").write_text("x")
    FolderDrafts(tmp_path).adopt_folder("to", tmp_path / "from")

    assert (tmp_path / "to/main.py").read_text() == "x"


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "models").write_text("a file")

    with pytest.raises(UsageError, match=r"models/a\.yaml cannot be written"):
        FolderDrafts(tmp_path).write("models/a.yaml", {})
