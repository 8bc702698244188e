import subprocess
import sys

import pytest

from gitops.diagnostics import Code, Place, Severity, error
from gitops.model.card import short_digest
from gitops.model.secret import Secret
from gitops.sources.hashes import HashCache
from gitops.sources.project import FileSource, find_project
from tests.unit.sources.projects import CARD, CONFIG, ENDPOINT, PROJECT, codes, load, places, write


def git(root, *command):
    subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)


def test_a_project_is_found_from_a_folder_below(tmp_path):
    write(tmp_path)

    assert find_project(tmp_path / "aloha" / "src") == tmp_path.resolve()


def test_a_project_is_not_looked_for_above_the_work_tree(tmp_path):
    write(tmp_path)
    (tmp_path / "aloha" / ".git").mkdir()

    assert find_project(tmp_path / "aloha" / "src") is None


def test_without_a_project_there_is_none(tmp_path):
    assert find_project(tmp_path) is None


def test_a_folder_without_a_project_is_one_diagnostic(tmp_path):
    loaded = load(tmp_path)

    assert codes(loaded) == ["project-not-found"]
    assert (loaded.project, loaded.environment, loaded.desired) == (None, None, None)


def test_everything_that_is_declared_is_desired(tmp_path):
    desired = load(write(tmp_path)).desired

    assert (desired.project, desired.environment) == ("shop", "local")
    assert list(desired.cards) == ["aloha"]
    assert desired.endpoints["aloha"].endpoint.replicas == 2
    assert desired.endpoints["aloha"].digest == desired.cards["aloha"].digest


def test_a_card_has_its_configuration_and_its_files(tmp_path):
    card = load(write(tmp_path)).desired.cards["aloha"]

    assert card.spec.entry_point == "main.py"
    assert [entry.path for entry in card.files] == ["main.py"]
    assert card.root == str(tmp_path / "aloha" / "src")
    assert card.digest.startswith("sha256:")
    assert len(short_digest(card.digest)) == 19


def test_a_version_that_the_platform_named_has_no_digest_and_its_card_is_not_hashed(tmp_path):
    desired = load(write(tmp_path, {"endpoints.yaml": ENDPOINT + "version: v3\n"})).desired

    assert desired.endpoints["aloha"].digest is None
    assert (desired.cards["aloha"].files, desired.cards["aloha"].digest) == ((), "")


def test_a_card_that_is_not_hashed_is_still_looked_at(tmp_path):
    loaded = load(
        write(tmp_path, {"endpoints.yaml": ENDPOINT + "version: v3\n", "aloha/config.yaml": "workspace: no\n"})
    )

    assert codes(loaded) == ["workspace-missing"]


def test_the_places_of_an_endpoint_are_those_of_its_keys(tmp_path):
    endpoint = load(write(tmp_path)).desired.endpoints["aloha"]

    assert endpoint.place("replicas") == Place(file="endpoints.yaml", line=4, column=1)
    assert endpoint.place("version") == Place(file="endpoints.yaml", line=1, column=1)


def test_a_later_diagnostic_gets_its_excerpt(tmp_path):
    loaded = load(write(tmp_path))
    found = error(Code.NO_ROLLOUT_ROOM, "no room", Place(file="endpoints.yaml", line=4, column=1))

    assert loaded.excerpt(found).excerpt == ("replicas: 2",)
    assert loaded.excerpt(error(Code.NO_ROLLOUT_ROOM, "no room")).excerpt == ()


def test_cards_and_endpoints_may_stand_in_gitops_yaml(tmp_path):
    project = (
        PROJECT.replace("[cards.yaml, endpoints.yaml]", "['*.yaml']")
        + "---\n"
        + ENDPOINT.replace("name: aloha", "name: b")
    )

    assert list(load(write(tmp_path, {"gitops.yaml": project})).desired.endpoints) == ["b", "aloha"]


def test_a_spec_is_relative_to_its_own_file(tmp_path):
    card = "kind: ModelCard\nname: aloha\nspec: {workspace: src, entry_point: main.py}\n"
    project = PROJECT.replace("cards.yaml", "aloha/card.yaml")

    loaded = load(write(tmp_path, {"gitops.yaml": project, "aloha/card.yaml": card}))

    assert loaded.desired.cards["aloha"].root == str(tmp_path / "aloha" / "src")


def test_a_workspace_may_lie_beside_the_project_in_the_same_repository(tmp_path):
    write(tmp_path / "ops", {"aloha/config.yaml": CONFIG.replace("src", "../../model")})
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "main.py").write_text("x")

    assert codes(load(tmp_path / "ops")) == ["workspace-outside"]
    git(tmp_path, "init", "--quiet")
    assert [code for code in codes(load(tmp_path / "ops")) if code != "untracked-files"] == []


