"""A card's bootstrap with a real shell: it runs once, in an environment of its own, and nothing of it stays behind."""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import uvloop

import gitops.local.replicas
from gitops.errors import DataFolderError, ErrorCode, Unreachable
from gitops.local.bootstrap import command
from gitops.local.bootstrap.bounded import KEPT
from gitops.local.bootstrap.environments import Environments
from gitops.local.bootstrap.making import SCRIPT, BootstrapFailed, venv_program
from gitops.local.state import Version
from gitops.local.system.environ import DATA
from gitops.local.system.marks import end_marked
from gitops.model.trouble import BootstrapState
from tests.unit.local.worlds import EPOCH

LOCAL = Path(gitops.local.replicas.__file__).parent


def bare(folder: Path) -> list[str]:
    """An environment without pip, made in a moment."""
    link = 'mkdir -p "$0/bin" && ln -s "$1" "$0/bin/python"'
    return ["/bin/sh", "-c", link, str(folder), sys.executable]


class Platform:
    """What the platform knows of environments: their folder, the clock, a package, and a version of it."""

    def __init__(self, folder: Path, make_venv=bare) -> None:
        self.data = folder / "data"
        self.root = self.data / "environments"
        self.package = folder / "package"
        self.package.mkdir()
        (self.package / "main_entry.py").write_text("print('aloha')")
        self.make_venv = make_venv
        self.environments = self.started()

    def started(self) -> Environments:
        return Environments(self.root, self.data, time.monotonic, self.make_venv)

    def version(self, bootstrap: str | None, name: str = "v0", secrets=(), **config) -> Version:
        spec = {"workspace": ".", "entry_point": "main_entry.py", "bootstrap": bootstrap, **config}
        return Version(
            model="aloha",
            name=name,
            digest="sha256:" + "a" * 64,
            config=spec,
            secrets=dict.fromkeys(secrets, "keyed"),
            pushed_at=EPOCH,
        )

    def prepare(self, version: Version, run=asyncio.run):
        return run(self.environments.prepare(version, self.package))

    def failure(self, version: Version) -> BootstrapFailed:
        with pytest.raises(BootstrapFailed) as caught:
            self.prepare(version)
        return caught.value

    def path(self, name: str, version: str = "v0") -> Path:
        return self.root / "aloha" / version / name

    def log(self) -> str:
        return self.path("bootstrap.log").read_text()

    def living(self) -> list[str]:
        """The command lines of all processes that this data folder's platform started."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(DATA) == str(self.data) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except (psutil.Error, OSError):
                continue
        return found


@pytest.fixture
def platform(tmp_path):
    platform = Platform(tmp_path)
    yield platform
    assert platform.living() == []


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("bootstrap", [None, "", "  \n"])
def test_a_version_without_a_bootstrap_runs_in_its_package_with_our_interpreter(platform, bootstrap):
    version = platform.version(bootstrap)
    environment = platform.prepare(version)

    assert (environment.python, environment.folder, environment.seconds) == (sys.executable, platform.package, None)
    assert environment.applied({"A": "1"}) == {"A": "1"}
    assert not platform.root.exists()
    assert platform.environments.standing(version) is None


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_bootstrap_runs_in_a_copy_of_the_package(platform, run):
    version = platform.version("cp main_entry.py copied.py\necho said on stdout\necho said on stderr >&2")
    environment = platform.prepare(version, run)

    assert environment.folder == platform.path("workspace")
    assert sorted(path.name for path in environment.folder.iterdir()) == ["copied.py", SCRIPT, "main_entry.py"]
    assert [path.name for path in platform.package.iterdir()] == ["main_entry.py"]
    assert platform.log() == "said on stdout\nsaid on stderr\n"
    assert platform.path("bootstrap.log").stat().st_mode & 0o777 == 0o600


def test_it_runs_once_for_all_who_ask_at_the_same_time_and_later(platform):
    version = platform.version("echo once >> ran; sleep 0.2")

    async def several():
        asked = (platform.environments.prepare(version, platform.package) for _ in range(5))
        return await asyncio.gather(*asked)

    together = asyncio.run(several())
    later = platform.prepare(version)

    assert len({*together, later}) == 1
    assert platform.path("workspace/ran").read_text() == "once\n"
    assert later.seconds is not None
    assert later.seconds >= 0.2


def test_it_does_not_run_again_after_a_restart_of_the_platform(platform):
    version = platform.version("echo once >> ran")
    before = platform.prepare(version)
    platform.environments = platform.started()

    assert platform.prepare(version) == before
    assert platform.path("workspace/ran").read_text() == "once\n"
    standing = platform.environments.standing(version)
    assert (standing.state, standing.seconds) == (BootstrapState.DONE, before.seconds)


def test_another_version_has_an_environment_of_its_own(platform):
    first = platform.prepare(platform.version("true"))
    second = platform.prepare(platform.version("true", name="v1"))

    assert first.folder != second.folder
    assert first.python != second.python


def test_a_name_that_means_another_content_now_is_made_anew(platform):
    platform.prepare(platform.version("echo old > built"))
    changed = platform.version("echo new > built").model_copy(update={"digest": "sha256:" + "b" * 64})
    platform.environments = platform.started()

    assert platform.environments.standing(changed) is None
    assert (platform.prepare(changed).folder / "built").read_text() == "new\n"


def test_an_environment_whose_python_is_gone_is_made_anew(platform):
    version = platform.version("echo again >> ran")
    environment = platform.prepare(version)
    Path(environment.python).unlink()

    assert platform.prepare(version).folder == environment.folder
    assert os.access(environment.python, os.X_OK)


def test_a_data_folder_that_was_moved_makes_its_environments_anew(platform, tmp_path):
    version = platform.version("pwd > where")
    platform.prepare(version)
    moved = tmp_path / "moved"
    platform.data.rename(moved)
    platform.data, platform.root = moved, moved / "environments"
    platform.environments = platform.started()

    environment = platform.prepare(version)
    assert (environment.folder / "where").read_text() == f"{environment.folder}\n"


def test_it_sees_the_cards_variables_its_environment_and_nothing_of_ours(platform, monkeypatch):
    monkeypatch.setenv("OUR_API_KEY", "s3cr3t")
    version = platform.version(
        "env -0 > seen", environment_variables={"LEVEL": "debug", "PATH": "/opt/own:/usr/bin:/bin"}
    )
    environment = platform.prepare(version)

    seen = dict(line.split("=", 1) for line in (environment.folder / "seen").read_text().split("\0") if line)
    assert seen["LEVEL"] == "debug"
    assert seen["PATH"] == f"{environment.venv}/bin:/opt/own:/usr/bin:/bin"
    assert seen["VIRTUAL_ENV"] == str(environment.venv)
    assert seen["BOOTSTRAP_DIR"] == str(environment.folder / SCRIPT)
    assert seen["FEDML_CURRENT_VERSION"] == "v0"
    assert seen["MAIN_ENTRY"] == "main_entry.py"
    assert "OUR_API_KEY" not in seen


def test_the_status_of_its_last_command_counts_as_in_the_original(platform):
    platform.prepare(platform.version("false\necho went on"))

    assert platform.log() == "went on\n"


def test_a_bootstrap_may_ask_to_end_at_its_first_failure(platform):
    failed = platform.failure(platform.version("set -e\nfalse\necho went on"))

    assert failed.message == "the bootstrap exited with status 1; it said nothing"


def test_a_bootstrap_that_fails_says_how_and_keeps_its_output_only(platform):
    version = platform.version("echo building; echo the compiler is missing; exit 3")
    failed = platform.failure(version)

    assert failed.reason == "the bootstrap exited with status 3"
    assert failed.message == "the bootstrap exited with status 3; it last said: the compiler is missing"
    assert failed.last_lines == ("building", "the compiler is missing")
    assert failed.log == platform.path("bootstrap.log")
    assert sorted(path.name for path in platform.path("").iterdir()) == ["bootstrap.log", "outcome.json"]
    for environments in (platform.environments, platform.started()):
        standing = environments.standing(version)
        assert (standing.state, standing.reason, standing.last_lines) == (
            BootstrapState.FAILED,
            failed.reason,
            failed.last_lines,
        )


def test_all_who_waited_are_told_the_same_failure(platform):
    version = platform.version("echo ran; exit 1")

    async def several():
        asked = (platform.environments.prepare(version, platform.package) for _ in range(3))
        return await asyncio.gather(*asked, return_exceptions=True)

    failures = asyncio.run(several())

    assert [str(failure) for failure in failures] == ["the bootstrap exited with status 1; it last said: ran"] * 3
    assert platform.log() == "ran\n"


def test_a_bootstrap_that_failed_is_tried_again_when_it_is_asked_for_again(platform, tmp_path):
    version = platform.version(f"test -e {tmp_path}/repaired")
    platform.failure(version)
    (tmp_path / "repaired").touch()

    assert platform.prepare(version).seconds is not None
    assert platform.environments.standing(version).state is BootstrapState.DONE


def test_a_bootstrap_that_is_killed_says_by_which_signal(platform):
    assert platform.failure(platform.version("kill -KILL $$")).reason == "the bootstrap was killed by signal 9"


def test_a_bootstrap_that_never_ends_is_ended_at_its_timeout(platform):
    version = platform.version("echo begun; sleep 1000 & sleep 1000", deploy_timeout_sec=1)
    began = time.monotonic()
    failed = platform.failure(version)

    assert failed.reason == "the bootstrap did not end within 1s (deploy_timeout_sec)"
    assert failed.last_lines == ("begun",)
    assert time.monotonic() - began < 5


def test_a_bootstrap_that_does_not_want_to_end_is_killed(platform, monkeypatch):
    monkeypatch.setattr(command, "TERM_GRACE_S", 0.3)
    version = platform.version("trap 'echo no' TERM; while true; do sleep 0.1; done", deploy_timeout_sec=1)
    began = time.monotonic()

    assert platform.failure(version).reason == "the bootstrap did not end within 1s (deploy_timeout_sec)"
    assert time.monotonic() - began < 10


def test_a_bootstrap_that_asks_gets_no_answer(platform):
    version = platform.version("read -r answer </dev/tty || read -r answer || echo nobody answers")
    platform.prepare(version)

    assert platform.log().splitlines()[-1] == "nobody answers"


def test_what_it_leaves_in_the_background_is_ended_with_it(platform):
    program = "import os, time; os.setsid(); time.sleep(1000)"
    version = platform.version(
        f'sleep 1000 & nohup sleep 1000 & {sys.executable} -c "{program}" & sleep 0.3; echo done'
    )
    began = time.monotonic()
    platform.prepare(version)

    assert platform.living() == []
    assert time.monotonic() - began < 10


def test_who_escapes_with_the_pipe_in_hand_does_not_keep_it_from_ending(platform, tmp_path):
    hidden = f"env -i setsid /bin/sh -c 'echo $$ > {tmp_path}/pid; exec sleep 1000' &"
    began = time.monotonic()
    platform.prepare(platform.version(f"{hidden}\nwhile ! test -s {tmp_path}/pid; do sleep 0.02; done; echo done"))
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    assert platform.log() == "done\n"
    assert time.monotonic() - began < 10


def test_two_hundred_megabytes_of_output_neither_block_nor_fill_the_disk(platform):
    block = "0123456789" * 100
    version = platform.version(f"echo first; yes {block} | head -c 200000000; echo; echo last")
    before = psutil.Process().memory_info().rss
    began = time.monotonic()
    platform.prepare(version)

    said = platform.log()
    assert 2 * KEPT < len(said) < 2 * KEPT + 100
    assert said.startswith("first\n")
    assert said.endswith("\nlast\n")
    assert f"\n[{200_000_012 - 2 * KEPT:,} bytes of output are left out here]\n" in said
    assert time.monotonic() - began < 20
    assert psutil.Process().memory_info().rss - before < 30 << 20


def test_the_last_lines_hold_no_secret(platform):
    key = "-----BEGIN KEY-----\nc2VjcmV0\n-----END KEY-----"
    variables = {"TOKEN": "hunter2", "LONGER": "hunter2-and-more", "KEY": key, "LEVEL": "debug"}
    version = platform.version(
        'echo "$TOKEN $LONGER $LEVEL"; echo "$KEY"; exit 1',
        secrets=("TOKEN", "LONGER", "KEY"),
        environment_variables=variables,
    )
    failed = platform.failure(version)

    assert failed.last_lines == ("*** *** debug", "***")
    assert "hunter2" in platform.log()
    assert "hunter2" not in platform.path("outcome.json").read_text()


def test_while_it_runs_it_says_since_when_and_its_output_can_be_read(platform):
    version = platform.version("echo begun; while ! test -e go; do sleep 0.02; done")

    async def watched():
        asked = asyncio.create_task(platform.environments.prepare(version, platform.package))
        await until(lambda: platform.path("bootstrap.log").exists() and platform.log() == "begun\n")
        running = platform.environments.standing(version)
        platform.path("workspace/go").touch()
        await asked
        return running, platform.environments.standing(version)

    running, done = asyncio.run(watched())
    assert (running.state, done.state) == (BootstrapState.RUNNING, BootstrapState.DONE)
    assert 0 < running.seconds <= done.seconds
    assert running.log == done.log == str(platform.path("bootstrap.log"))


def test_closing_ends_what_runs_with_everything_that_it_started(platform):
    version = platform.version("sleep 1000 & setsid sleep 1000 & sleep 1000")

    async def closed():
        asked = asyncio.create_task(platform.environments.prepare(version, platform.package))
        await until(lambda: sum("sleep 1000" in line for line in platform.living()) == 3)
        await platform.environments.close()
        assert platform.living() == []
        with pytest.raises(Unreachable):
            await asked
        with pytest.raises(Unreachable):
            await platform.environments.prepare(version, platform.package)

    asyncio.run(closed())
    assert not platform.path("workspace").exists()


def test_a_bootstrap_that_nobody_waits_for_any_more_is_ended(platform):
    version = platform.version("echo ran >> ../runs; sleep 1000")
    again = version.model_copy(update={"config": {**version.config, "bootstrap": "echo ran >> ../runs"}})

    async def left():
        asked = [asyncio.create_task(platform.environments.prepare(version, platform.package)) for _ in range(2)]
        await until(lambda: any("sleep 1000" in line for line in platform.living()))
        asked[0].cancel()
        await asyncio.sleep(0.1)
        assert any("sleep 1000" in line for line in platform.living())
        asked[1].cancel()
        await asyncio.sleep(0)
        return await platform.environments.prepare(again, platform.package)

    asyncio.run(left())
    assert platform.path("runs").read_text() == "ran\nran\n"


def test_a_copy_that_nobody_waits_for_any_more_ends(platform, monkeypatch):
    for number in range(50):
        (platform.package / f"weights-{number}").write_text("x")
    copied = []
    copy2 = shutil.copy2

    def slow(source, target):
        copied.append(source)
        time.sleep(0.05)
        return copy2(source, target)

    monkeypatch.setattr(shutil, "copy2", slow)

    async def left():
        asked = asyncio.create_task(platform.environments.prepare(platform.version("true"), platform.package))
        await until(lambda: copied)
        await platform.environments.close()
        with pytest.raises(Unreachable):
            await asked

    asyncio.run(left())
    assert len(copied) < 10
    assert not platform.path("workspace").exists()


PLATFORM = """
import asyncio, sys, time
from pathlib import Path
from tests.unit.local.bootstrap.test_environments import Platform

