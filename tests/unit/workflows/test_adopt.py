"""What an import writes over a project on disk, and that the plan after it is empty."""

from pathlib import Path

import pytest

from gitops.errors import Rejected, UsageError
from gitops.model.autoscale import Autoscale
from gitops.model.resource import Resource
from gitops.planning.adoption import endpoint_document
from gitops.ports import PushedCard
from gitops.sources.drafts import FolderDrafts
from gitops.sources.project import FileSource
from gitops.views.words import PlainWords
from gitops.workflows.adopt import Wish, adopt
from gitops.workflows.adoption import Clerk
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import prepare
from gitops.workflows.recording import Scribe
from tests.builders import WHOLE, make_card
from tests.fakes.clock import FakeClock
from tests.fakes.history import ADA, FakeHistory, FakeRepository
from tests.fakes.whole import FakeWholePlatform

PROJECT = """\
kind: Project
name: fleet
include: {include}
environments:
  tenant:
    platform:
      kind: tensoropera
      url: https://open.example.com
      api_key: secret-key
"""
DEVICES = Resource(type="on_premise", master="101", workers=("102", "9223372036854775807"))
NEWEST = "v0-Tue Nov 24 08:00:00 GMT 2026"
CONFIG = {
    "workspace": "./",
    "entry_point": "main_entry.py",
    "environment_variables": {"LEVEL": "debug", "HF_TOKEN": "hunter2222", "GREETING": "from-vault", "EMPTY_KEY": ""},
    "registry_specs": {"registry_user_password": "hunter3333"},
    "authentication_token": "hunter4444",
    "bootstrap": "export TOKEN=hunter2222",
    "description": "no version of fedml reads this",
    "job": "echo ${HOME}",
    "memory": None,
}


class Archive:
    """Hands out one card, with a package of one file."""

    def __init__(self, config=CONFIG):
        self.card = PushedCard("aloha", NEWEST, dict(config), "https://packages.example.com/a.zip", ("GREETING",))
        self.broken = False

    def pushed_card(self, model):
        return self.card if model == self.card.model else None

    def fetch_package(self, card, into):
        if self.broken:
            raise Rejected("the package of model card aloha cannot be fetched: HTTP 403")
        (into / "main_entry.py").write_text("print('aloha')\n")


class Desk:
    """A project with nothing in it, and an endpoint that somebody clicked together."""

    def __init__(self, root: Path, include: str = "[models/*.yaml, endpoints/*.yaml]"):
        self.root = root
        (root / "gitops.yaml").write_text(PROJECT.format(include=include))
        self.clock = FakeClock()
        self.platform = FakeWholePlatform(self.clock)
        self.archive = Archive()
        self.history = FakeHistory(clock=self.clock)
        self.environ: dict[str, str] = {}
        self.put("aloha")

    def put(self, name, model="aloha"):
        version = self.platform.push(make_card(model), Path("nowhere")).name
        self.platform.create(
            name,
            model=model,
            version=version,
            replicas=None,
            gpus_per_replica=0,
            resource=DEVICES,
            progress_deadline_s=60,
        )
        self.clock.sleep(30)
        self.platform.scale(name, replicas=3)
        self.clock.sleep(30)

    def adopt(self, *endpoints, archive=True, workspace=None, folder=""):
        wish = Wish(endpoints or ("aloha",), workspace, folder)
        cards = self.archive if archive else None
        return adopt(self.edges, lambda _: cards, FolderDrafts(self.root), None, wish, self.clerk)

    @property
    def clerk(self):
        return Clerk(Scribe(PlainWords(), ADA, "0.0.1"), self.clock, "gitops import aloha")

    @property
    def edges(self):
        return Edges(
            source=self.source,
            source_at=lambda folder: FileSource(folder, environ=self.environ),
            connect=lambda _: self.platform,
            traits_of=lambda _: WHOLE,
            history_of=lambda *_: self.history,
            repository=FakeRepository(),
        )

    @property
    def source(self):
        return FileSource(self.root, environ=self.environ)

    def plan(self):
        return prepare(self.edges, Ask()).plan

    def written(self):
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file() and path.name != "gitops.yaml" and ".gitops" not in path.parts
        )


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def set_variables(desk, imported):
    desk.environ |= dict.fromkeys(imported.variables, "a value")


def test_an_imported_endpoint_plans_empty(desk):
    imported = desk.adopt()
    set_variables(desk, imported)

    assert desk.plan().steps == ()
    assert desk.plan().manual == ()
    assert desk.written() == ["aloha/main_entry.py", "endpoints/aloha.yaml", "models/aloha.yaml"]
    assert imported.files == ("endpoints/aloha.yaml", "models/aloha.yaml", "aloha")
    assert imported.unseen == ()
    assert imported.mistakes == ()


def test_an_endpoint_is_written_as_it_runs(desk):
    desk.adopt()

    assert (desk.root / "endpoints/aloha.yaml").read_text() == (
        "kind: Endpoint\nname: aloha\nmodel: aloha\nversion: v0\nreplicas: 3\ngpus_per_replica: 1\nresource:\n"
        "  type: on_premise\n  master: '101'\n  workers:\n    - '102'\n    - '9223372036854775807'\n"
    )


