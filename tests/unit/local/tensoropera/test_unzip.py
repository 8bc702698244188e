import io
import stat
import struct
import zipfile

import pytest

from gitops.local.tensoropera.unzip import Bounds, BrokenPackage, unzip


def info(name: str, mode: int = stat.S_IFREG | 0o644, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.create_system, found.external_attr, found.compress_type = 3, mode << 16, method
    return found


def archive_of(folder, *entries) -> object:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for entry, content in entries:
            bundle.writestr(entry if isinstance(entry, zipfile.ZipInfo) else info(entry), content)
    return path


def unpacked(folder, archive, **bounds):
    into = folder / "files"
    into.mkdir()
    unzip(archive, into, Bounds(**bounds))
    return {path.relative_to(into).as_posix(): path for path in into.rglob("*") if path.is_file()}


def test_the_folder_at_the_top_is_left_away(tmp_path):
    archive = archive_of(tmp_path, ("aloha/", ""), ("aloha/main.py", "1"), ("aloha/deep/data.bin", "2"))
    assert {"main.py", "deep/data.bin"} == unpacked(tmp_path, archive).keys()


def test_files_without_a_folder_at_the_top_stay_where_they_are(tmp_path):
    archive = archive_of(tmp_path, ("main.py", "1"), ("src/data.bin", "2"))
    assert {"main.py", "src/data.bin"} == unpacked(tmp_path, archive).keys()


def test_a_single_file_is_no_folder_at_the_top(tmp_path):
    assert {"main.py"} == unpacked(tmp_path, archive_of(tmp_path, ("main.py", "1"))).keys()


def test_what_may_be_executed_may_be_executed_and_nothing_else(tmp_path):
    archive = archive_of(tmp_path, (info("a/run", stat.S_IFREG | 0o4755), "1"), ("a/data", "2"))
    files = unpacked(tmp_path, archive)
    assert files["run"].stat().st_mode & 0o100
    assert not files["run"].stat().st_mode & stat.S_ISUID
    assert not files["data"].stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "..", "a/.."])
def test_a_file_that_leads_out_is_refused_and_nothing_is_unpacked(tmp_path, name):
    archive = archive_of(tmp_path, ("a/fine", "1"), (name, "2"))
    with pytest.raises(BrokenPackage, match="outside itself"):
        unpacked(tmp_path, archive)
    assert [] == list((tmp_path / "files").iterdir())
    assert not (tmp_path / "x").exists()


def test_a_name_with_a_zero_byte_is_refused(tmp_path):
    archive = archive_of(tmp_path, ("a/xxx", "1"))
    archive.write_bytes(archive.read_bytes().replace(b"a/xxx", b"a/x\0x"))
    with pytest.raises(BrokenPackage, match="outside itself"):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_a_device_is_refused(tmp_path, kind):
    archive = archive_of(tmp_path, (info("a/passwd", kind | 0o777), "/etc/passwd"), ("a/fine", ""))
    with pytest.raises(BrokenPackage, match="a link or a device"):
        unpacked(tmp_path, archive)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path):
    archive = archive_of(tmp_path, ("a/zeros", b"\0" * (1 << 20)), ("a/more", b"\0" * (1 << 20)))
    assert archive.stat().st_size < 10_000
    with pytest.raises(BrokenPackage, match="larger than 2000000 bytes"):
        unpacked(tmp_path, archive, unpacked=2_000_000)
    assert [] == list((tmp_path / "files").iterdir())


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path):
    archive = archive_of(tmp_path, ("a/zeros", b"\0" * 5000), ("a/fine", ""))
    archive.write_bytes(archive.read_bytes().replace(struct.pack("<L", 5000), struct.pack("<L", 50)))
    with pytest.raises(BrokenPackage):
        unpacked(tmp_path, archive, unpacked=1000)
    assert all(path.stat().st_size <= 50 for path in (tmp_path / "files").rglob("zeros"))


def test_too_many_files_are_refused(tmp_path):
    archive = archive_of(tmp_path, *((f"a/{number}", "") for number in range(11)))
    with pytest.raises(BrokenPackage, match="more than 10 files"):
        unpacked(tmp_path, archive, entries=10)


def test_a_list_of_files_that_is_too_long_is_not_read(tmp_path):
    archive = archive_of(tmp_path, *((f"a/{number}", "") for number in range(100)))
    with pytest.raises(BrokenPackage, match="too many files"):
        unpacked(tmp_path, archive, listed=1000)


def test_a_list_of_files_that_is_said_in_64_bits_is_measured_too(tmp_path):
    archive = archive_of(tmp_path, ("a/x", "1"), ("a/y", "2"))
    content = archive.read_bytes()
    end = content.rfind(b"PK\5\6")
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    short = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    archive.write_bytes(content[:end] + wide + locator + short)
    with pytest.raises(BrokenPackage, match="too many files"):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize("entries", [[("a/x", ""), ("a/x/y", "")], [("a/x/y", ""), ("a/x", "")]])
def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path, entries):
    with pytest.raises(BrokenPackage, match="twice"):
        unpacked(tmp_path, archive_of(tmp_path, *entries))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(BrokenPackage, match="twice"):
        unpacked(tmp_path, archive_of(tmp_path, ("a/x", "1"), ("a/x", "2")))


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(BrokenPackage, match="cannot be the name"):
        unpacked(tmp_path, archive_of(tmp_path, ("a/" + "x" * 300, "1")))


def test_another_compression_than_deflate_is_refused(tmp_path):
    archive = archive_of(tmp_path, (info("a/x", method=zipfile.ZIP_LZMA), "1"))
    with pytest.raises(BrokenPackage, match="another method"):
        unpacked(tmp_path, archive)


def test_what_is_no_archive_is_refused(tmp_path):
    for content in (b"", b"no zip at all", b"PK\5\6", b"PK\5\6" + b"\0" * 17):
        path = tmp_path / "package.zip"
        path.write_bytes(content)
        with pytest.raises(BrokenPackage, match="not a zip archive"):
            unzip(path, tmp_path, Bounds())


def test_an_archive_with_any_byte_changed_is_refused_or_unpacked_whole(tmp_path):
    good = archive_of(tmp_path, ("a/x", b"content " * 20), ("a/y", b"1")).read_bytes()
    ended = 0
    for place in range(len(good)):
        path, into = tmp_path / "bad.zip", tmp_path / f"into-{place}"
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        into.mkdir()
        try:
            unzip(path, into, Bounds())
        except BrokenPackage:
            ended += 1
    assert ended > len(good) // 3


def test_an_archive_that_was_cut_is_refused(tmp_path):
    good = archive_of(tmp_path, ("a/x", b"content " * 20)).read_bytes()
    for length in range(0, len(good), 7):
        path = tmp_path / "cut.zip"
        path.write_bytes(good[:length])
        with pytest.raises(BrokenPackage):
            unzip(path, tmp_path, Bounds())


def test_what_is_not_wanted_any_more_is_left(tmp_path):
    content = io.BytesIO(b"\1" * (3 << 20)).getvalue()
    answers = iter([True, True, False])
    with pytest.raises(BrokenPackage, match="not wanted"):
        unzip(archive_of(tmp_path, ("x", content)), tmp_path, Bounds(), lambda: next(answers))
    assert (2 << 20) >= (tmp_path / "x").stat().st_size
