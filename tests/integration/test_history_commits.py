"""Other commits: as a base, to go back to, for a version; and plans that were made elsewhere.

Real YAML and real git, a fake platform.
"""

import pytest

from gitops.diagnostics import Code, InputError
from gitops.errors import ErrorCode, ExitCode, PlanUnusable, UsageError
from gitops.model.guard import Allowance
from gitops.workflows.planfile import ask_of, parse_plan, refuse_foreign
from tests.history import git, isolate
from tests.integration.gitshop import GitShop, make_shop

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


@pytest.fixture
def shop(tmp_path) -> GitShop:
    """One endpoint, committed and applied."""
    shop = make_shop(tmp_path / "repository")
    assert shop.apply().result.exit_code is ExitCode.DONE
    return shop


# Other commits.


@pytest.fixture
def broken(shop: GitShop) -> str:
    """A commit whose YAML is broken; the files that lie here are good again."""
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: [2")
    shop.edit("models/aloha.yaml", "name: aloha", "name: [aloha")
    commit = shop.commit("Broken")
    shop.edit("endpoints/aloha.yaml", "replicas: [2", "replicas: 3")
    shop.edit("models/aloha.yaml", "name: [aloha", "name: aloha")
    shop.commit("Mended")
    return commit


def test_a_base_whose_yaml_is_broken_is_named_with_what_is_wrong(shop: GitShop, broken):
    with pytest.raises(InputError) as raised:
        shop.plan(base=broken)

    assert f"commit {broken[:12]}, which --base {broken} names" in raised.value.message
    assert "endpoints/aloha.yaml" in str(raised.value.diagnostics[0].place)


def test_going_back_to_a_commit_whose_yaml_is_broken_writes_nothing(shop: GitShop, broken):
    calls = len(shop.platform.writes)

    with pytest.raises(InputError, match=f"the files of commit {broken[:12]} cannot be used"):
        shop.revert(broken)
    assert calls == len(shop.platform.writes)


def test_a_version_of_a_commit_whose_yaml_is_broken_is_a_mistake_with_a_place(shop: GitShop, broken):
    shop.edit("endpoints/aloha.yaml", "model: aloha", f"model: aloha\nversion: commit:{broken}")
    shop.edit("endpoints/aloha.yaml", "name: aloha", "name: other")

    with pytest.raises(InputError) as raised:
        shop.plan()
    (found,) = raised.value.diagnostics
    assert ("endpoints/aloha.yaml", 4) == (found.place.file, found.place.line)
    assert (Code.COMMIT_UNUSABLE, True) == (found.code, broken in found.summary)


@pytest.mark.parametrize("revision", ["nothing", "-x", "", "HEAD:gitops.yaml", "HEAD^{tree}", "a\nb", "@{u}", "--all"])
def test_what_is_no_commit_is_a_mistake_wherever_it_is_named(shop: GitShop, revision):
    for work in (lambda: shop.plan(base=revision), lambda: shop.revert(revision), lambda: shop.branch_back(revision)):
        with pytest.raises(UsageError):
            work()


def test_a_revert_by_number_brings_back_what_was_declared_and_holds_the_rest(shop: GitShop):
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    shop.commit("Three")
    shop.apply()

    applied = shop.revert("1")

    assert (ExitCode.DONE, 2) == (applied.result.exit_code, shop.platform.live("aloha").replicas)
    assert ([], ["replicas"]) == ([*shop.plan().steps], [held.field for held in shop.plan().held])
    assert shop.message().startswith("Revert 3 of local deployment 1 succeeded")


def test_a_branch_that_goes_back_has_the_files_of_then(shop: GitShop):
    first = git(shop.folder, "rev-parse", "HEAD")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    shop.commit("Three")

    branch, commit = shop.branch_back("1")

    assert commit == git(shop.folder, "rev-parse", branch)
    assert git(shop.folder, "rev-parse", f"{first}^{{tree}}") == git(shop.folder, "rev-parse", f"{commit}^{{tree}}")
    assert git(shop.folder, "rev-parse", "HEAD") == git(shop.folder, "rev-parse", f"{commit}^")


# Plans as files.


def test_a_plan_of_another_repository_folder_or_environment_is_refused(shop: GitShop, tmp_path):
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    written = parse_plan(shop.plan().model_dump_json().encode(), "plan.json")
    strangers = make_shop(tmp_path / "strangers")
    git(strangers.folder, "commit", "--quiet", "--amend", "-m", "Another beginning")
    beside = make_shop(tmp_path / "repository", "beside")
    renamed = make_shop(tmp_path / "renamed", name="renamed")

    for folder, environment, words in (
        (strangers, None, "the plan was made in another repository"),
        (beside, None, "made for the project in the top of this repository, and this one is in beside"),
        (shop, "production", "the plan is for environment local, not for production"),
    ):
        with folder.edges() as edges, pytest.raises(PlanUnusable, match=words) as raised:
            ask_of(written, environment, Allowance(), edges.repository)
        assert ErrorCode.PLAN_FILE is raised.value.code
    with pytest.raises(PlanUnusable, match="the plan is of project aloha, and this one is renamed"):
        refuse_foreign(written, renamed.plan())
    with shop.edges() as edges:
        assert (
            written.fingerprint == shop.plan(base=ask_of(written, None, Allowance(), edges.repository).base).fingerprint
        )


def test_the_same_clone_elsewhere_is_the_same_repository(shop: GitShop, tmp_path):
    git(tmp_path, "clone", "--quiet", str(shop.folder), "elsewhere")
    written = shop.plan()

    with GitShop(tmp_path / "elsewhere", shop.platform).edges() as edges:
        ask_of(written, None, Allowance(), edges.repository)