def test_environments_are_named_as_far_as_they_can_be_read(tmp_path):
    project = PROJECT + "  production: {platform: 3}\nname: again\n"

    assert FileSource(write(tmp_path, {"gitops.yaml": project})).environments() == (("local", "production"), None)


def test_the_only_environment_is_the_default(tmp_path):
    assert FileSource(write(tmp_path)).environments() == (("local",), "local")


def test_the_default_environment_is_the_declared_one(tmp_path):
    project = PROJECT + "  b:\n    platform: {kind: local}\ndefault_environment: b\n"

    assert FileSource(write(tmp_path, {"gitops.yaml": project})).environments() == (("local", "b"), "b")


@pytest.mark.parametrize("text", ["", "{", "- 1\n", "kind: Project\n", "kind: Project\nenvironments: 3\n"])
def test_an_unreadable_project_has_no_environments(tmp_path, text):
    assert FileSource(write(tmp_path, {"gitops.yaml": text})).environments() == ((), None)


def test_a_folder_without_a_project_has_no_environments(tmp_path):
    assert FileSource(tmp_path).environments() == ((), None)


VARIABLES = PROJECT.replace("{kind: local}\n", "{kind: local}\n    variables: {n: 3}\n") + "variables: {n: 2}\n"
SCALED = {"gitops.yaml": VARIABLES, "endpoints.yaml": ENDPOINT.replace("2", "${var:n}")}


@pytest.mark.parametrize(
    ("outside", "replicas"),
    [
        ({}, 3),
        ({"environ": {"GITOPS_VAR_n": "4"}}, 4),
        ({"environ": {"GITOPS_VAR_n": "4"}, "variables": {"n": "5"}}, 5),
    ],
)
def test_the_nearest_value_of_a_variable_counts(tmp_path, outside, replicas):
    assert load(write(tmp_path, SCALED), **outside).desired.endpoints["aloha"].endpoint.replicas == replicas


def test_the_key_of_a_platform_may_come_from_the_environment(tmp_path):
    project = PROJECT.replace("{kind: local}", '{kind: local, api_key: "${env:KEY}"}')

    loaded = load(write(tmp_path, {"gitops.yaml": project}), environ={"KEY": "hunter2"})

    assert loaded.environment.platform.api_key == Secret("hunter2", "KEY")


def test_the_key_of_another_environment_is_not_needed(tmp_path):
    project = PROJECT + '  b:\n    platform: {kind: local, api_key: "${env:KEY}"}\n'
    root = write(tmp_path, {"gitops.yaml": project})

    assert codes(load(root)) == []
    assert codes(load(root, "b")) == ["env-not-set"]


def test_the_value_of_a_secret_is_in_no_diagnostic(tmp_path):
    card = """\
kind: ModelCard
name: aloha
spec:
  workspace: 3
  environment_variables: {TOKEN: "${env:TOKEN}"}
  authentication_token: ${env:TOKEN}
  entry_point: [x]
"""
    loaded = load(write(tmp_path, {"cards.yaml": card}), environ={"TOKEN": "hunter2"})

    assert codes(loaded) == ["wrong-type", "wrong-type"]
    assert "hunter2" not in repr(loaded)


OVERLAID = PROJECT.replace("{kind: local}\n", "{kind: local}\n    overlays: [over/*.yaml]\n")


def test_overlays_count_in_their_environment_only(tmp_path):
    files = {
        "gitops.yaml": OVERLAID + "  b:\n    platform: {kind: local}\n",
        "over/1.yaml": "kind: Endpoint\nname: aloha\nreplicas: 5\n",
    }
    root = write(tmp_path, files)

    assert load(root).desired.endpoints["aloha"].endpoint.replicas == 5
    assert load(root, "b").desired.endpoints["aloha"].endpoint.replicas == 2


def test_of_several_overlays_the_last_file_wins(tmp_path):
    files = {
        "gitops.yaml": OVERLAID,
        "over/1.yaml": "kind: Endpoint\nname: aloha\nreplicas: 5\nrollout: {max_surge: 2}\n",
        "over/2.yaml": "kind: Endpoint\nname: aloha\nreplicas: 6\n",
    }
    endpoint = load(write(tmp_path, files)).desired.endpoints["aloha"]

    assert endpoint.endpoint.replicas == 6
    assert endpoint.endpoint.rollout.max_surge == 2
    assert str(endpoint.place("replicas")) == "over/2.yaml:3:1"


