import hashlib
import json
import os

import pytest

from gitops.sources.hashes import HashCache, hash_file
from gitops.sources.workspace import walk

LATER_NS = 10_000_000_000_000_000_000
"""A wall clock by which every file is old."""

OID = "4665a5ea423c2713d436b5ee50593a9640e0018c1550b5a0002f74190d6caea8"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "a.py").write_text("one")
    return tmp_path


def hashed(root, cache=None):
    """The digests, and how many files had to be read."""
    cache = cache or HashCache(root, lambda: LATER_NS)
    entries, _ = cache.entries(walk(root / "ws").files)
    cache.save()
    return [entry.sha256 for entry in entries], cache.hashed


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_is_known_by_the_digest_of_its_content(root):
    assert hashed(root) == ([sha256("one")], 1)


def test_an_unchanged_file_is_not_read_again(root):
    hashed(root)

    assert hashed(root) == ([sha256("one")], 0)


def test_a_changed_file_is_read_again(root):
    hashed(root)
    (root / "ws" / "a.py").write_text("two!")

    assert hashed(root) == ([sha256("two!")], 1)


def test_another_file_of_the_same_name_size_and_time_is_read_again(root):
    hashed(root)
    path = root / "ws" / "a.py"
    status = path.stat()
    path.rename(root / "old")
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert hashed(root) == ([sha256("two")], 1)


def test_a_file_that_is_too_fresh_is_not_remembered(root):
    fresh = (root / "ws" / "a.py").stat().st_mtime_ns + 1_000_000_000
    hashed(root, HashCache(root, lambda: fresh))

    assert hashed(root) == ([sha256("one")], 1)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format_version": 2, "files": {}}', '{"files": 3}', "\x00", "[" * 99999]
)
def test_a_broken_cache_is_ignored(root, text):
    hashed(root)
    (root / ".gitops" / "cache" / "hashes.json").write_text(text)

    assert hashed(root) == ([sha256("one")], 1)


def test_a_cache_that_cannot_be_written_is_no_error(root):
    (root / ".gitops").write_text("in the way")

    assert hashed(root) == ([sha256("one")], 1)


def test_a_cache_that_cannot_be_replaced_leaves_no_other_file_behind(root):
    (root / ".gitops" / "cache" / "hashes.json").mkdir(parents=True)

    assert hashed(root) == ([sha256("one")], 1)
    assert [path.name for path in (root / ".gitops" / "cache").iterdir()] == ["hashes.json"]


def test_writing_leaves_no_other_file_behind(root):
    hashed(root)

    assert sorted(path.name for path in (root / ".gitops").rglob("*")) == [".gitignore", "cache", "hashes.json"]
    assert json.loads((root / ".gitops/cache/hashes.json").read_text())["format_version"] == 1


def test_nothing_new_is_not_written(root):
    hashed(root)
    before = (root / ".gitops/cache/hashes.json").stat().st_ino
    hashed(root)

    assert (root / ".gitops/cache/hashes.json").stat().st_ino == before


def test_a_pointer_of_git_lfs_counts_as_its_object(root):
    (root / "ws" / "a.py").write_text(POINTER)
    cache = HashCache(root, lambda: LATER_NS)

    entries, pointers = cache.entries(walk(root / "ws").files)

    assert [(entry.sha256, entry.size) for entry in entries] == [(OID, 12345)]
    assert pointers == ("a.py",)


def test_a_pointer_is_remembered_as_one(root):
    (root / "ws" / "a.py").write_text(POINTER)
    hashed(root)
    cache = HashCache(root, lambda: LATER_NS)

    assert cache.entries(walk(root / "ws").files)[1] == ("a.py",)
    assert cache.hashed == 0


@pytest.mark.parametrize(
    "text", [POINTER + "x" * 2000, POINTER.replace("sha256", "md5"), "see " + POINTER, POINTER[:-1]]
)
def test_what_only_looks_like_a_pointer_is_a_file(tmp_path, text):
    (tmp_path / "f").write_text(text)

    assert hash_file(tmp_path / "f").sha256 == sha256(text)
