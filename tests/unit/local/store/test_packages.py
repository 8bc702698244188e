import hashlib
import zipfile

import pytest

from gitops.errors import Rejected
from gitops.local.state import Source, Version
from gitops.local.store.packages import Packages
from gitops.model.card import FileEntry
from tests.unit.local.worlds import EPOCH

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def packages(tmp_path):
    root = tmp_path / "packages"
    root.mkdir()
    return Packages(root)


def entry(path: str, content: bytes, **changes) -> FileEntry:
    size = changes.pop("size", len(content))
    return FileEntry(path=path, sha256=hashlib.sha256(content).hexdigest(), size=size, **changes)


def archive(tmp_path, **files: bytes):
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name.replace("__", "/").replace("UP", ".."), content)
    return path


def test_a_package_is_unpacked_under_its_digest_with_executable_bits(packages, tmp_path):
    files = (entry("src/main", b"run", executable=True), entry("data", b""))

    packages.unpack(DIGEST, files, archive(tmp_path, src__main=b"run", data=b""))

    assert (packages.path(DIGEST) / "src/main").read_bytes() == b"run"
    assert (packages.path(DIGEST) / "src/main").stat().st_mode & 0o100
    assert packages.has(DIGEST)


@pytest.mark.parametrize(
    ("files", "content", "words"),
    [
        ((entry("main", b"said"),), {"main": b"sent"}, "is not what was announced"),
        ((entry("main", b"ab", size=1),), {"main": b"ab"}, "is not what was announced"),
        ((entry("main", b"a", size=2),), {"main": b"a"}, "is not what was announced"),
        ((entry("main", b"a"),), {"main": b"a", "more": b"b"}, "not the ones that were announced: more"),
        ((entry("main", b"a"), entry("less", b"b")), {"main": b"a"}, "not the ones that were announced: less"),
        ((entry("../main", b"a"),), {"UP__main": b"a"}, "a file outside itself"),
        ((entry("/main", b"a"),), {"__main": b"a"}, "a file outside itself"),
    ],
)
def test_an_archive_that_is_not_what_was_announced_is_rejected_and_leaves_nothing(
    packages, tmp_path, files, content, words
):
    with pytest.raises(Rejected, match=words):
        packages.unpack(DIGEST, files, archive(tmp_path, **content))

    assert list((tmp_path / "packages").iterdir()) == []
    assert not (tmp_path / "main").exists()


def test_what_is_no_archive_is_rejected(packages, tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(b"no zip at all")

    with pytest.raises(Rejected, match="not a zip archive that can be read"):
        packages.unpack(DIGEST, (), path)


def test_a_bomb_is_refused_before_it_is_unpacked(packages, tmp_path):
    with pytest.raises(Rejected, match="larger than"):
        packages.unpack(DIGEST, (entry("main", b"", size=1 << 40),), archive(tmp_path, main=b""))


def version(name="v0", digest=DIGEST, source: Source | None = None) -> Version:
    return Version(model="aloha", name=name, digest=digest, source=source, pushed_at=EPOCH)


def test_what_was_fetched_never_lies_where_something_pushed_does(packages, tmp_path):
    fetched = Source(url="http://host/x.zip")
    pushed, first = version(), version(source=fetched)

    assert packages.path(DIGEST) == packages.of(pushed)
    others = {
        packages.of(pushed),
        packages.of(first),
        packages.of(version("v1", source=fetched)),
        packages.of(version(source=Source(url="http://host/y.zip"))),
        packages.of(version(digest="sha256:other", source=fetched)),
    }
    assert 5 == len(others)
    assert packages.of(first) == packages.of(version(source=fetched))


def test_a_version_that_was_kept_before_there_were_sources_can_be_read():
    kept = '{"model": "aloha", "name": "v0", "digest": "d", "config": {}, "pushed_at": "2026-01-01T00:00:00Z"}'
    assert Version.model_validate_json(kept).source is None