def test_no_secret_is_written_and_every_one_gets_a_name(desk):
    imported = desk.adopt()

    text = (desk.root / "models/aloha.yaml").read_text()
    assert "hunter" not in text
    assert "from-vault" not in text
    assert imported.variables == (
        "HF_TOKEN",
        "GREETING",
        "ALOHA_REGISTRY_SPECS_REGISTRY_USER_PASSWORD",
        "ALOHA_AUTHENTICATION_TOKEN",
    )
    assert "LEVEL: debug\n" in text
    assert "EMPTY_KEY: ''\n" in text
    assert "job: echo $${HOME}\n" in text


def test_what_is_left_out_is_said_in_the_file_and_to_who_asked(desk):
    imported = desk.adopt()

    said = "\n".join(imported.remarks)
    assert "models/aloha.yaml: left out, because no version of fedml reads it: description" in said
    assert "models/aloha.yaml: left out, because it holds the value of a secret: bootstrap" in said
    assert (
        "# left out, because it holds the value of a secret: bootstrap\n"
        in (desk.root / "models/aloha.yaml").read_text()
    )


def test_a_foreign_key_cannot_add_to_the_file(desk):
    desk.archive = Archive({"entry_point": "main_entry.py", "x\nkind: Project\r\u2028name: mine": 1})

    desk.adopt()

    lines = (desk.root / "models/aloha.yaml").read_text().splitlines()
    assert sum(line.startswith("kind:") for line in lines) == 1
    assert desk.plan().steps == ()


def test_files_of_a_newer_version_than_the_one_that_runs_are_said_to_be_so(desk):
    desk.archive.card = PushedCard("aloha", "v4-today", {"entry_point": "main_entry.py"}, "https://a.example/z")

    imported = desk.adopt()

    assert imported.remarks == (
        f"models/aloha.yaml: configuration and files are those of v4-today; served is {NEWEST}",
    )
    assert desk.plan().steps == ()


def test_nothing_is_written_over_and_then_nothing_is_written_at_all(desk):
    (desk.root / "models").mkdir()
    (desk.root / "models/aloha.yaml").write_text("mine\n")
    (desk.root / "aloha").mkdir()

    with pytest.raises(UsageError, match=r"aloha, models/aloha\.yaml are there already"):
        desk.adopt()

    assert desk.written() == ["models/aloha.yaml"]
    assert (desk.root / "models/aloha.yaml").read_text() == "mine\n"


@pytest.mark.parametrize("folder", ["../elsewhere", "a/../../b", "/tmp/absolute", "link"])
def test_nothing_is_written_outside_of_the_project(tmp_path, folder):
    root = tmp_path / "project"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    desk = Desk(root)

    with pytest.raises(UsageError, match="is not in the project"):
        desk.adopt(folder=folder)

    assert desk.written() == []
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_another_folder_takes_everything(desk):
    imported = desk.adopt(folder="taken/over")
    set_variables(desk, imported)

    assert desk.written() == [
        "taken/over/aloha/main_entry.py",
        "taken/over/endpoints/aloha.yaml",
        "taken/over/models/aloha.yaml",
    ]
    assert imported.unseen == ("taken/over/endpoints/aloha.yaml", "taken/over/models/aloha.yaml")


def test_files_that_the_project_does_not_find_are_named(tmp_path):
    desk = Desk(tmp_path, "[endpoints/*.yaml]")

    assert desk.adopt().unseen == ("models/aloha.yaml",)


def test_a_workspace_from_elsewhere_is_copied_and_no_package_is_fetched(tmp_path):
    root, mine = tmp_path / "project", tmp_path / "mine"
    root.mkdir()
    mine.mkdir()
    (mine / "main_entry.py").write_text("mine\n")
    desk = Desk(root)
    desk.archive.broken = True

    set_variables(desk, desk.adopt(workspace=mine))

    assert (root / "aloha/main_entry.py").read_text() == "mine\n"
    assert desk.plan().steps == ()


def test_a_workspace_of_the_project_stays_where_it_is(desk):
    (desk.root / "code/aloha").mkdir(parents=True)
    (desk.root / "code/aloha/main_entry.py").write_text("mine\n")

    set_variables(desk, desk.adopt(workspace=desk.root / "code/aloha"))

    assert desk.written() == ["code/aloha/main_entry.py", "endpoints/aloha.yaml", "models/aloha.yaml"]
    assert "workspace: ../code/aloha\n" in (desk.root / "models/aloha.yaml").read_text()
    assert desk.plan().steps == ()


def test_a_package_that_cannot_be_fetched_leaves_nothing_and_says_what_helps(desk):
    desk.archive.broken = True

    with pytest.raises(Rejected, match="HTTP 403") as raised:
        desk.adopt()

    assert raised.value.hint == "name the folder with its files: --workspace DIR"
    assert desk.written() == []


