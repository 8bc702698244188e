import io
import stat
import zipfile

import httpx
import pytest

from gitops.errors import Rejected, ServerFault, Unreachable
from gitops.ports import PushedCard
from gitops.wire import tensoropera as wire
from tests.unit.platforms.tensoropera.packed import make_card, push, with_secret


def package(*entries):
    """Names with contents; a third value is the kind and mode of the file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, text, *mode in entries:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (mode[0] if mode else 0o100644) << 16
            target.writestr(info, text)
    return content.getvalue()


def fetched(platform, back, tmp_path, content):
    back.files["/p.zip"] = content
    into = tmp_path / "into"
    into.mkdir()
    platform.fetch_package(PushedCard("aloha", "v1", {}, "https://storage.test/p.zip"), into)
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()}


def test_what_was_pushed_comes_back(platform, back, tmp_path):
    (tmp_path / "card").mkdir()
    (tmp_path / "into").mkdir()
    push(platform, with_secret(tmp_path / "card", files={"sub/a.txt": "a"}))

    card = platform.pushed_card("aloha")
    platform.fetch_package(card, tmp_path / "into")

    assert ("aloha", "v0-new", ("TOKEN",)) == (card.model, card.version, card.from_environment)
    assert "gitops" not in card.config
    assert "hunter2-hunter2" == card.config["environment_variables"]["TOKEN"]
    assert "hunter2" not in repr(card)
    assert b"print('hi')\n" == (tmp_path / "into/main_entry.py").read_bytes()
    assert ["README.md", "main_entry.py", "sub"] == sorted(path.name for path in (tmp_path / "into").iterdir())
    assert "Authorization" not in back.requests[-1].headers


def test_a_card_that_is_not_there_is_none(platform, back):
    back.add_card("empty", latestModelVersion=None, modelVersion=None)

    assert platform.pushed_card("aloha") is platform.pushed_card("empty") is None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("aloha/a.py", "1"), ("aloha/fedml_model_config.yaml", "2")], {"a.py": b"1"}),
        ([("aloha/", ""), ("aloha/sub/a.py", "1")], {"sub/a.py": b"1"}),
        ([("aloha/origin_yaml_file_loc_record.txt", "/home/me"), ("aloha/a.py", "1")], {"a.py": b"1"}),
        ([("a.py", "1"), ("sub/b.py", "2")], {"a.py": b"1", "sub/b.py": b"2"}),
        ([("one/a.py", "1"), ("two/b.py", "2")], {"one/a.py": b"1", "two/b.py": b"2"}),
        ([], {}),
    ],
)
def test_the_folder_around_everything_and_what_fedml_adds_are_left_away(platform, back, tmp_path, entries, expected):
    assert expected == fetched(platform, back, tmp_path, package(*entries))


def test_an_executable_file_stays_one(platform, back, tmp_path):
    fetched(platform, back, tmp_path, package(("aloha/run.sh", "x", 0o100755), ("aloha/a", "x")))

    modes = {name: stat.S_IMODE((tmp_path / "into" / name).stat().st_mode) for name in ("run.sh", "a")}
    assert modes["run.sh"] == 0o755
    assert not modes["a"] & 0o111


@pytest.mark.parametrize(
    "entries",
    [
        [("aloha/../../evil", "x")],
        [("../evil", "x")],
        [("/etc/evil", "x")],
        [("aloha\\..\\evil", "x")],
        [("C:/evil", "x")],
        [("aloha/link", "/etc", 0o120777)],
        [("aloha/fifo", "", 0o010644)],
        [("aloha/a", "1"), ("aloha/a/b", "2")],
        [("aloha/a", "1"), ("aloha/./a", "2")],
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_package_that_reaches_out_is_refused_and_leaves_nothing_outside(platform, back, tmp_path, entries):
    with pytest.raises(Rejected):
        fetched(platform, back, tmp_path, package(*entries))

    assert ["into"] == [path.name for path in tmp_path.iterdir()]


def test_a_bomb_is_refused(platform, back, tmp_path, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.zips.MOST_BYTES", 1000)
    with pytest.raises(Rejected, match="larger than 1000 bytes"):
        fetched(platform, back, tmp_path, package(("aloha/a", "0" * 999), ("aloha/b", "00")))


def test_too_many_files_are_refused(platform, back, tmp_path, monkeypatch):
    monkeypatch.setattr("gitops.platforms.tensoropera.zips.MOST_FILES", 1)
    with pytest.raises(Rejected, match="more than 1 files"):
        fetched(platform, back, tmp_path, package(("aloha/a", "0"), ("aloha/b", "0")))


@pytest.mark.parametrize("content", [b"no zip", package(("aloha/a", "x" * 1000))[:-30]])
def test_what_is_no_zip_is_refused(platform, back, tmp_path, content):
    with pytest.raises(Rejected, match="cannot be unpacked"):
        fetched(platform, back, tmp_path, content)


@pytest.mark.parametrize("url", [None, "", "file:///etc/passwd", "s3://x"])
def test_a_package_without_an_http_url_is_refused(platform, tmp_path, url):
    with pytest.raises(Rejected, match="does not say where"):
        platform.fetch_package(PushedCard("aloha", "v1", {}, url), tmp_path)


def test_a_url_that_has_ended_is_named_without_its_signature(platform, back, tmp_path):
    with pytest.raises(Rejected, match=r"from https://storage\.test: HTTP 404") as raised:
        platform.fetch_package(PushedCard("aloha", "v1", {}, "https://storage.test/gone.zip?sign=abc"), tmp_path)

    assert "abc" not in raised.value.message


def test_a_download_that_breaks_is_unreachable(platform, back, tmp_path):
    back.strange["/p.zip"].append(httpx.ReadError("cut"))

    with pytest.raises(Unreachable):
        fetched(platform, back, tmp_path, b"")


def test_a_file_of_the_card_named_like_the_configuration_is_replaced(platform, back, tmp_path):
    push(platform, make_card(tmp_path, files={"fedml_model_config.yaml": "mine: true", "README.md": "mine"}))

    assert b"mine" == back.package()["aloha/README.md"]
    assert b"mine: true" not in back.package()["aloha/fedml_model_config.yaml"]


def test_a_package_that_has_moved_is_fetched_where_it_is(platform, back, tmp_path):
    back.files["/moved.zip"] = package(("aloha/a.py", "1"))
    back.strange["/p.zip"].append(httpx.Response(302, headers={"Location": "https://storage.test/moved.zip"}))

    assert {"a.py": b"1"} == fetched(platform, back, tmp_path, b"")
    assert all("Authorization" not in request.headers for request in back.requests)


@pytest.mark.parametrize("user", [{"id": 0.5}, {"id": True}, {"id": ""}, {"id": "../x"}, {"id": None}, {}, "me"])
def test_a_user_that_is_none_gets_no_package(platform, back, tmp_path, user):
    back.strange[wire.USER].append({"code": "SUCCESS", "data": user})

    with pytest.raises(ServerFault, match="which user the API key is of"):
        push(platform, make_card(tmp_path))