platform = Platform(Path(sys.argv[1]))
platform.prepare(platform.version("echo half > built; echo ran >> ../runs; sleep 1000"))
"""


def test_an_environment_that_a_killed_platform_left_half_made_is_made_anew(platform, tmp_path):
    shutil.rmtree(platform.package)
    killed = subprocess.Popen([sys.executable, "-c", PLATFORM, str(tmp_path)])
    deadline = time.monotonic() + 20
    while not platform.path("runs").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    # What the platform does first when it starts again.
    end_marked(str(platform.data), lambda _: True)

    assert platform.path("workspace/built").exists()
    environment = platform.prepare(platform.version("echo ran >> ../runs"))
    assert not (environment.folder / "built").exists()
    assert platform.path("runs").read_text() == "ran\nran\n"


def test_folders_that_a_bootstrap_made_read_only_do_not_keep_it_from_running_again(platform):
    platform.failure(platform.version("mkdir -p cache/deep; touch cache/deep/file; chmod -R a-w cache; exit 1"))

    assert not platform.path("workspace").exists()


def test_an_environment_that_cannot_be_made_says_why(platform):
    platform.make_venv = lambda folder: ["/bin/sh", "-c", "echo ensurepip is not available; exit 1"]
    platform.environments = platform.started()

    assert platform.failure(platform.version("true")).message == (
        "no virtual environment could be made: python -m venv exited with status 1; "
        "it last said: ensurepip is not available"
    )


def test_a_variable_that_the_system_does_not_take_is_a_failure(platform):
    version = platform.version("true", environment_variables={"A": "one\0two"})

    assert platform.failure(version).reason == "the bootstrap cannot be started: embedded null byte"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, ErrorCode.DATA_FOLDER_FULL), (errno.EACCES, ErrorCode.DATA_FOLDER_UNUSABLE)],
)
def test_a_disk_that_is_full_or_closed_is_told_as_what_it_is(platform, monkeypatch, number, code):
    def refuse(source, target):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "copy2", refuse)
    version = platform.version("true")
    with pytest.raises(DataFolderError) as caught:
        platform.prepare(version)

    assert caught.value.code == code
    assert os.strerror(number) in caught.value.message
    assert platform.environments.standing(version).reason == caught.value.message


def test_a_bootstrap_that_fills_the_disk_is_told_as_that(platform, monkeypatch):
    version = platform.version("echo no space left on device; exit 1")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 30, 1 << 30, 0))
    with pytest.raises(DataFolderError) as caught:
        platform.prepare(version)

    assert caught.value.code == ErrorCode.DATA_FOLDER_FULL
    assert "the bootstrap exited with status 1" in caught.value.message


def test_output_that_cannot_be_written_does_not_stop_a_bootstrap(platform, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pwrite", refuse)

    assert platform.prepare(platform.version("echo said")).seconds is not None
    assert platform.log() == ""


PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write("greeting.py")
        about = "greeting-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return "greeting-1.0-py3-none-any.whl"
"""

