import json

import httpx
import pytest

from gitops.errors import Rejected, ServerFault, Unreachable
from gitops.wire import tensoropera as wire
from tests.unit.platforms.tensoropera.packed import archive_of, make_card, push, with_secret


def test_a_new_card_is_made_with_all_its_configuration_and_read_back(platform, back, tmp_path):
    card = with_secret(tmp_path, port=8080)

    version = push(platform, card)

    [asked] = back.asked(wire.CREATE_CARD)
    assert version.name == "v0-new"
    assert version.carries(card.digest, {"TOKEN": platform.secret_digest("TOKEN", "hunter2-hunter2")})
    assert asked["id"] is None
    assert asked["modelVersion"] is None
    assert asked["isFromOpen"] == 0
    assert asked["parameters"] == {
        "workspace": "./",
        "entry_point": "main_entry.py",
        "port": 8080,
        "environment_variables": {"TOKEN": "hunter2-hunter2", "MODE": "fast"},
        "gitops": {"digest": card.digest, "secrets": version.secrets},
    }
    assert platform.versions(["aloha"]) == {"aloha": (version,)}


def test_a_second_push_is_a_version_of_the_same_card(platform, back, tmp_path):
    push(platform, make_card(tmp_path))
    second = push(platform, make_card(tmp_path, files={"main_entry.py": "print('ho')\n"}))

    assert second.name == "v1-new"
    assert back.asked(wire.CREATE_CARD)[1]["id"] == back.cards[0]["id"]
    assert len(back.cards) == 1


def test_a_push_of_what_is_there_uploads_nothing(platform, back, tmp_path):
    card = make_card(tmp_path)
    first = push(platform, card)

    assert first == push(platform, card)
    assert len(back.asked(wire.CREATE_CARD)) == 1
    assert len(back.asked(wire.PRESIGNED)) == 1


def test_the_package_is_wrapped_and_says_no_secrets(platform, back, tmp_path):
    push(platform, with_secret(tmp_path, files={"sub/a.txt": "a"}))

    package = back.package()
    assert list(package) == [
        "aloha/README.md",
        "aloha/fedml_model_config.yaml",
        "aloha/main_entry.py",
        "aloha/sub/a.txt",
    ]
    assert package["aloha/main_entry.py"] == b"print('hi')\n"
    assert json.loads(package["aloha/fedml_model_config.yaml"]) == {
        "workspace": "./",
        "entry_point": "main_entry.py",
        "environment_variables": {},
    }
    assert b"hunter2" not in b"".join(package.values())


def test_equal_content_is_an_equal_package(opened, back, tmp_path):
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        back.cards.clear()
        push(opened(), make_card(folder))
        back.files["/" + folder.name] = back.files.popitem()[1]

    assert back.files["/one"] == back.files["/two"]


def test_a_large_package_goes_in_parts_in_order(platform, back, tmp_path, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.storing.PART_BYTES", 500)
    push(platform, make_card(tmp_path, files={"weights": bytes(range(256)) * 8}))

    assert int(back.asked(wire.PRESIGNED)[0]["partNumber"]) > 1
    assert back.package()["aloha/weights"] == bytes(range(256)) * 8


def test_a_part_that_is_cut_is_sent_again(platform, back, tmp_path):
    cut = [httpx.ReadError("cut"), httpx.Response(503), httpx.Response(200)]  # the last without a tag
    card = make_card(tmp_path)
    key = f"/7/7@aloha@{card.digest.removeprefix('sha256:')}.zip"
    back.strange[key] += cut

    assert push(platform, card).name == "v0-new"
    assert [0.5, 1.0, 2.0] == platform.pauses


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(httpx.WriteError("cut"), Unreachable), (httpx.Response(500), ServerFault), (httpx.Response(403), Rejected)],
)
def test_a_part_that_never_arrives_is_an_error_without_the_signed_url(platform, back, tmp_path, answer, kind):
    card = make_card(tmp_path)
    back.strange[f"/7/7@aloha@{card.digest.removeprefix('sha256:')}.zip"] += [answer] * 5

    with pytest.raises(kind) as raised:
        push(platform, card)

    assert "sign=" not in str(raised.value)
    assert back.cards == []


def test_a_lost_answer_leaves_a_version_that_its_digest_finds(platform, back, tmp_path):
    card = make_card(tmp_path)

    def lost(request):
        back.create_card(json.loads(request.content))
        return httpx.ReadTimeout("lost")

    back.strange[wire.CREATE_CARD].append(lost)

    with pytest.raises(Unreachable):
        push(platform, card)

    assert platform.versions(["aloha"])["aloha"][0].carries(card.digest, {})
    assert len(back.asked(wire.CREATE_CARD)) == 1


def test_a_version_that_never_shows_is_an_error(platform, back, tmp_path):
    back.strange[wire.CREATE_CARD].append({"code": "SUCCESS", "message": "", "data": None})

    with pytest.raises(ServerFault, match="does not show the new version"):
        push(platform, make_card(tmp_path))

    assert 40 < sum(platform.pauses) < 70


@pytest.mark.parametrize("value", ["hunter2-hunter2", 'hunter2-"q"', "hunter2-ü", "hunter2-\nline", "hunter2 %&"])
def test_words_about_a_card_hold_none_of_its_secrets(platform, back, tmp_path, value):
    back.strange[wire.CREATE_CARD].append(
        lambda request: {"code": "FAILURE", "message": f"bad: {request.content.decode()}", "data": None}
    )

    with pytest.raises(Rejected) as raised:
        push(platform, with_secret(tmp_path, value))

    assert "hunter2" not in raised.value.message
    assert "key-of-the-tests" not in raised.value.message


def test_secrets_of_another_value_are_another_version(platform, back, tmp_path):
    push(platform, with_secret(tmp_path, "hunter2-hunter2"))

    assert push(platform, with_secret(tmp_path, "hunter3-hunter3")).name == "v1-new"


def test_packages_of_ones_own_are_left_in_a_folder_and_read_back(opened, back, tmp_path):
    (tmp_path / "card").mkdir()
    card = make_card(tmp_path / "card")
    digest = card.digest.removeprefix("sha256:")
    back.strange[f"/aloha/{digest}.zip"].append(
        lambda _: httpx.Response(200, content=(tmp_path / f"public/aloha/{digest}.zip").read_bytes())
    )
    own = opened(tmp_path, packages={"url": "https://storage.test/{model}/{digest}.zip", "folder": "public"})

    push(own, card)

    assert back.asked(wire.CREATE_CARD)[0]["modelUrl"] == f"https://storage.test/aloha/{digest}.zip"
    assert [f"{digest}.zip"] == [file.name for file in (tmp_path / "public/aloha").iterdir()]
    assert back.asked(wire.PRESIGNED) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(404), "HTTP 404"),
        (httpx.Response(200, content=b"PK other"), "is another package"),
        (httpx.Response(200, content=b"<html>"), "is no zip"),
        (httpx.ConnectError("refused"), "nobody answers"),
    ],
)
def test_a_package_of_ones_own_that_cannot_be_read_is_an_error_with_its_place(opened, back, tmp_path, answer, words):
    (tmp_path / "card").mkdir()
    card = make_card(tmp_path / "card")
    own = opened(tmp_path, packages={"url": "https://storage.test/{model}/{digest}.zip?s=1", "folder": "public"})
    back.strange[f"/aloha/{card.digest.removeprefix('sha256:')}.zip"].append(answer)

    with pytest.raises(Rejected, match=words) as raised, archive_of(card) as archive:
        own.push(card, archive)

    assert str(tmp_path / "public" / "aloha") in raised.value.message
    assert back.cards == []
