"""The command line against a platform that behaves like TensorOpera: what people type, see, and can do wrong."""

import json
import shutil
import signal
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.history import git
from tests.integration.embedded import Embedded, embedded, eventually
from tests.integration.project import Project

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples/tensoropera"


@pytest.fixture
def platform(tmp_path):
    with embedded(tmp_path, behave="tensoropera") as running:
        yield running


@pytest.fixture
def project(tmp_path, platform) -> Project:
    shutil.copytree(EXAMPLE, tmp_path / "aloha", ignore=shutil.ignore_patterns("run.py", "__pycache__"))
    git(tmp_path / "aloha", "init", "--quiet")
    environ = {"GITOPS_VAR_platform": platform.record.url, "FEDML_API_KEY": platform.key}
    return Project(tmp_path / "aloha", environ)


def rows(project: Project) -> dict:
    (row,) = project.json("status", "--json")["endpoints"]
    return row


def findings(done) -> dict[str, str]:
    return {check["subject"]: check["finding"] for check in json.loads(done.stdout)["checks"]}


def test_a_plan_asks_and_changes_nothing(project: Project, platform: Embedded):
    steps = [step["kind"] for step in project.json("plan", "--json")["steps"]]

    assert ["push_model_card", "create_endpoint", "scale"] == steps
    assert (0, ()) == (len(platform.platform.events()), platform.platform.versions(["aloha"])["aloha"])


def test_the_doctor_finds_nothing_wrong_with_a_platform_that_works(project: Project):
    done = project.gitops("doctor", "--json")

    assert 0 == done.returncode
    assert {"reachability": "good", "api key": "good", "operations": "good"}.items() <= findings(done).items()


def test_the_doctor_says_that_a_key_is_wrong(project: Project):
    project.environ["FEDML_API_KEY"] = "s3cr3t-and-wrong"
    done = project.gitops("doctor", "--json")

    assert (77, "good", "bad") == (done.returncode, findings(done)["reachability"], findings(done)["api key"])
    assert "s3cr3t" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes"), ("status",), ("logs", "aloha"), ("import", "aloha")])
def test_a_wrong_key_ends_every_command_with_77_and_is_never_shown(project: Project, words):
    project.environ["FEDML_API_KEY"] = "s3cr3t-and-wrong"
    done = project.gitops(*words)

    assert 77 == done.returncode, done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes"), ("doctor",)])
def test_a_platform_that_is_not_there_ends_a_command_with_69(project: Project, words):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        project.environ["GITOPS_VAR_platform"] = f"http://127.0.0.1:{taken.getsockname()[1]}"

        assert 69 == project.gitops(*words).returncode


def test_an_apply_that_is_killed_is_finished_by_the_next_one(project: Project, platform: Embedded):
    apply = project.begin("apply", "--yes")
    eventually(lambda: platform.platform.events(), bool)
    apply.send_signal(signal.SIGKILL)
    apply.communicate()
    project.good("apply", "--yes")

    assert [] == project.json("plan", "--json")["steps"]
    assert (3, 3) == (rows(project)["replicas"], rows(project)["ready"])


def test_an_update_whose_command_is_killed_goes_on_and_the_next_apply_waits_for_it(project: Project):
    project.good("apply", "--yes")
    project.model("AlohaV2")
    project.edit("aloha/main_entry.py", "import os\n", "import os, time\ntime.sleep(2)\n")
    apply = project.begin("apply", "--yes")
    eventually(lambda: rows(project)["raw_status"], lambda status: status == "DEPLOYING")
    apply.send_signal(signal.SIGKILL)
    apply.communicate()
    project.good("apply", "--yes")

    assert rows(project)["version"].startswith("v1-")
    assert [] == project.json("plan", "--json")["steps"]


def test_ctrl_c_leaves_the_platform_to_finish_and_says_so(project: Project):
    project.good("apply", "--yes")
    project.model("AlohaV2")
    project.edit("aloha/main_entry.py", "import os\n", "import os, time\ntime.sleep(2)\n")
    apply = project.begin("apply", "--yes")
    eventually(lambda: rows(project)["raw_status"], lambda status: status == "DEPLOYING")
    apply.send_signal(signal.SIGINT)
    apply.communicate(timeout=30)

    assert 130 == apply.returncode
    eventually(lambda: rows(project)["raw_status"], lambda status: status == "DEPLOYED")