ENTRY_POINT = """
import greeting, sys
from fedml.serving import FedMLPredictor
print(greeting.WORD, sys.prefix != sys.base_prefix, FedMLPredictor.__module__)
"""


def test_what_a_bootstrap_installs_is_there_for_the_model_and_nothing_else_is(tmp_path):
    """With a real environment and its real pip, without a network."""
    platform = Platform(tmp_path, venv_program)
    package = platform.package / "pkg"
    package.mkdir()
    (package / "greeting.py").write_text("WORD = 'aloha'")
    (package / "pyproject.toml").write_text(PROJECT)
    (package / "backend.py").write_text(BACKEND)
    (platform.package / "main_entry.py").write_text(ENTRY_POINT)
    version = platform.version(
        "pip install --quiet --no-index --no-build-isolation ./pkg\npython -c 'import pydantic' && exit 1\ntrue"
    )
    environment = platform.prepare(version)

    launched = subprocess.run(
        [environment.python, str(LOCAL / "launch.py"), str(LOCAL / "standin"), "main_entry.py"],
        cwd=environment.folder,
        env=environment.applied({"PATH": os.environ["PATH"]}),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert launched.stdout == "aloha True fedml.serving.fedml_predictor\n", launched.stderr
    assert platform.log().splitlines()[-1] == "ModuleNotFoundError: No module named 'pydantic'"
    assert platform.living() == []
