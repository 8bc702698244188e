"""A model's entry point runs as `python ENTRY_POINT` would run it, with the stand-in at the very end of its path."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitops.local.replicas

LOCAL = Path(gitops.local.replicas.__file__).parent
STANDIN = LOCAL / "standin"
TIMEOUT_S = 20


def python(*arguments: object, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def launched(entry_point: object, *arguments: object, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    return python(LOCAL / "launch.py", STANDIN, entry_point, *arguments, folder=folder, **environment)


def package(folder: Path, name: str, source: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(source)


@pytest.fixture
def entry_point(tmp_path):
    return tmp_path / "main_entry.py"


def test_the_entry_point_sees_what_it_would_see_without_a_launcher(entry_point):
    entry_point.write_text(
        "import json, sys\n"
        "print(json.dumps([__name__, __file__, sys.argv, sys.path, sys.modules['__main__'].__dict__ is globals()]))\n"
    )
    plain = json.loads(python(entry_point, "--flag", "value", folder=entry_point.parent).stdout)
    seen = json.loads(launched(entry_point, "--flag", "value", folder=entry_point.parent).stdout)

    assert seen[3].pop() == str(STANDIN)
    assert seen == plain


def test_an_entry_point_may_be_named_from_the_folder_it_lies_in(entry_point):
    entry_point.write_text("import neighbour; print(neighbour.WORD)")
    entry_point.with_name("neighbour.py").write_text("WORD = 'aloha'")

    assert launched("main_entry.py", folder=entry_point.parent).stdout == "aloha\n"


def test_modules_beside_the_launcher_are_not_on_the_path(entry_point):
    entry_point.write_text("import launch")

    assert "ModuleNotFoundError: No module named 'launch'" in launched(entry_point, folder=entry_point.parent).stderr


def test_a_model_finds_the_stand_in(entry_point):
    entry_point.write_text("import fedml.serving; print(fedml.serving.__file__)")

    assert launched(entry_point, folder=entry_point.parent).stdout == f"{STANDIN / 'fedml/serving/__init__.py'}\n"


def test_a_real_fedml_in_the_models_environment_wins(entry_point, tmp_path):
    package(tmp_path / "site", "fedml", "print('the real one')")
    entry_point.write_text("import fedml")

    done = launched(entry_point, folder=tmp_path, PYTHONPATH=str(tmp_path / "site"))

    assert done.stdout == "the real one\n"


def test_a_real_fedml_among_the_environments_own_packages_wins(entry_point, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=60)
    [site] = (tmp_path / "venv").glob("lib/python*/site-packages")
    package(site, "fedml", "print('the real one')")
    entry_point.write_text("import fedml")

    done = subprocess.run(
        [tmp_path / "venv/bin/python", LOCAL / "launch.py", STANDIN, entry_point],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )

    assert (done.stdout, done.stderr) == ("the real one\n", "")


def test_an_isolated_interpreter_finds_the_models_own_modules_too(entry_point):
    entry_point.write_text("import neighbour, fedml.serving; print(neighbour.WORD)")
    entry_point.with_name("neighbour.py").write_text("WORD = 'aloha'")

    done = python("-I", LOCAL / "launch.py", STANDIN, entry_point, folder=entry_point.parent)

    assert done.stdout == "aloha\n"


def test_the_launcher_imports_nothing_of_gitops(entry_point):
    entry_point.write_text("import sys; print([name for name in sys.modules if name.startswith('gitops')])")

    assert launched(entry_point, folder=entry_point.parent).stdout == "[]\n"


def test_the_exit_code_of_the_entry_point_is_kept(entry_point):
    entry_point.write_text("import sys; sys.exit(3)")

    assert launched(entry_point, folder=entry_point.parent).returncode == 3


def test_an_import_error_is_a_traceback_of_the_model_alone(entry_point):
    entry_point.write_text("import no_such_module\n")
    done = launched(entry_point, folder=entry_point.parent)

    assert done.returncode == 1
    assert done.stderr == python(entry_point, folder=entry_point.parent).stderr


def test_an_error_deep_in_the_model_is_a_traceback_of_the_model_alone(entry_point):
    entry_point.write_text("def load():\n    raise ValueError('no weights')\n\n\nload()\n")
    done = launched(entry_point, folder=entry_point.parent)

    assert done.returncode == 1
    assert done.stderr == python(entry_point, folder=entry_point.parent).stderr


def test_a_syntax_error_shows_its_line(entry_point):
    entry_point.write_text("print('never')\ndef broken(:\n")
    done = launched(entry_point, folder=entry_point.parent)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == python(entry_point, folder=entry_point.parent).stderr


def test_an_entry_point_that_is_not_there_is_an_error_that_names_it(entry_point):
    done = launched(entry_point, folder=entry_point.parent)

    assert done.returncode == 1
    assert done.stderr == f"FileNotFoundError: [Errno 2] No such file or directory: '{entry_point}'\n"


def test_too_few_arguments_are_told_how_it_is_used(tmp_path):
    done = python(LOCAL / "launch.py", STANDIN, folder=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("usage: python launch.py ")
