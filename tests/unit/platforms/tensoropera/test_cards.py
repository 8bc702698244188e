import json

import httpx
import pytest

from gitops.errors import Rejected, ServerFault
from gitops.wire import tensoropera as wire
from tests.unit.platforms.tensoropera.packed import make_card, push


def test_a_card_beyond_the_first_page_of_150_similar_ones_is_found(platform, back):
    for number in range(150):
        back.add_card(f"aloha-{number}", parameters={"gitops": {"digest": "sha256:other"}})
    back.add_card("aloha", "v4-x", {"gitops": {"digest": "sha256:mine", "secrets": {"A": "b"}}})

    [version] = platform.versions(["aloha"])["aloha"]

    assert ("v4-x", "sha256:mine", {"A": "b"}) == (version.name, version.digest, version.secrets)
    assert [1, 2] == [body["page_num"] for body in back.asked(wire.LIST_CARDS)]


def test_only_the_exact_name_counts(platform, back):
    back.add_card("aloha-2")
    back.add_card("Aloha")

    assert {"aloha": ()} == platform.versions(["aloha"])


def test_a_list_that_grows_between_its_pages_is_read_once_more(platform, back):
    back.page_size = 2
    for number in range(3):
        back.add_card(f"aloha-{number}")

    def grown(request):
        if json.loads(request.content)["page_num"] == 2 and len(back.cards) == 3:
            back.cards.insert(0, back.add_card("aloha"))
            back.cards.pop()

    back.strange[wire.LIST_CARDS] += [grown] * 2

    assert platform.versions(["aloha"])["aloha"]
    assert [1, 2, 1, 2] == [body["page_num"] for body in back.asked(wire.LIST_CARDS)]


def test_a_card_that_slides_onto_the_next_page_is_one_card(platform, back):
    back.page_size = 1
    card = back.add_card("aloha")
    back.strange[wire.LIST_CARDS] += [
        {"code": "SUCCESS", "data": {"total": 2, "totalPage": 2, "pageNum": n, "pageSize": 1, "data": [card]}}
        for n in (1, 2)
    ]

    assert 1 == len(platform.versions(["aloha"])["aloha"])


def test_a_list_without_end_is_an_error(platform, back, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.cards._MOST_PAGES", 5)
    page = {"total": 9, "totalPage": 10**9, "data": [back.add_card("other")]}
    back.strange[wire.LIST_CARDS] += [{"code": "SUCCESS", "data": page}] * 9

    with pytest.raises(ServerFault, match="does not end after 5 pages"):
        platform.versions(["aloha"])


def test_two_cards_of_one_name_are_refused_with_both_ids(platform, back, tmp_path):
    ids = sorted(str(back.add_card("aloha")["id"]) for _ in range(2))

    for ask in (lambda: platform.versions(["aloha"]), lambda: push(platform, make_card(tmp_path))):
        with pytest.raises(Rejected, match=", ".join(ids)):
            ask()


@pytest.mark.parametrize(
    "parameters",
    [None, {}, {"gitops": None}, {"gitops": "mine"}, {"gitops": {"digest": 5}}, {"gitops": {"secrets": 1}}, "{}", "no"],
)
def test_a_card_of_somebody_else_has_versions_without_a_digest(platform, back, parameters):
    back.add_card("aloha", "v2-x", parameters)

    [version] = platform.versions(["aloha"])["aloha"]

    assert ("v2-x", None, {}) == (version.name, version.digest, version.secrets)


def test_parameters_that_come_as_text_are_read(platform, back):
    back.add_card("aloha", "v2-x", json.dumps({"gitops": {"digest": "sha256:mine"}}))

    assert "sha256:mine" == platform.versions(["aloha"])["aloha"][0].digest


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"latestModelVersion": "v3-x", "modelVersion": "v2-x"}, ["v3-x"]),
        ({"latestModelVersion": None, "modelVersion": "v2-x"}, ["v2-x"]),
        ({"latestModelVersion": "", "modelVersion": None}, []),
    ],
)
def test_the_newest_version_is_the_latest_else_the_only_one(platform, back, keys, expected):
    back.add_card("aloha", **keys)

    assert expected == [version.name for version in platform.versions(["aloha"])["aloha"]]


def test_a_broken_card_of_another_name_spoils_nothing(platform, back):
    back.cards.append({"id": 1.5, "modelName": "aloha-broken", "parameters": 5})
    back.add_card("aloha")

    assert platform.versions(["aloha"])["aloha"]


def test_an_id_of_19_digits_comes_back_digit_by_digit(platform, back, tmp_path):
    card = back.add_card("aloha", id=9007199254740993123)

    push(platform, make_card(tmp_path))

    assert 9007199254740993123 == card["id"] == back.asked(wire.CREATE_CARD)[0]["id"]


def test_an_id_of_digits_in_quotes_is_an_id(platform, back):
    back.add_card("aloha", id="9007199254740993123")

    assert platform.versions(["aloha"])["aloha"]


def test_the_first_fault_of_many_questions_is_the_answer(platform, back):
    back.strange[wire.LIST_CARDS] += [httpx.Response(404)] * 50

    with pytest.raises(ServerFault):
        platform.versions([f"model-{number}" for number in range(50)])
