"""The command line as its users meet it: real processes, real YAML, the embedded platform behind it."""

import contextlib
import json
import signal
import socket

import httpx
import jsonschema
import pytest

from gitops.local.daemon import running
from gitops.model.schema import json_schema
from tests.integration.embedded import eventually

pytestmark = pytest.mark.slow

FIVE_MISTAKES = """\
kind: Endpoint
name: Aloha
model: alhoa
replcas: 2
replicas: zero
rollout:
  max_surge: 150%
"""


def test_a_plan_has_changes_before_an_apply_and_none_after(project):
    before = project.gitops("plan", "--detailed-exitcode")
    applied = project.gitops("apply", "--yes")
    after = project.gitops("plan", "--detailed-exitcode")

    assert (before.returncode, applied.returncode, after.returncode) == (2, 0, 0)
    assert "+ endpoint aloha" in before.stdout
    assert "Applied: 2 steps done" in applied.stdout
    assert "No changes. 1 endpoint is as declared." in after.stdout


def test_the_story_of_the_tutorial(project):
    project.good("apply", "--yes")
    project.model("AlohaV2")
    planned = project.json("plan", "--json")
    project.good("apply", "--yes")
    project.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 4")
    project.good("apply", "--yes")
    (endpoint,) = project.json("status", "--json")["endpoints"]
    answer = httpx.post(endpoint["url"], json={"x": 1}, headers=project.platform.headers).json()

    assert [step["kind"] for step in planned["steps"]] == ["push_model_card", "roll_out"]
    assert (endpoint["version"], endpoint["ready"], endpoint["health"]) == ("v1", 4, "healthy")
    assert next(iter(answer)).startswith("AlohaV2From")
    assert "| aloha " in project.good("report")


@pytest.mark.parametrize(
    ("words", "schema"), [(("plan", "--json"), "plan"), (("snapshot",), "snapshot"), (("report", "--json"), "report")]
)
def test_what_is_printed_as_json_fits_its_published_schema(project, words, schema):
    project.good("apply", "--yes")

    jsonschema.validate(project.json(*words), json_schema(schema))


def test_every_event_of_an_apply_fits_its_published_schema(project):
    lines = project.good("apply", "--yes", "--json").splitlines()

    for line in lines:
        jsonschema.validate(json.loads(line), json_schema("event"))
    assert json.loads(lines[-1])["outcome"] == "succeeded"


def test_validate_finds_all_mistakes_at_once_each_with_its_place(project):
    project.write("endpoints/aloha.yaml", FIVE_MISTAKES)

    done = project.gitops("validate")
    found = json.loads(project.gitops("validate", "--json").stdout)

    assert done.returncode == 65
    places = {(one["place"]["line"], one["code"]) for one in found["diagnostics"]}
    assert {(2, "invalid-value"), (3, "unknown-card"), (4, "unknown-key"), (5, "wrong-type"), (7, "invalid-value")} <= {
        *places
    }
    assert "endpoints/aloha.yaml:4:1" in done.stderr
    assert "did you mean replicas?" in done.stderr


def test_valid_files_are_said_to_be_valid_and_no_platform_is_started(project):
    assert "valid" in project.good("validate")
    assert running(project.data) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("apply",), "--yes"),
        (("plan", "--env", "production"), "there is: local"),
        (("plan", "--no-such-flag"), "no such option"),
        (("paln",), "no such command"),
        (("plan", "--color", "blue"), "auto, always or never"),
        (("plan", "--var", "team"), "NAME=VALUE"),
        (("report", "--before", "nowhere.json", "--after", "nowhere.json"), "nowhere.json cannot be read"),
        (("report",), "run apply first"),
        (("schema", "nothing"), "there is no schema"),
    ],
)
def test_wrong_usage_ends_with_64_and_says_what_to_do(project, words, said):
    done = project.gitops(*words)

    assert done.returncode == 64
    assert said in done.stderr


def test_an_error_as_json_has_the_number_of_the_exit_code(project):
    done = project.gitops("plan", "--env", "production", "--json")

    error = json.loads(done.stdout)["error"]
    assert (error["exit_code"], error["code"], done.returncode) == (64, "usage", 64)


def test_a_folder_without_a_project_is_wrong_usage(project, tmp_path):
    done = project.gitops("plan", "--project", str(tmp_path))

    assert done.returncode == 64
    assert "there is no gitops.yaml" in done.stderr


@pytest.mark.parametrize(("answer", "health"), [(b"no", "missing"), (b"y", "missing"), (b"yes", "healthy")])
def test_apply_asks_and_takes_only_yes_as_yes(project, answer, health):
    import os
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.folder)
        os.environ["TERM"] = "dumb"
        os.execvp("/bin/sh", ["/bin/sh", "-c", f'"{__import__("sys").executable}" -m gitops apply'])
    shown = b""
    while b"Only yes" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, answer + b"\n")
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while os.read(terminal, 4096):
            pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == 0
    assert project.json("status", "--json")["endpoints"][0]["health"] == health