def test_null_in_an_overlay_brings_back_the_default(tmp_path):
    files = {"gitops.yaml": OVERLAID, "over/1.yaml": "kind: Endpoint\nname: aloha\nreplicas: null\n"}

    assert load(write(tmp_path, files)).desired.endpoints["aloha"].endpoint.replicas == 1


def test_files_that_git_does_not_keep_are_a_warning_of_their_card(tmp_path):
    root = write(tmp_path, {f"aloha/src/{name}.bin": "x" for name in "abcd"})
    git(root, "init", "--quiet")
    git(root, "add", "aloha/src/main.py")

    loaded = load(root)

    assert [(found.severity, found.code) for found in loaded.diagnostics] == [(Severity.WARNING, Code.UNTRACKED_FILES)]
    assert loaded.diagnostics[0].summary == (
        "model card aloha holds 4 files that are not in git: a.bin, b.bin, c.bin and 1 more"
    )
    assert places(loaded) == ["aloha/config.yaml:1:12"]
    assert loaded.desired is not None


def test_a_card_whose_files_git_keeps_has_no_warning(tmp_path):
    root = write(tmp_path)
    git(root, "init", "--quiet")
    git(root, "add", ".")

    assert codes(load(root)) == []


def test_loading_leaves_the_project_as_it_was_but_for_our_own_folder(tmp_path):
    root = write(tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    load(root)

    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".gitops" not in path.parts}
    assert after == before


def test_a_pointer_of_git_lfs_can_be_planned(tmp_path):
    oid = "4665a5ea423c2713d436b5ee50593a9640e0018c1550b5a0002f74190d6caea8"
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n"

    card = load(write(tmp_path, {"aloha/src/weights.bin": pointer})).desired.cards["aloha"]

    assert card.pointers == ("weights.bin",)
    assert [entry.sha256 for entry in card.files if entry.path == "weights.bin"] == [oid]


def test_two_cards_may_share_a_workspace_and_differ_by_configuration(tmp_path):
    cards = CARD + "---\nkind: ModelCard\nname: other\nspec: {workspace: aloha/src, entry_point: main.py, port: 8080}\n"
    endpoints = ENDPOINT + "---\n" + ENDPOINT.replace("aloha", "other")

    desired = load(write(tmp_path, {"cards.yaml": cards, "endpoints.yaml": endpoints})).desired

    assert desired.cards["aloha"].files == desired.cards["other"].files
    assert desired.cards["aloha"].digest != desired.cards["other"].digest


@pytest.mark.parametrize("key", ["config", "spec"])
def test_a_path_that_leads_in_a_circle_is_a_diagnostic(tmp_path, key):
    path = {"config": "loop/config.yaml", "spec": "{workspace: loop/src}"}[key]
    root = write(tmp_path, {"cards.yaml": f"kind: ModelCard\nname: aloha\n{key}: {path}\n"})
    (root / "loop").symlink_to("loop")

    assert len(codes(load(root))) == 1


def test_a_file_that_goes_while_it_is_hashed_is_a_diagnostic(tmp_path, monkeypatch):
    def entries(self, files):
        raise FileNotFoundError(2, "No such file or directory", "main.py")

    monkeypatch.setattr(HashCache, "entries", entries)
    loaded = load(write(tmp_path))

    assert codes(loaded) == ["file-unreadable"]
    assert loaded.desired is None


def test_links_that_leave_the_project_are_diagnostics(tmp_path):
    root = write(tmp_path / "p")
    (root / "aloha" / "src" / "passwords").symlink_to("/etc/passwd")
    (tmp_path / "e.yaml").write_text(ENDPOINT)
    (root / "endpoints.yaml").unlink()
    (root / "endpoints.yaml").symlink_to(tmp_path / "e.yaml")

    assert codes(load(root)) == ["symlink-outside", "symlink-outside"]


def test_a_configuration_file_behind_a_link_out_of_the_project_is_a_diagnostic(tmp_path):
    root = write(tmp_path / "p")
    (tmp_path / "c.yaml").write_text(CONFIG)
    (root / "aloha" / "config.yaml").unlink()
    (root / "aloha" / "config.yaml").symlink_to(tmp_path / "c.yaml")

    assert codes(load(root)) == ["invalid-value"]


def test_a_file_that_is_too_large_is_a_diagnostic(tmp_path):
    assert codes(load(write(tmp_path, {"endpoints.yaml": "#" * (5 * 1024 * 1024 + 1)}))) == ["too-large"]


def test_git_and_pathspec_are_not_imported_without_need(tmp_path):
    write(tmp_path)
    program = (
        "import sys; from pathlib import Path; from gitops.sources.project import FileSource;"
        f"FileSource(Path({str(tmp_path)!r})).load('local');"
        "print(sorted({'git', 'pathspec', 'httpx', 'rich', 'deepdiff'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
