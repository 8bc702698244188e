import pytest

from gitops.cli.shelf import FolderShelf, read_snapshot
from gitops.errors import DataFolderError, UsageError
from gitops.model.snapshot import Snapshot
from tests.builders import IDENTITY
from tests.fakes.clock import BEGINNING


def snapshot() -> Snapshot:
    return Snapshot(project="aloha", environment="local", platform=IDENTITY, taken_at=BEGINNING)


def test_what_was_put_is_got_and_a_new_before_ends_the_old_after(tmp_path):
    shelf = FolderShelf(tmp_path)
    shelf.put("local", "before", snapshot())
    shelf.put("local", "after", snapshot())
    both = [shelf.get("local", name) for name in ("before", "after")]
    shelf.put("local", "before", snapshot())

    assert both == [snapshot(), snapshot()]
    assert shelf.get("local", "after") is None


def test_a_folder_that_cannot_be_written_is_an_error_with_its_path(tmp_path):
    (tmp_path / "local").write_text("in the way")

    with pytest.raises(DataFolderError, match="cannot be kept in"):
        FolderShelf(tmp_path).put("local", "before", snapshot())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format_version": 2}'])
def test_a_file_that_is_no_snapshot_is_wrong_usage_that_names_it(tmp_path, text):
    path = tmp_path / "own.json"
    path.write_text(text)

    with pytest.raises(UsageError, match=r"own\.json is no snapshot of this format"):
        read_snapshot(path)
