from pathlib import Path

import pytest

from gitops.diagnostics import Code, Diagnostic
from gitops.sources.project import FileSource

BLOCK = """\
kind: Project
name: fleet
include: [cards.yaml]
environments:
  tenant:
    platform:
      kind: tensoropera
      url: {url}
      api_key: {key}
{more}"""
CARD = "kind: ModelCard\nname: aloha\nspec: {workspace: aloha, entry_point: main.py}\n"


def found(
    root: Path, *, url: str = "https://open.fedml.ai", key: str = "hunter2222", more: str = ""
) -> list[Diagnostic]:
    (root / "aloha").mkdir(exist_ok=True)
    (root / "aloha" / "main.py").touch()
    (root / "cards.yaml").write_text(CARD)
    (root / "gitops.yaml").write_text(BLOCK.format(url=url, key=key, more=more))
    return list(FileSource(root, environ={}).load("tenant").diagnostics)


@pytest.mark.parametrize(
    "url",
    [
        "https://open.fedml.ai",
        "https://10.0.0.5:8443",
        "http://127.0.0.1:18080",
        "http://127.9.9.9",
        "http://localhost:80",
    ],
)
def test_a_key_may_travel_encrypted_or_not_at_all(tmp_path: Path, url: str) -> None:
    assert [] == found(tmp_path, url=url)


@pytest.mark.parametrize(
    "url", ["http://open.fedml.ai", "http://10.0.0.5:18080", "http://localhost.example.com", "http://0.0.0.0"]
)
def test_a_key_does_not_travel_in_clear(tmp_path: Path, url: str) -> None:
    (complaint,) = found(tmp_path, url=url)

    assert complaint.summary.startswith("environments.tenant.platform.url must begin with https:// where it is not")
    assert (8, 12) == (complaint.place.line, complaint.place.column) if complaint.place else False


def test_a_link_out_of_the_project_is_followed_and_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ours.pem").touch()
    (root / "certs").symlink_to(tmp_path / "elsewhere")

    (complaint,) = found(root, more="      ca_bundle: certs/ours.pem\n")

    assert Code.SYMLINK_OUTSIDE == complaint.code
    assert "environments.tenant.platform.ca_bundle leads through a link" in complaint.summary


def test_a_link_inside_the_project_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "ours.pem").touch()
    (tmp_path / "certs").symlink_to("real")

    assert [] == found(tmp_path, more="      ca_bundle: certs/ours.pem\n")


def test_a_folder_for_packages_need_not_be_there_yet(tmp_path: Path) -> None:
    more = '      packages: {url: "https://packages.example.com/{digest}.zip", folder: out/packages}\n'

    assert [] == found(tmp_path, more=more)


def test_neither_key_is_quoted_whatever_is_wrong_beside_it(tmp_path: Path) -> None:
    text = "\n".join(
        "\n".join(diagnostic.excerpt)
        for diagnostic in found(tmp_path, key="hunter2222, oops: 1", more="      session_token: hunter3333 : 4\n")
    )

    assert "***" in text
    assert "hunter" not in text
