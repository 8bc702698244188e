import inspect
import os
import sys

import pytest

from gitops.diagnostics import Code
from gitops.sources import workspace
from gitops.sources.workspace import walk


@pytest.fixture
def top(tmp_path):
    folder = tmp_path / "ws"
    folder.mkdir()
    return folder


def put(top, *names, text="x"):
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def paths(top):
    return [found.path for found in walk(top).files]


def obstacles(top):
    return [(obstacle.code, obstacle.summary) for obstacle in walk(top).obstacles]


def test_files_come_in_the_order_of_their_paths(top):
    put(top, "b.py", "a/z.py", "a.py")

    assert paths(top) == ["a.py", "a/z.py", "b.py"]


def test_git_caches_and_our_own_folder_are_left_out(top):
    put(
        top, "main.py", ".git/HEAD", ".gitops/cache/x", "__pycache__/main.pyc", "lib/__pycache__/x", "lib/y.pyc",
        ".mypy_cache/x", ".pytest_cache/x", ".ruff_cache/x", ".ipynb_checkpoints/x", ".DS_Store", "lib/.git",
    )  # fmt: skip

    assert paths(top) == ["main.py"]


def test_an_ignore_file_leaves_out_what_it_says_and_itself(top):
    put(top, "main.py", "data/a.bin", "data/keep.bin", "logs/x", "deep/logs/y", "notes.md", "__pycache__/x")
    put(top, ".gitopsignore", text="# big\n/data/*\n!/data/keep.bin\nlogs/\n*.md\n")

    assert paths(top) == ["data/keep.bin", "main.py"]


def test_an_ignore_file_may_take_back_a_cache_but_not_git(top):
    put(top, "__pycache__/x", ".git/HEAD")
    put(top, ".gitopsignore", text="!__pycache__\n!.git\n")

    assert paths(top) == ["__pycache__/x"]


def test_the_executable_bit_is_the_owners(top):
    put(top, "run.sh", "data")
    (top / "run.sh").chmod(0o744)

    assert [(found.path, found.executable) for found in walk(top).files] == [("data", False), ("run.sh", True)]


def test_a_link_inside_the_workspace_is_followed(top):
    put(top, "real/a.py")
    (top / "link.py").symlink_to("real/a.py")
    (top / "folder").symlink_to("real")

    assert paths(top) == ["folder/a.py", "link.py", "real/a.py"]


@pytest.mark.parametrize("target", ["/etc", "../outside", "/etc/passwd"])
def test_a_link_out_of_the_workspace_is_an_obstacle(top, target):
    (top.parent / "outside").mkdir()
    (top / "link").symlink_to(target)

    assert obstacles(top) == [(Code.SYMLINK_OUTSIDE, "link is a link out of the workspace")]


def test_a_neighbour_whose_name_begins_alike_is_outside(top):
    (top.parent / "ws2").mkdir()
    (top / "link").symlink_to("../ws2")

    assert [code for code, _ in obstacles(top)] == [Code.SYMLINK_OUTSIDE]


@pytest.mark.parametrize("target", [".", "gone", "link"])
def test_a_link_that_leads_in_a_circle_or_to_nothing_is_an_obstacle(top, target):
    (top / "link").symlink_to(target)

    assert [code for code, _ in obstacles(top)] == [Code.FILE_UNREADABLE]


def test_an_ignored_link_is_no_obstacle(top):
    (top / "link").symlink_to("/etc")
    put(top, ".gitopsignore", text="link\n")

    assert obstacles(top) == []


def test_a_pipe_is_an_obstacle_and_is_not_opened(top):
    os.mkfifo(top / "pipe")

    assert obstacles(top) == [(Code.FILE_UNREADABLE, "pipe is neither a file nor a folder")]


def test_a_name_that_is_not_utf_8_is_an_obstacle(top):
    (top / os.fsdecode(b"\xe9")).write_text("x")

    assert [code for code, _ in obstacles(top)] == [Code.FILE_UNREADABLE]


def test_too_many_files_are_an_obstacle(top, monkeypatch):
    monkeypatch.setattr(workspace, "MAX_FILES", 3)
    put(top, "a", "b", "c")

    assert obstacles(top) == [(Code.TOO_LARGE, "the workspace holds more than 3 files or 16 GiB")]


def test_too_many_bytes_are_an_obstacle(top, monkeypatch):
    monkeypatch.setattr(workspace, "MAX_BYTES", 10)
    put(top, "a", text="x" * 11)

    assert [code for code, _ in obstacles(top)] == [Code.TOO_LARGE]


def test_folders_nested_deeper_than_functions_can_be_are_walked(top):
    put(top, "d/" * 150 + "x")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        found = paths(top)
    finally:
        sys.setrecursionlimit(limit)

    assert found == ["d/" * 150 + "x"]


def test_an_ignore_file_that_is_no_text_is_an_obstacle(top):
    (top / ".gitopsignore").write_bytes(b"\xff\n")

    assert [code for code, _ in obstacles(top)] == [Code.FILE_UNREADABLE]
