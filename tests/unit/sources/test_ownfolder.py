import pytest

from gitops.sources.ownfolder import own_folder


def test_the_folder_keeps_itself_out_of_git(tmp_path):
    folder = own_folder(tmp_path)

    assert folder == tmp_path / ".gitops"
    assert (folder / ".gitignore").read_text() == "*\n"


def test_what_is_there_stays(tmp_path):
    own_folder(tmp_path)
    (tmp_path / ".gitops" / ".gitignore").write_text("!x\n")
    own_folder(tmp_path)

    assert (tmp_path / ".gitops" / ".gitignore").read_text() == "!x\n"


def test_a_file_in_its_way_is_an_error_of_the_system(tmp_path):
    (tmp_path / ".gitops").write_text("")

    with pytest.raises(OSError, match="exists"):
        own_folder(tmp_path)
