import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitops.errors import UsageError
from gitops.sources.project import FileSource
from tests.unit.sources.projects import CARD, CONFIG, ENDPOINT, PROJECT, codes, load, places, write

COMMIT = "1f2e3d4"
ASKS = ENDPOINT + f"version: commit:{COMMIT}\n"


class Commits:
    """Folders by commit, laid out as a repository would do it: each in a copy with a `.git` at its top."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.laid_out: list[str] = []
        self.open: list[Path] = []

    def add(self, commit, files=None, remove=()):
        root = write(self.folder / "kept" / commit, files)
        for name in remove:
            (root / name).unlink()

    @contextmanager
    def at(self, commit):
        if not (self.folder / "kept" / commit).exists():
            raise UsageError(f"there is no commit {commit}", hint="git fetch, or correct it")
        self.laid_out.append(commit)
        copy = self.folder / f"laid-out-{len(self.laid_out)}"
        shutil.copytree(self.folder / "kept" / commit, copy)
        (copy / ".git").touch()
        self.open.append(copy)
        yield copy
        self.open.remove(copy)
        shutil.rmtree(copy)


@pytest.fixture
def commits(tmp_path):
    return Commits(tmp_path)


@pytest.fixture
def root(tmp_path):
    return write(tmp_path / "project", {"endpoints.yaml": ASKS})


def source(root, commits, **outside):
    return FileSource(root, outside.get("variables", {}), outside.get("environ", {}), earlier=commits.at)


def test_a_version_by_commit_is_the_card_as_its_files_were_then(root, commits):
    commits.add(COMMIT, {"aloha/src/main.py": "print('older')\n"})

    desired = source(root, commits).load("local").desired

    digest = desired.endpoints["aloha"].digest
    older = desired.content("aloha", digest)
    assert desired.earlier == {digest: older}
    assert (Path(older.root) / "main.py").read_text() == "print('older')\n"
    write(root, {"aloha/src/main.py": "print('older')\n", "endpoints.yaml": ENDPOINT})
    assert load(root).desired.cards["aloha"].digest == digest


def test_the_card_as_it_lies_here_is_not_hashed_for_it(root, commits):
    commits.add(COMMIT)

    assert source(root, commits).load("local").desired.cards["aloha"].digest == ""


def test_the_places_of_an_earlier_card_are_not_taken_for_places_of_today(root, commits):
    commits.add(COMMIT)

    (card,) = source(root, commits).load("local").desired.earlier.values()

    assert card.place("entry_point") is None


def test_a_commit_is_laid_out_once_however_many_endpoints_and_loads_ask_for_it(root, commits):
    commits.add(COMMIT)
    write(root, {"endpoints.yaml": f"{ASKS}---\n{ASKS.replace('name: aloha', 'name: second')}"})
    both = source(root, commits)

    desired = both.load("local").desired
    again = both.load("local").desired

    assert commits.laid_out == [COMMIT]
    assert desired.endpoints["aloha"].digest == desired.endpoints["second"].digest == again.endpoints["aloha"].digest


def test_the_folder_stays_until_the_source_is_closed(root, commits):
    commits.add(COMMIT)
    loaded = source(root, commits)
    (card,) = loaded.load("local").desired.earlier.values()

    assert Path(card.root).is_dir()
    loaded.close()
    assert not Path(card.root).exists()
    assert commits.open == []


def test_a_closed_source_lays_out_again_when_it_is_asked_again(root, commits):
    commits.add(COMMIT)
    loaded = source(root, commits)
    loaded.load("local")
    loaded.close()

    (card,) = loaded.load("local").desired.earlier.values()

    assert Path(card.root).is_dir()
    loaded.close()


def test_variables_secrets_and_overlays_count_for_the_card_then(root, commits):
    project = PROJECT + "    overlays: [local.yaml]\n    variables: {level: quiet}\n"
    spec = (
        "kind: ModelCard\nname: aloha\nspec:\n  workspace: aloha/src\n  entry_point: main.py\n"
        "  environment_variables: {LEVEL: '${var:level}', TOKEN: '${env:TOKEN}'}\n"
    )
    overlay = "kind: ModelCard\nname: aloha\nspec: {port: 9000}\n"
    commits.add(COMMIT, {"gitops.yaml": project, "cards.yaml": spec, "local.yaml": overlay})

    loaded = source(root, commits, variables={"level": "loud"}, environ={"TOKEN": "hunter2"}).load("local")
    (card,) = loaded.desired.earlier.values()

    assert card.spec.port == 9000
    assert card.spec.environment_variables["LEVEL"].reveal() == "loud"
    assert card.spec.environment_variables["TOKEN"].reference == "TOKEN"


def test_an_environment_that_was_not_there_then_gives_what_counts_in_all(root, commits):
    commits.add(COMMIT, {"gitops.yaml": PROJECT.replace("local:", "first:")})

    assert source(root, commits).load("local").diagnostics == ()


def test_what_else_was_wrong_then_does_not_matter(root, commits):
    files = {
        "gitops.yaml": PROJECT + "    no_such_key: 1\n",
        "endpoints.yaml": "kind: Endpoint\nname: aloha\nmodel: gone\nreplicas: many\n---\n{",
    }
    commits.add(COMMIT, files)

    assert source(root, commits).load("local").diagnostics == ()


@pytest.mark.parametrize(
    ("files", "remove", "says", "hint"),
    [
        ({"cards.yaml": CARD.replace("aloha", "hello", 1)}, (), "model card aloha was not there", "name a commit that"),
        ({}, ("gitops.yaml",), "there was no gitops.yaml then", "name another commit"),
        (
            {"aloha/config.yaml": CONFIG + "port: 0\n"},
            (),
            "port must be at least 1, not 0 (aloha/config.yaml:3:7)",
            "there: the port that",
        ),
        ({"aloha/config.yaml": "{"}, (), "this is not valid YAML: ", "there: "),
        ({}, ("aloha/src/main.py",), "the entry point main.py of model card aloha does not exist", "there: check the"),
        ({"cards.yaml": "kind: ModelCard\nname: aloha\nspec: {workspace: '${var:x}'}\n"}, (), "no variable x", "there"),
        ({"cards.yaml": CARD + "- x\n"}, (), "this is not valid YAML", "there: "),
        ({"cards.yaml": CARD + "port: 3\n"}, (), "the key port is not known", "there: "),
    ],
)
def test_a_commit_that_gives_no_card_is_told_at_the_version(root, commits, files, remove, says, hint):
    commits.add(COMMIT, files, remove)

    loaded = source(root, commits).load("local")

    assert (codes(loaded), places(loaded)) == (["commit-unusable"], ["endpoints.yaml:5:10"])
    (found,) = loaded.diagnostics
    assert found.summary.startswith(f"endpoint aloha asks for commit {COMMIT}, which cannot be used: ")
    assert says in found.summary
    assert found.hint.startswith(hint)
    assert loaded.desired is None


def test_a_commit_that_is_not_there_is_told_at_every_endpoint_that_names_it(root, commits):
    write(root, {"endpoints.yaml": f"{ASKS}---\n{ASKS.replace('name: aloha', 'name: second')}"})

    loaded = source(root, commits).load("local")

    assert places(loaded) == ["endpoints.yaml:5:10", "endpoints.yaml:11:10"]
    assert loaded.diagnostics[0].summary.endswith("which cannot be used: there is no commit 1f2e3d4")
    assert loaded.diagnostics[0].hint == "git fetch, or correct it"


def test_without_git_no_commit_can_be_read(root):
    loaded = load(root)

    assert codes(loaded) == ["commit-unusable"]
    assert loaded.diagnostics[0].summary.endswith("the project is in no git repository")


def test_a_workspace_that_left_the_repository_then_is_refused(root, commits):
    commits.add(COMMIT, {"aloha/config.yaml": "workspace: ../../elsewhere\nentry_point: main.py\n"})
    (commits.folder / "elsewhere").mkdir()

    (found,) = source(root, commits).load("local").diagnostics

    assert "lies outside the repository" in found.summary


def test_a_version_by_digest_has_no_digest_yet_but_its_card_is_hashed(root):
    desired = load(write(root, {"endpoints.yaml": ENDPOINT + "version: sha256:1f2e3d4\n"})).desired

    assert desired.endpoints["aloha"].digest is None
    assert desired.cards["aloha"].digest.startswith("sha256:")
