import asyncio

import pytest

from gitops.local.state import Source
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.store import Store
from gitops.local.tensoropera.calls import Asked
from gitops.local.tensoropera.cards import CardFace, configuration, identity, matching
from gitops.local.tensoropera.envelope import Declined, plain
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.shelf import Shelf
from gitops.model.secret import MASK
from tests.unit.local.worlds import EPOCH

URL = "https://host/aloha.zip"
DIGEST = "sha256:" + "a" * 64
KEYS = {
    *("id", "modelName", "modelType", "modelUrl", "commitType", "description", "latestModelVersion", "createTime"),
    *("updateTime", "owner", "githubLink", "parameters", "modelVersion", "fileName", "isInit", "isFromOpen"),
}


def url_of(version) -> str:
    return version.source.url if version.source else "native"


class Desk:
    """A face whose calls are made without HTTP."""

    def __init__(self, folder) -> None:
        self.store = Store(folder / "platform.db")
        self.catalogue = Catalogue(self.store)
        self.face = CardFace(self.catalogue, Shelf(self.catalogue, Ids("here")), url_of, lambda: EPOCH)

    def create(self, name="aloha", call="create", **changes):
        body = {"modelName": name, "modelUrl": URL, "parameters": {"workspace": "./", "entry_point": "m.py"}, **changes}
        return plain(asyncio.run(getattr(self.face, call)(Asked(None, body))))

    def list(self, name="*", **body):
        return plain(asyncio.run(self.face.page(Asked(None, {"model_name": name, **body}))))

    def card(self, name="aloha"):
        return self.list(name)["data"][0]


@pytest.fixture
def desk(tmp_path):
    one = Desk(tmp_path)
    yield one
    one.store.close()


def test_a_card_that_was_made_is_listed_with_every_key_that_fedml_indexes(desk):
    parameters = {"workspace": "./", "entry_point": "m.py", "unknown": {"a": [1]}, "environment_variables": {"T": "1"}}
    card_id = desk.create(parameters=parameters, isFromOpen=1, description="d", githubLink="g")
    page = desk.list()
    assert {"total": 1, "totalPage": 1, "pageNum": 1, "pageSize": 100} == {k: v for k, v in page.items() if k != "data"}
    (card,) = page["data"]
    assert KEYS == card.keys()
    assert card_id == card["id"]
    assert isinstance(card_id, int)
    assert parameters == card["parameters"]
    assert ["aloha", URL, 1, "d", "g"] == [
        card[key] for key in ("modelName", "modelUrl", "isFromOpen", "description", "githubLink")
    ]
    assert "v0-Thu Jan 01 00:00:00 GMT 2026" == card["modelVersion"] == card["latestModelVersion"]
    assert "2026-01-01 00:00:00" == card["createTime"] == card["updateTime"]


def test_a_second_card_of_the_same_name_is_declined_with_its_id(desk):
    card_id = desk.create()
    with pytest.raises(Declined, match=f"aloha already; send its id .{card_id}."):
        desk.create()
    with pytest.raises(Declined, match="already"):
        desk.create("Aloha")
    assert 1 == len(desk.catalogue.versions("aloha"))


@pytest.mark.parametrize("call", ["create", "update"])
@pytest.mark.parametrize("kind", [int, str])
def test_an_id_gives_the_card_a_new_version(desk, call, kind):
    card_id = desk.create()
    assert card_id == desk.create(call=call, id=kind(card_id), modelUrl=URL + "?2")
    card = desk.card()
    assert card["modelVersion"].startswith("v1-")
    assert URL + "?2" == card["modelUrl"]
    assert 1 == desk.list()["total"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": 7}, "no model card with id 7"),
        ({"id": 1.5}, "id"),
        ({"id": "x"}, "id"),
        ({"modelName": "ålöha"}, "cannot be the name"),
        ({"modelName": ""}, "cannot be the name"),
        ({"modelName": "aloha\n"}, "cannot be the name"),
        ({"modelName": "../x"}, "cannot be the name"),
        ({"modelName": "a" * 64}, "cannot be the name"),
        ({"modelName": None}, "modelName"),
        ({"modelUrl": ""}, "modelUrl is no http"),
        ({"modelUrl": None}, "modelUrl is no http"),
        ({"modelUrl": "file:///etc/passwd"}, "modelUrl is no http"),
        ({"modelUrl": "http://[::1"}, "modelUrl is no http"),
        ({"modelUrl": "http:///x"}, "modelUrl is no http"),
        ({"modelUrl": "http://h/\nx"}, "modelUrl is no http"),
        ({"parameters": None}, "parameters"),
        ({"parameters": {"entry_point": "m.py"}}, "workspace: Field required"),
        ({"parameters": {"workspace": ".", "port": 99999}}, "port: "),
        ({"parameters": {"workspace": ".", "environment_variables": [1]}}, "environment_variables: "),
        ({"isFromOpen": 2}, "isFromOpen"),
        ({"tagList": ["x"]}, "tagList"),
    ],
)
def test_what_cannot_be_a_card_is_declined_and_leaves_nothing(desk, changes, words):
    with pytest.raises(Declined, match=words):
        desk.create(**changes)
    assert 0 == desk.list()["total"]


