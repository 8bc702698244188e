import pytest

from gitops.diagnostics import Code
from gitops.sources.patterns import matches


@pytest.fixture
def root(tmp_path):
    for name in ("b.yaml", "a.yaml", "deep/er/c.yaml", ".git/d.yaml", ".gitops/e.yaml", "f.txt"):
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_text("")
    (tmp_path / "outside.yaml").write_text("")
    return tmp_path / "p"


def names(root, pattern):
    return [path.relative_to(root).as_posix() for path in matches(root, pattern).files]


def test_files_come_in_the_order_of_their_names(root):
    assert names(root, "*.yaml") == ["a.yaml", "b.yaml"]


def test_two_stars_reach_any_depth_but_not_into_git_or_our_own_folder(root):
    assert names(root, "**/*.yaml") == ["a.yaml", "b.yaml", "deep/er/c.yaml"]


def test_a_folder_is_not_a_file(root):
    assert matches(root, "deep").code is Code.PATTERN_MATCHES_NOTHING


@pytest.mark.parametrize("pattern", ["../*.yaml", "/etc/*", "deep/../../*.yaml", "", "**x"])
def test_a_pattern_that_leaves_the_project_or_means_nothing_is_not_valid(root, pattern):
    assert matches(root, pattern).code is Code.INVALID_VALUE


def test_a_link_out_of_the_project_is_refused(root):
    (root / "link.yaml").symlink_to(root.parent / "outside.yaml")

    assert matches(root, "*.yaml").code is Code.SYMLINK_OUTSIDE


def test_a_link_inside_the_project_is_a_file(root):
    (root / "link.yaml").symlink_to(root / "a.yaml")

    assert names(root, "link.yaml") == ["link.yaml"]
