from datetime import date
from pathlib import Path

import pytest

from gitops.sources.baseline import FileBaseline
from tests.unit.sources.projects import PROJECT, codes, load, places, write

DRIFT = """\
# What we know of, until the sale is over.
kind: DriftBaseline
known:
  - endpoint: aloha
    field: replicas
    live: 4
    owner: ada
    reason: the sale
    expires: 2026-12-31
  - {endpoint: hello, field: version, owner: bo, reason: hot fix, expires: 2026-11-30}
"""
FIELDS = "endpoint, model, version, replicas, gpus_per_replica, autoscale or resource"
ENDPOINTS = ("aloha", "hello")


def baseline(root: Path, text: str | bytes | None, path: Path | None = None):
    write(root)
    if text is not None:
        (path or root / "drift.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return FileBaseline(root).load(ENDPOINTS, path)


def test_a_baseline_is_its_lines(tmp_path):
    loaded = baseline(tmp_path, DRIFT)

    assert loaded.diagnostics == ()
    assert loaded.name == "drift.yaml"
    assert [(line.endpoint, line.field, line.live, line.owner) for line in loaded.known] == [
        ("aloha", "replicas", "4", "ada"),
        ("hello", "version", None, "bo"),
    ]
    assert loaded.known[0].expires == date(2026, 12, 31)


def test_several_documents_are_one_baseline(tmp_path):
    assert len(baseline(tmp_path, f"{DRIFT}---\n{DRIFT}").known) == 4


def test_without_the_usual_file_nothing_is_known(tmp_path):
    loaded = baseline(tmp_path, None)

    assert (loaded.known, loaded.diagnostics) == ((), ())


def test_a_file_that_is_asked_for_must_be_there(tmp_path):
    loaded = baseline(tmp_path, None, tmp_path / "other.yaml")

    assert (codes(loaded), places(loaded)) == (["file-unreadable"], ["other.yaml:1:1"])


def test_a_baseline_may_lie_outside_the_project(tmp_path):
    (tmp_path / "project").mkdir()

    loaded = baseline(tmp_path / "project", DRIFT.replace("aloha", "alho"), tmp_path / "shared.yaml")

    assert loaded.name == str(tmp_path / "shared.yaml")
    assert (codes(loaded), places(loaded)) == (["unknown-endpoint"], ["shared.yaml:4:15"])
    assert loaded.diagnostics[0].excerpt == ("  - endpoint: alho",)


@pytest.mark.parametrize(
    ("text", "code", "place", "says", "hint"),
    [
        (
            DRIFT.replace("aloha", "alohaa"),
            "unknown-endpoint",
            "4:15",
            "the baseline knows a drift of the endpoint alohaa, which nothing declares",
            "did you mean aloha?",
        ),
        (
            DRIFT.replace("field: replicas", "field: replica"),
            "invalid-value",
            "5:12",
            f'known[1].field must be {FIELDS}, not the text "replica"',
            "did you mean replicas?",
        ),
        (
            DRIFT.replace("2026-12-31", "soon"),
            "invalid-value",
            "9:14",
            'known[1].expires must be a date like 2026-12-31, not the text "soon"',
            "the last day on which it counts, for example 2026-12-31",
        ),
        (
            DRIFT.replace("2026-12-31", "20261231"),
            "invalid-value",
            "9:14",
            "known[1].expires must be a date like 2026-12-31, not 20261231",
            "the last day on which it counts, for example 2026-12-31",
        ),
        (
            DRIFT.replace("    owner: ada\n", ""),
            "missing-key",
            "4:5",
            "the key known[1].owner is missing",
            "who answers for it",
        ),
        (
            DRIFT.replace("owner: ada", "ownr: ada\n    owner: ada"),
            "unknown-key",
            "7:5",
            "the key ownr is not known in known[1]",
            "did you mean owner?",
        ),
        (
            DRIFT.replace("owner: ada", "owner: ''"),
            "invalid-value",
            "7:12",
            "known[1].owner must not be empty; it is an empty text",
            "who answers for it",
        ),
        (
            DRIFT.replace("DriftBaseline", "Endpoint"),
            "bad-document",
            "2:7",
            "the baseline of known drift holds the kind Endpoint",
            "this file holds documents of kind DriftBaseline only; declare the others elsewhere",
        ),
        (
            DRIFT.replace("kind: DriftBaseline\n", ""),
            "missing-key",
            "2:1",
            "the key kind is missing",
            "begin with kind: DriftBaseline",
        ),
        (
            "- a\n",
            "bad-document",
            "1:1",
            "this document is a list, but a baseline is a mapping",
            "begin it with kind: DriftBaseline",
        ),
        (
            "kind: DriftBaseline\nknown: 3\n",
            "wrong-type",
            "2:8",
            "known must be a list, not 3",
            "for example [{endpoint: aloha, field: replicas, owner: ada, reason: sale, expires: 2026-12-31}]",
        ),
    ],
)
def test_a_mistake_has_its_place(tmp_path, text, code, place, says, hint):
    loaded = baseline(tmp_path, text)

    (found,) = loaded.diagnostics
    assert (found.code, str(found.place), found.summary, found.hint) == (code, f"drift.yaml:{place}", says, hint)
    assert loaded.known == ()


@pytest.mark.parametrize("text", [b"\xff", b"{", b"a: &a [*a]", b"\0"])
def test_what_is_no_yaml_is_a_diagnostic(tmp_path, text):
    loaded = baseline(tmp_path, text)

    assert loaded.known == ()
    assert loaded.diagnostics[0].is_error


def test_a_baseline_that_include_matches_declares_nothing(tmp_path):
    files = {"gitops.yaml": PROJECT.replace("cards.yaml, endpoints.yaml", "'*.yaml'"), "drift.yaml": DRIFT}

    assert load(write(tmp_path, files)).diagnostics == ()


def test_a_baseline_in_another_file_of_include_is_refused_there(tmp_path):
    files = {"endpoints.yaml": DRIFT}

    loaded = load(write(tmp_path, files))

    assert (codes(loaded), places(loaded)) == (["bad-document"], ["endpoints.yaml:2:7"])
    assert loaded.diagnostics[0].summary.endswith("belongs in a file of its own, usually drift.yaml")