def test_an_update_needs_an_id_and_the_cards_own_name(desk):
    card_id = desk.create()
    with pytest.raises(Declined, match="needs the id"):
        desk.create(call="update")
    with pytest.raises(Declined, match="keeps its name"):
        desk.create("other", id=card_id)


def test_a_refusal_does_not_tell_the_value(desk):
    with pytest.raises(Declined) as caught:
        desk.create(parameters={"workspace": ".", "environment_variables": "hunter2", "port": "hunter2"})
    assert "hunter2" not in caught.value.message


def test_many_cards_come_in_pages_and_each_once(desk):
    names = [f"m-{number:03}" for number in range(150)]
    for name in names:
        desk.create(name)
    pages = [desk.list("m", page_num=number, page_size=40)["data"] for number in range(1, 6)]
    assert [40, 40, 40, 30, 0] == [len(page) for page in pages]
    assert names == [card["modelName"] for page in pages for card in page]
    assert {"total": 150, "totalPage": 4, "pageNum": 9, "pageSize": 40, "data": []} == desk.list(
        "m", page_num=9, page_size=40
    )


@pytest.mark.parametrize("body", [{"page_num": 0}, {"page_size": 0}, {"page_num": "x"}, {"page_size": -1}])
def test_a_page_that_cannot_be_is_declined(desk, body):
    with pytest.raises(Declined):
        desk.list(**body)


def test_a_name_finds_what_has_it_in_it_and_that_very_name_first():
    models = ["a-lib", "lib", "Libra", "other"]
    assert ["lib", "Libra", "a-lib"] == matching(models, "lib")
    assert models == matching(models, "*") == matching(models, "")
    assert [] == matching(models, "%")


def test_only_known_keys_reach_the_engine():
    parameters = {"workspace": ".", "entry_point": "m", "gitops": {"digest": DIGEST}, "mine": 1}
    assert {"workspace": ".", "entry_point": "m"} == configuration(parameters)


def test_a_version_is_what_its_mark_says():
    marked = Source(url=URL, parameters={"gitops": {"digest": DIGEST, "secrets": {"T": "k"}}})
    assert (DIGEST, {"T": "k"}) == identity(marked)


@pytest.mark.parametrize(
    "mark", [None, "x", {}, {"digest": "x"}, {"digest": "sha256:" + "A" * 64}, {"digest": 7}, {"secrets": {"T": 1}}]
)
def test_without_a_mark_a_version_is_its_url_and_its_parameters(mark):
    digest, secrets = identity(Source(url=URL, parameters={"gitops": mark, "port": 1}))
    assert {} == secrets
    assert digest == identity(Source(url=URL, parameters={"port": 1, "gitops": mark}))[0]
    assert digest != identity(Source(url=URL, parameters={"port": 2, "gitops": mark}))[0]
    assert digest != identity(Source(url=URL + "x", parameters={"port": 1, "gitops": mark}))[0]


def test_what_was_pushed_natively_is_listed_without_its_secrets(desk):
    config = {
        "workspace": ".",
        "entry_point": "m",
        "environment_variables": {"TOKEN": "hunter2", "MODE": "fast"},
        "authentication_token": "hunter2",
    }
    desk.catalogue.add("aloha", DIGEST, config, {"TOKEN": "k"}, EPOCH)
    card = desk.card()
    assert "native" == card["modelUrl"]
    assert {"TOKEN": MASK, "MODE": "fast"} == card["parameters"]["environment_variables"]
    assert "hunter2" not in str(card)
    assert {"digest": DIGEST, "secrets": {"TOKEN": "k"}} == card["parameters"]["gitops"]


def test_a_claimed_digest_does_not_pass_for_what_was_pushed_natively(desk):
    desk.create(parameters={"workspace": ".", "entry_point": "m", "gitops": {"digest": DIGEST}})
    assert DIGEST == desk.catalogue.versions("aloha")[0].digest
    assert desk.catalogue.find("aloha", DIGEST, {}) is None


def test_a_card_lives_on_in_the_next_life(desk, tmp_path):
    desk.create(parameters={"workspace": ".", "entry_point": "m", "x": 1})
    before = desk.list()
    desk.store.close()
    again = Desk(tmp_path)
    assert before == again.list()
    desk.store = again.store
