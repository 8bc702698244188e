"""A disk that is full, a file that is no package, a platform that cannot begin: clear errors, nothing half-done."""

import os
import shutil
import subprocess
import sys

import pytest

from gitops.errors import ErrorCode, GitopsError
from gitops.local.daemon import running as running_platform
from gitops.local.folder import DataFolder
from tests.integration.embedded import GOOD, Embedded, end, eventually

pytestmark = pytest.mark.slow

TWO_MIB_IN_BLOCKS = 2048


@pytest.fixture
def cramped(tmp_path):
    """A platform that may write no file larger than 2 MiB, as on a disk that is nearly full."""
    folder = DataFolder((tmp_path / "data").resolve())
    words = f'ulimit -f {TWO_MIB_IN_BLOCKS}; exec "{sys.executable}" -m gitops.local --data "{folder.root}"'
    process = subprocess.Popen(["/bin/bash", "-c", words], stderr=subprocess.DEVNULL)
    platform = Embedded(folder, None)
    try:
        platform.record = eventually(lambda: running_platform(folder), lambda record: record is not None)
        yield platform
    finally:
        end(platform)
        process.wait(timeout=30)


def test_a_package_that_does_not_fit_is_refused_and_the_platform_serves_on(cramped):
    with pytest.raises(GitopsError) as raised:
        cramped.push(GOOD + "#" + os.urandom(3 << 20).hex())
    version = cramped.push(GOOD)
    cramped.create(version)

    assert raised.value.code is ErrorCode.DATA_FOLDER_FULL
    assert "cannot be" in raised.value.message
    assert cramped.until_serving(version).ready == 1
    assert [path for path in cramped.folder.root.iterdir() if path.name.startswith("push-")] == []
    assert len(list(cramped.folder.packages.iterdir())) == 1


def test_a_data_folder_that_is_a_file_is_a_clear_error(project):
    project.write(".gitops/local", "not a folder")

    done = project.gitops("plan")
    (project.folder / ".gitops/local").unlink()

    assert done.returncode == 69
    assert "error[data-folder-unusable]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_is_no_database_is_a_clear_error(project):
    project.good("platform", "up")
    project.good("platform", "down")
    for path in project.data.root.glob("platform.db*"):
        path.unlink()
    project.data.database.write_text("no database " * 1000)

    done = project.gitops("plan")

    assert done.returncode == 69
    assert "file is not a database" in done.stderr


def test_packages_that_vanished_are_told_at_the_next_rollout(project):
    project.good("apply", "--yes")
    shutil.rmtree(project.data.packages)
    project.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    apply = project.begin("apply", "--yes")
    platform = project.platform
    live = platform.until(lambda live: "could not be started" in live.message)
    apply.terminate()
    apply.communicate(timeout=60)
    for adapter in platform.adapters.values():
        adapter.close()

    assert live.ready == 2