def test_an_endpoint_that_failed_is_created_anew_from_a_repaired_model(project: Project):
    project.edit("aloha/main_entry.py", "import os\n", "import os, there_is_no_such_module\n")
    failed = project.gitops("apply", "--yes")
    (row,) = project.json("status", "--json")["endpoints"]
    said = project.good("logs", "aloha")
    project.edit("aloha/main_entry.py", "import os, there_is_no_such_module\n", "import os\n")
    project.good("apply", "--yes")

    assert (13, "failed") == (failed.returncode, row["health"])
    assert "there_is_no_such_module" in said
    assert (3, 3) == (rows(project)["replicas"], rows(project)["ready"])


def test_what_is_done_by_hand_is_a_line_until_it_shows(project: Project, platform: Embedded):
    project.good("apply", "--yes")
    policy = "autoscale: {min_replicas: 2, max_replicas: 5, requests_per_replica: 10}\n"
    project.edit("endpoints/aloha.yaml", "replicas: 3\n", policy)
    before = project.gitops("plan", "--detailed-exitcode")
    from gitops.model.autoscale import Autoscale

    wanted = Autoscale(min_replicas=2, max_replicas=5, requests_per_replica=10)
    platform.platform.set_autoscale("aloha", policy=wanted)
    after = project.good("plan")

    assert (0, True) == (before.returncode, "To do by hand" in before.stdout)
    assert "To do by hand" not in after
    assert "No changes" in after


def test_what_was_imported_plans_empty_and_shows_no_secret(project: Project, tmp_path):
    project.write("models/aloha.yaml", "kind: ModelCard\nname: aloha\nspec:\n  workspace: ../aloha\n")
    project.edit(
        "models/aloha.yaml",
        "../aloha\n",
        "../aloha\n  entry_point: main_entry.py\n"
        "  environment_variables: {MY_TOKEN: '${env:MY_TOKEN}', LEVEL: debug}\n",
    )
    project.environ["MY_TOKEN"] = "s3cr3t-value"
    project.good("apply", "--yes")
    other = Project(tmp_path / "other", project.environ)
    other.write("gitops.yaml", (project.folder / "gitops.yaml").read_text().replace("overlays", "# overlays"))
    git(other.folder, "init", "--quiet")
    done = other.gitops("import", "aloha")
    written = "".join(path.read_text() for path in other.folder.rglob("*.yaml"))

    assert (0, True) == (done.returncode, "MY_TOKEN" in done.stderr)
    assert "s3cr3t" not in written + done.stdout + done.stderr
    assert ("${env:MY_TOKEN}" in written, "LEVEL: debug" in written) == (True, True)
    assert ([], []) == (other.json("plan", "--json")["steps"], other.json("plan", "--json")["manual"])
    again = other.gitops("import", "aloha")
    assert (0, "nothing to do: declared already, and ours\n") == (again.returncode, again.stdout)


def test_an_endpoint_that_is_not_there_cannot_be_imported(project: Project):
    done = project.gitops("import", "nobody")

    assert (64, True) == (done.returncode, "there is no endpoint nobody" in done.stderr)


def test_a_policy_that_cannot_be_honoured_is_a_warning_or_an_error(project: Project):
    project.edit("endpoints/aloha.yaml", "replicas: 3\n", "replicas: 3\nrollout: {max_surge: 1}\n")
    warned = project.good("plan")
    project.edit(
        "gitops.yaml",
        "    overlays: [environments/laptop/*.yaml]\n",
        "    strict: true\n    overlays: [environments/laptop/*.yaml]\n",
    )
    refused = project.gitops("plan")

    assert "warning[policy-not-honoured]" in warned
    assert (65, True) == (refused.returncode, "error[policy-not-honoured]" in refused.stderr)


def test_a_probe_is_counted_by_nobody_but_shown(project: Project):
    project.good("apply", "--yes")
    began = time.time()
    (seen,) = project.json("snapshot")["endpoints"]

    assert seen["probe"]["ok"]
    assert 0 < seen["probe"]["latency_ms"] < (time.time() - began) * 1000
    assert (seen["counters"], seen["totals"]) == (None, None)