def test_a_platform_at_a_dead_address_is_unreachable(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        project.edit("gitops.yaml", "{kind: local}", f'{{kind: local, url: "{url}", api_key: "${{env:KEY}}"}}')
        project.environ["KEY"] = "k3y-that-must-not-show"
        done = project.gitops("plan")

    assert done.returncode == 69
    assert "nobody answers at" in done.stderr
    assert "k3y" not in done.stdout + done.stderr


def test_a_wrong_key_is_unauthorized(project):
    status = project.json("platform", "up", "--json")
    project.edit("gitops.yaml", "{kind: local}", f'{{kind: local, url: "{status["url"]}", api_key: "${{env:KEY}}"}}')
    project.environ["KEY"] = "wrong"

    done = project.gitops("plan")

    assert done.returncode == 77
    assert "does not accept the API key" in done.stderr


def test_a_new_version_that_crashes_is_put_back_and_apply_ends_with_14(project):
    project.good("apply", "--yes")
    project.write("aloha/main_entry.py", "import there_is_no_such_module\n")

    done = project.gitops("apply", "--yes")
    (endpoint,) = project.json("status", "--json")["endpoints"]

    assert done.returncode == 14
    assert "there_is_no_such_module" in done.stderr
    assert (endpoint["version"], endpoint["ready"]) == ("v0", 2)


def test_a_first_version_that_crashes_ends_with_13_and_a_second_run_repairs_it(project):
    project.write("aloha/main_entry.py", "import there_is_no_such_module\n")
    failed = project.gitops("apply", "--yes")
    project.model("Repaired")

    project.good("apply", "--yes")

    assert failed.returncode == 13
    assert project.json("status", "--json")["endpoints"][0]["health"] == "healthy"
    assert project.gitops("plan", "--detailed-exitcode").returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_an_apply_and_the_next_one_finishes_it(project, number, code):
    project.good("apply", "--yes")
    slow = "import time\ntime.sleep(2)\n"
    project.model("Slow")
    project.write("aloha/main_entry.py", slow + (project.folder / "aloha/main_entry.py").read_text())
    apply = project.begin("apply", "--yes")
    platform = project.platform.platform
    eventually(lambda: platform.read(["aloha"])["aloha"].rollout, lambda rollout: rollout.version == "v1")

    apply.send_signal(number)
    said = apply.communicate(timeout=60)[1]
    platform.close()

    assert apply.returncode == code
    assert "stopping" in said
    project.good("apply", "--yes")
    assert project.gitops("plan", "--detailed-exitcode").returncode == 0


def test_an_apply_that_was_killed_is_finished_by_the_next_one(project):
    project.good("apply", "--yes")
    project.model("Next")
    apply = project.begin("apply", "--yes")
    platform = project.platform.platform
    eventually(lambda: platform.read(["aloha"])["aloha"].rollout, lambda rollout: rollout.version == "v1")
    apply.kill()
    apply.communicate()
    platform.close()

    project.good("apply", "--yes")

    assert project.gitops("plan", "--detailed-exitcode").returncode == 0
    assert project.json("status", "--json")["endpoints"][0]["version"] == "v1"


def test_a_platform_that_dies_and_returns_during_an_apply_costs_nothing(project):
    project.good("apply", "--yes")
    project.model("Next")
    apply = project.begin("apply", "--yes")
    running_platform = project.platform
    platform = running_platform.platform
    eventually(lambda: platform.read(["aloha"])["aloha"].rollout, lambda rollout: rollout.version == "v1")
    platform.close()

    running_platform.kill()
    project.good("platform", "up")
    apply.communicate(timeout=90)

    assert apply.returncode == 0
    assert project.gitops("plan", "--detailed-exitcode").returncode == 0


def test_a_platform_that_died_is_restarted_by_the_next_command_and_serves_what_it_served(project):
    project.good("apply", "--yes")
    project.platform.kill()

    done = project.gitops("plan", "--detailed-exitcode")

    assert (done.returncode, "started the embedded platform" in done.stderr) == (0, True)
    running_platform = project.platform
    running_platform.until_serving("v0")
    for adapter in running_platform.adapters.values():
        adapter.close()


def test_two_applies_at_once_end_in_one_state(project):
    project.good("apply", "--yes")
    project.model("Next")

    both = [project.begin("apply", "--yes") for _ in range(2)]
    for one in both:
        one.communicate(timeout=90)

    # The second one comes while the first is at work, or has changed what was planned, or when all is done.
    assert {one.returncode for one in both} <= {0, 10, 75}
    assert 0 in {one.returncode for one in both}
    assert project.gitops("plan", "--detailed-exitcode").returncode == 0
    assert project.json("status", "--json")["endpoints"][0]["version"] == "v1"


def test_two_first_commands_at_once_start_one_platform(project):
    both = [project.begin("platform", "up", "--json") for _ in range(2)]
    records = [json.loads(one.communicate(timeout=60)[0]) for one in both]

    assert records[0]["pid"] == records[1]["pid"]


def test_platform_up_status_and_down_tell_where_it_runs_and_never_the_key(project):
    up = project.json("platform", "up", "--json")
    status = project.gitops("platform", "status", "--json")
    key = project.data.api_key()
    down = project.json("platform", "down", "--json")

    assert json.loads(status.stdout) == up
    assert (up["running"], up["data_folder"], down["running"]) == (True, str(project.data.root), False)
    assert key not in status.stdout + status.stderr
    assert (project.data.api_key_file.stat().st_mode & 0o777) == 0o600


def test_a_platform_comes_back_at_the_address_that_it_had(project):
    first = project.json("platform", "up", "--json")["url"]
    project.good("platform", "down")

    assert project.json("platform", "up", "--json")["url"] == first


def test_a_port_in_use_is_a_clear_error(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = project.gitops("platform", "up", "--port", str(taken.getsockname()[1]))

    assert done.returncode == 69
    assert "error[port-in-use]" in done.stderr
    assert "--port N" in done.stderr


def test_a_data_folder_of_another_version_is_refused(project):
    import sqlite3

    project.good("platform", "up")
    project.good("platform", "down")
    database = sqlite3.connect(project.data.database)
    database.execute("PRAGMA user_version = 7")
    database.close()

    done = project.gitops("plan")

    assert done.returncode == 69
    assert "error[data-folder-format]" in done.stderr


def test_a_secret_is_in_no_output_and_a_change_of_it_is_a_new_version(project):
    project.write(
        "models/aloha.yaml",
        "kind: ModelCard\nname: aloha\nspec:\n  workspace: ../aloha\n  entry_point: main_entry.py\n"
        "  environment_variables: {TOKEN: '${env:TOKEN}'}\n",
    )
    project.environ["TOKEN"] = "s3cr3t-one"
    outputs = [project.gitops("plan", "--json"), project.gitops("apply", "--yes"), project.gitops("status", "-v")]
    unchanged = project.gitops("plan", "--detailed-exitcode")
    project.environ["TOKEN"] = "s3cr3t-two"
    changed = project.gitops("plan", "--detailed-exitcode")
    outputs += [changed, project.gitops("apply", "--yes"), project.gitops("snapshot"), project.gitops("report")]

    assert (unchanged.returncode, changed.returncode) == (0, 2)
    assert "secret TOKEN changed" in changed.stdout
    assert project.gitops("plan", "--detailed-exitcode").returncode == 0
    assert not any("s3cr3t" in output.stdout + output.stderr for output in outputs)
    assert "s3cr3t" not in project.data.server_log.read_text()


@pytest.mark.parametrize(
    ("words", "code"), [("validate | (exec <&-; sleep 3); exit ${PIPESTATUS[0]}", 141), ("validate >&- 2>&-", 0)]
)
def test_a_reader_that_goes_away_and_a_stream_that_is_closed_are_no_bug(project, words, code):
    import subprocess
    import sys

    command = f'"{sys.executable}" -m gitops {words}'
    done = subprocess.run(["/bin/bash", "-c", command], cwd=project.folder, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (code, "")


def test_a_platform_whose_record_was_lost_is_found_again(project):
    pid = project.json("platform", "up", "--json")["pid"]
    (project.data.root / "server.json").unlink()

    record = eventually(lambda: running(project.data), lambda record: record is not None)

    assert record.pid == pid


def test_a_platform_whose_folder_was_taken_away_ends_itself_and_its_replicas(project):
    import shutil

    project.good("apply", "--yes")
    platform = project.platform
    shutil.rmtree(project.folder / ".gitops")

    eventually(platform.processes, lambda processes: processes == [])


def test_apply_leaves_its_two_snapshots_and_report_takes_any_two(project):
    project.good("apply", "--yes")
    folder = project.folder / ".gitops/local/last-apply"
    kept = [folder / "before.json", folder / "after.json"]

    told = project.json("report", "--json", "--before", str(kept[0]), "--after", str(kept[1]))

    assert [path.exists() for path in kept] == [True, True]
    assert told == project.json("report", "--json")


def test_nothing_of_ours_shows_in_the_user_s_git(project):
    import subprocess

    subprocess.run(["git", "init", "-q"], cwd=project.folder, check=True)
    project.good("apply", "--yes")
    status = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ".gitops" not in status.stdout


def test_help_names_every_command_and_the_version_is_told(project):
    help_text = project.good("--help")

    assert all(word in help_text for word in ("validate", "plan", "apply", "status", "snapshot", "report", "platform"))
    assert project.good("--version").startswith("gitops ")