def test_a_card_that_is_declared_already_is_left_alone(desk):
    set_variables(desk, desk.adopt())
    desk.put("second")

    imported = desk.adopt("second")

    assert imported.files == ("endpoints/second.yaml",)
    assert desk.plan().steps == ()


def test_two_endpoints_of_one_card_share_it(desk):
    desk.put("second")

    imported = desk.adopt("aloha", "second")
    set_variables(desk, imported)

    assert imported.files == ("endpoints/aloha.yaml", "endpoints/second.yaml", "models/aloha.yaml", "aloha")
    assert desk.plan().steps == ()


def test_one_workspace_is_not_that_of_two_cards(desk, tmp_path):
    desk.put("second", model="bloom")

    with pytest.raises(UsageError, match="the folder of one model card"):
        desk.adopt("aloha", "second", workspace=tmp_path)


def test_what_is_declared_and_nobodys_is_adopted_without_a_file(desk):
    set_variables(desk, desk.adopt())
    before = desk.written()
    desk.history = FakeHistory(clock=desk.clock)

    imported = desk.adopt(folder="again")

    assert (imported.files, imported.adopted, imported.deployment) == ((), ("aloha",), 1)
    assert desk.written() == before
    assert desk.plan().counts.adopt == 0


def test_what_is_ours_already_is_not_recorded_again(desk):
    set_variables(desk, desk.adopt())

    imported = desk.adopt()

    assert (imported.files, imported.adopted, imported.deployment) == ((), (), None)
    assert len(desk.history.deployments()) == 1


def test_a_platform_without_packages_needs_a_declared_card(desk):
    with pytest.raises(UsageError, match="hands out neither configuration nor files") as raised:
        desk.adopt(archive=False)

    assert "declare the model card first" in raised.value.hint
    set_variables(desk, desk.adopt())
    desk.put("second")
    assert desk.adopt("second", archive=False).files == ("endpoints/second.yaml",)


def test_an_endpoint_that_is_not_there_is_named(desk):
    with pytest.raises(UsageError, match="there is no endpoint bloom on the platform"):
        desk.adopt("bloom")


@pytest.mark.parametrize("name", ["../aloha", "EndPoint-1", "a/b", "", "-x"])
def test_a_name_that_no_file_can_declare_is_refused_before_anything_is_asked(desk, name):
    asked = len(desk.platform.calls)

    with pytest.raises(UsageError, match="cannot be declared"):
        desk.adopt(name)

    assert len(desk.platform.calls) == asked


def test_a_model_card_with_a_name_that_leads_out_is_refused(desk):
    pushed = desk.platform.push(make_card("../../etc"), Path("nowhere"))
    desk.platform.by_hand("aloha", model="../../etc", shown=pushed.name)

    with pytest.raises(UsageError, match=r"model card \.\./\.\./etc cannot be declared"):
        desk.adopt()

    assert desk.written() == []


def test_an_endpoint_that_is_changing_is_not_written_down(desk):
    desk.platform.scale("aloha", replicas=5)
    desk.clock.sleep(0.4)

    with pytest.raises(UsageError, match=r"endpoint aloha is changing right now \(DEPLOYING\)"):
        desk.adopt()


def test_an_endpoint_without_replicas_is_not_written_down(desk):
    desk.platform.by_hand("aloha", replicas=0)

    with pytest.raises(UsageError, match="has no replica"):
        desk.adopt()


def test_a_version_in_doubt_is_said_to_be_so(desk):
    desk.platform.by_hand("aloha", status="ABORTED")

    imported = desk.adopt()

    assert "endpoints/aloha.yaml: its last update was put back" in imported.remarks[0]


def test_mistakes_in_what_the_platform_keeps_are_shown(desk):
    desk.archive = Archive({"entry_point": "main_entry.py", "port": 700_000})

    (mistake,) = desk.adopt().mistakes

    assert str(mistake.place).startswith("models/aloha.yaml:")
    assert "port" in mistake.summary


def test_a_policy_that_is_told_whole_is_declared(desk):
    desk.platform.by_hand_autoscale("aloha", Autoscale(min_replicas=2, max_replicas=8, requests_per_replica=10))
    set_variables(desk, desk.adopt())

    document = endpoint_document(desk.platform.live("aloha")).content
    assert document["autoscale"]["requests_per_replica"] == 10
    assert "replicas" not in document
    assert (desk.plan().steps, desk.plan().manual) == ((), ())


def test_of_a_policy_that_is_told_in_part_the_rest_is_asked_for(desk):
    desk.platform.tells_policy = "bounds"
    desk.platform.by_hand_autoscale("aloha", Autoscale(min_replicas=2, max_replicas=8, requests_per_replica=10))

    desk.adopt()

    text = (desk.root / "endpoints/aloha.yaml").read_text()
    assert text.startswith("# it autoscales between 2 and 8 replicas: the platform tells no more; copy the rest")
    assert "\nreplicas: 3\n" in text
