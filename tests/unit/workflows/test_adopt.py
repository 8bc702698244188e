"""What `import` writes, and what it refuses before anything is written."""

from pathlib import Path

import pytest

from gitops.errors import Rejected, UsageError
from gitops.model.live import Live, Phase
from gitops.ports import PushedCard
from gitops.sources.drafts import FolderDrafts
from gitops.workflows.adopt import Wish, adopt
from tests.builders import make_desired
from tests.unit.workflows.test_apply import FakeSource


class FakeReader:
    def __init__(self, live) -> None:
        self.live = live

    def read(self, names):
        return dict.fromkeys(names, self.live)


class FakeArchive:
    def __init__(self, card: PushedCard | None, fault: Rejected | None = None) -> None:
        self.card, self.fault = card, fault

    def pushed_card(self, _model):
        return self.card

    def fetch_package(self, _card, into: Path) -> None:
        if self.fault:
            raise self.fault
        (into / "main.py").write_text("print()")


def live(**changes) -> Live:
    fields = {"name": "greeter", "model": "greeter", "version": "v3-Tue", "replicas": 2, "online": 2}
    return Live(**{**fields, "phase": Phase.SERVING, **changes})


CARD = PushedCard("greeter", "v3-Tue", {"entry_point": "main.py"}, "http://x/p.zip")


def imported(root: Path, live_=None, archive=None, **wish):
    source = FakeSource(make_desired())
    return adopt(
        source,
        lambda _: FakeReader(live_ or live()),
        lambda _: archive,
        FolderDrafts(root),
        None,
        Wish(["greeter"], **wish),
    )


def test_endpoint_card_and_files_are_written(tmp_path):
    found = imported(tmp_path, archive=FakeArchive(CARD))

    assert ("endpoints/greeter.yaml", "models/greeter.yaml", "greeter") == found.files
    assert "version: v3" in (tmp_path / "endpoints/greeter.yaml").read_text()
    assert (tmp_path / "greeter/main.py").exists()


def test_an_endpoint_that_no_pattern_finds_is_named(tmp_path):
    assert ("greeter",) == imported(tmp_path, archive=FakeArchive(CARD)).unseen


def test_a_card_that_is_declared_already_is_left_alone(tmp_path):
    found = imported(tmp_path, live(model="aloha"))

    assert ("endpoints/greeter.yaml",) == found.files


def test_everything_may_lie_in_a_folder_of_its_own(tmp_path):
    found = imported(tmp_path, archive=FakeArchive(CARD), folder="taken/over")

    assert (tmp_path / "taken/over/models/greeter.yaml").exists()
    assert all(name.startswith("taken/over/") for name in found.files)


def test_the_files_may_come_from_a_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/main.py").write_text("mine")
    imported(tmp_path, archive=FakeArchive(CARD, Rejected("gone")), workspace=tmp_path / "mine")

    assert (tmp_path / "greeter/main.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("there", "archive", "words"),
    [
        (live(version=None), None, "not known which version"),
        (live(phase=Phase.ROLLED_BACK), None, "not known which version"),
        (live(model="../../etc"), None, "cannot be declared"),
        (live(), None, "does not hand out"),
        (live(), FakeArchive(None), "does not list"),
    ],
)
def test_what_cannot_be_declared_is_refused_and_nothing_is_written(tmp_path, there, archive, words):
    with pytest.raises(UsageError, match=words):
        imported(tmp_path, there, archive)

    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_fetched_says_what_to_do(tmp_path):
    with pytest.raises(Rejected) as raised:
        imported(tmp_path, archive=FakeArchive(CARD, Rejected("HTTP 404")))

    assert "--workspace" in raised.value.hint
    assert list(tmp_path.iterdir()) == []
