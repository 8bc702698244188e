import dataclasses
import hashlib
import zipfile

import pytest

from gitops.errors import ErrorCode, ExitCode, GitopsError
from gitops.model.card import CardContent, CardSpec, FileEntry, card_digest
from gitops.sources.package import ZipPackager


def entry(path, text, executable=False):
    return FileEntry(path=path, executable=executable, sha256=hashlib.sha256(text.encode()).hexdigest(), size=len(text))


@pytest.fixture
def card(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "main.py").write_text("main")
    (tmp_path / "lib" / "run.sh").write_text("run")
    (tmp_path / "not-in-the-card").write_text("x")
    files = (entry("main.py", "main"), entry("lib/run.sh", "run", executable=True))
    spec = CardSpec(workspace=".")
    return CardContent("aloha", spec, files, card_digest(files, spec), str(tmp_path))


def packed(card):
    with ZipPackager().pack(card) as path:
        return path.read_bytes()


def test_the_archive_holds_the_files_of_the_card_by_path(card):
    with ZipPackager().pack(card) as path, zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["lib/run.sh", "main.py"]
        assert archive.read("main.py") == b"main"


def test_the_archive_keeps_the_executable_bit_and_no_other_rights(card):
    with ZipPackager().pack(card) as path, zipfile.ZipFile(path) as archive:
        assert [oct(info.external_attr >> 16) for info in archive.infolist()] == ["0o100755", "0o100644"]


def test_the_same_files_give_the_same_bytes_whatever_their_order_and_time(card, tmp_path):
    first = packed(card)
    (tmp_path / "main.py").write_text("main")
    shuffled = dataclasses.replace(card, files=tuple(reversed(card.files)))

    assert packed(shuffled) == first


def test_the_archive_goes_with_the_context(card):
    with ZipPackager().pack(card) as path:
        assert path.exists()

    assert not path.parent.exists()


def test_the_archive_goes_when_the_context_fails(card):
    context = ZipPackager().pack(card)
    path = context.__enter__()
    failure = RuntimeError("pushing failed")

    assert not context.__exit__(RuntimeError, failure, None)
    assert not path.parent.exists()


@pytest.mark.parametrize("text", ["maim", "main and more", "", "x" * 3_000_000])
def test_a_file_that_is_no_longer_what_was_hashed_is_refused(card, tmp_path, text):
    (tmp_path / "main.py").write_text(text)

    with pytest.raises(GitopsError) as caught:
        packed(card)

    assert caught.value.code is ErrorCode.WORKSPACE_CHANGED
    assert caught.value.exit_code is ExitCode.PARTLY_APPLIED
    assert caught.value.hint


def test_a_file_that_is_gone_is_refused(card, tmp_path):
    (tmp_path / "main.py").unlink()

    with pytest.raises(GitopsError, match=r"main\.py of model card aloha changed") as caught:
        packed(card)

    assert caught.value.code is ErrorCode.WORKSPACE_CHANGED


def test_a_pointer_of_git_lfs_cannot_be_packed(card):
    with pytest.raises(GitopsError, match=r"main\.py of model card aloha is only a git-LFS pointer") as caught:
        packed(dataclasses.replace(card, pointers=("main.py",)))

    assert caught.value.code is ErrorCode.LFS_POINTER
    assert "git lfs pull" in caught.value.hint


def test_an_empty_file_and_an_empty_card_can_be_packed(tmp_path):
    (tmp_path / "empty").write_text("")
    spec = CardSpec(workspace=".")
    for files in ((), (entry("empty", ""),)):
        card = CardContent("a", spec, files, "", str(tmp_path))
        with ZipPackager().pack(card) as path, zipfile.ZipFile(path) as archive:
            assert archive.namelist() == [file.path for file in files]
