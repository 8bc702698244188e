import os
from pathlib import Path

import pytest

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.autoscale import Autoscale
from gitops.model.edit import Edit
from gitops.model.resource import Resource
from gitops.sources.edits import FileEdits
from gitops.sources.rewriting import rewrite
from tests.unit.sources.projects import PROJECT, load, write

SHOP = """\
# Everything that the shop serves.

kind: ModelCard  # not what is edited
name: aloha
config: aloha/config.yaml
---
# The first one.
kind: Endpoint
name: aloha   # the name stays

model: aloha
version: "v3"        # pinned, see the ticket
replicas: 2 # two are enough

  # a comment that is oddly indented
autoscale:           # for the sale
    min_replicas: 1  # never fewer
    # the most that we can pay
    max_replicas:    8
    requests_per_replica: 10
    window: '60s'
rollout: {max_surge: 1,   batches: [1, 100%]}   # flow
# the end of the first one
---
kind: Endpoint
name: 'second'
model: aloha
replicas:
  2
...
"""
EXTRA = {"gitops.yaml": PROJECT.replace("cards.yaml, endpoints.yaml", "shop.yaml"), "shop.yaml": SHOP}
TWO = PROJECT + "    overlays: [local.yaml]\n  production:\n    platform: {kind: local}\n"
POLICY = Autoscale(min_replicas=2, max_replicas=9, requests_per_replica=10, window=60, scale_down_delay=30)
FLEET = """\
kind: Endpoint
name: aloha
model: aloha
resource:
  type: on_premise  # ours
  master: 101
  workers:
  - 102  # the big one
  - "103"  # the old one
  # the end of the workers
replicas: 2
"""


def edits(root: Path, files=None, *changes: Edit, environment: str = "local", **outside):
    write(root, files)
    editor = FileEdits(root, outside.get("variables", {}), outside.get("environ", {}))
    return editor.accept(environment, changes)


def accepted(root: Path, text: str, *changes: Edit) -> str:
    """What a file of one environment says after the changes."""
    assert edits(root, {"endpoints.yaml": text}, *changes) == ("endpoints.yaml",)
    return (root / "endpoints.yaml").read_bytes().decode()


def refused(root: Path, files, *changes: Edit, **more) -> UsageError:
    """Why; nothing is written."""
    write(root, files)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(UsageError) as caught:
        edits(root, files, *changes, **more)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    return caught.value


def endpoint(root: Path, name: str = "aloha", environment: str = "local"):
    return load(root, environment).desired.endpoints[name].endpoint


def test_only_the_value_changes(tmp_path):
    changes = (Edit("aloha", "replicas", 4), Edit("aloha", "version", "v4"), Edit("second", "replicas", 5))

    assert edits(tmp_path, EXTRA, *changes) == ("shop.yaml",)

    expected = SHOP.replace("replicas: 2 #", "replicas: 4 #").replace('"v3"', '"v4"').replace("\n  2\n", "\n  5\n")
    assert (tmp_path / "shop.yaml").read_text() == expected
    assert (endpoint(tmp_path).replicas, endpoint(tmp_path).version) == (4, "v4")
    assert endpoint(tmp_path, "second").replicas == 5


def test_of_a_mapping_only_the_keys_that_differ_change(tmp_path):
    edits(tmp_path, EXTRA, Edit("aloha", "autoscale", POLICY))

    expected = (
        SHOP.replace("min_replicas: 1  #", "min_replicas: 2  #")
        .replace("max_replicas:    8", "max_replicas:    9")
        .replace("    window: '60s'\n", "    window: '60s'\n    scale_down_delay: 30s\n")
    )
    assert (tmp_path / "shop.yaml").read_text() == expected
    assert endpoint(tmp_path).autoscale == POLICY


def test_a_value_that_is_declared_already_changes_nothing(tmp_path):
    assert edits(tmp_path, EXTRA, Edit("aloha", "replicas", 2), Edit("aloha", "gpus_per_replica", 0)) == ()
    assert edits(tmp_path, EXTRA) == ()


def test_a_field_that_is_nowhere_written_is_added_at_the_end(tmp_path):
    edits(tmp_path, EXTRA, Edit("aloha", "gpus_per_replica", 1), Edit("second", "version", "v0"))

    expected = SHOP.replace("   # flow\n", "   # flow\ngpus_per_replica: 1\n").replace(
        "\n  2\n", "\n  2\nversion: v0\n"
    )
    assert (tmp_path / "shop.yaml").read_text() == expected


def test_a_mapping_that_is_nowhere_written_is_added_in_lines(tmp_path):
    text = accepted(
        tmp_path, "kind: Endpoint\nname: aloha\nmodel: aloha # no end of line", Edit("aloha", "autoscale", POLICY)
    )

    assert text == (
        "kind: Endpoint\nname: aloha\nmodel: aloha # no end of line\nautoscale:\n  min_replicas: 2\n  max_replicas: 9\n"
        "  requests_per_replica: 10\n  window: 1m\n  scale_down_delay: 30s"
    )
    assert endpoint(tmp_path).autoscale == POLICY


def test_a_policy_that_is_not_live_any_more_is_removed(tmp_path):
    edits(tmp_path, EXTRA, Edit("aloha", "autoscale", None))

    begin, end = SHOP.index("autoscale:"), SHOP.index("rollout:")
    assert (tmp_path / "shop.yaml").read_text() == SHOP[:begin] + SHOP[end:]


def test_a_key_is_removed_at_the_end_of_a_file_without_a_line_end(tmp_path):
    text = "kind: Endpoint\nname: aloha\nmodel: aloha\nautoscale: {max_replicas: 3, requests_per_replica: 1}"

    assert accepted(tmp_path, text, Edit("aloha", "autoscale", None)) == "kind: Endpoint\nname: aloha\nmodel: aloha"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{kind: Endpoint, name: aloha, model: aloha}", "{kind: Endpoint, name: aloha, model: aloha, replicas: 4}"),
        (
            "{kind: Endpoint, name: aloha, model: aloha, replicas: 2,} # c",
            "{kind: Endpoint, name: aloha, model: aloha, replicas: 4,} # c",
        ),
        (
            "--- # é𝄞\n{\n  kind: Endpoint, # one\n  name: aloha,\n  model: aloha\n  }\n",
            "--- # é𝄞\n{\n  kind: Endpoint, # one\n  name: aloha,\n  model: aloha, replicas: 4\n  }\n",
        ),
        (
            "kind: Endpoint\r\nname: aloha\r\nmodel: aloha # windows\r\n",
            "kind: Endpoint\r\nname: aloha\r\nmodel: aloha # windows\r\nreplicas: 4\r\n",
        ),
        ("? kind\n: Endpoint\n? name\n: aloha\n? model\n: aloha\n? replicas\n: 2\n",) * 2,
        (
            "kind: Endpoint\nname: aloha\nmodel: aloha\n'replicas' :   0x2\n",
            "kind: Endpoint\nname: aloha\nmodel: aloha\n'replicas' :   4\n",
        ),
        (
            "kind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: !!int 2\n",
            "kind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: 4\n",
        ),
        (
            "kind: Endpoint\nname: aloha\nmodel: &model aloha\nversion: v1 #\n\n\n# the end\n",
            "kind: Endpoint\nname: aloha\nmodel: &model aloha\nversion: v1 #\nreplicas: 4\n\n\n# the end\n",
        ),
    ],
)
def test_a_number_is_written_whatever_the_style(tmp_path, before, after):
    if before == after:
        after = after.replace(": 2", ": 4")

    assert accepted(tmp_path, before, Edit("aloha", "replicas", 4)) == after
    assert endpoint(tmp_path).replicas == 4


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("v3", "v4", "v4"),
        ("'v3'", "v4", "'v4'"),
        ('"v3"', "v4", '"v4"'),
        (">-\n  v3\n", "v4", "v4\n"),
        ("current", "v3-Tue Nov 24 08:00:00 GMT 2026", '"v3-Tue Nov 24 08:00:00 GMT 2026"'),
        ("'v3'", "v3-Tue Nov 24 08:00:00 GMT 2026", "'v3-Tue Nov 24 08:00:00 GMT 2026'"),
    ],
)
def test_a_version_keeps_its_quotes(tmp_path, written, value, expected):
    text = f"kind: Endpoint\nname: aloha\nversion: {written}\nmodel: aloha\n"

    assert accepted(tmp_path, text, Edit("aloha", "version", value)) == text.replace(written, expected)
    assert endpoint(tmp_path).version == value


@pytest.mark.parametrize(
    ("workers", "change"),
    [
        (("102", "105"), {'"103"  # the old': '"105"  # the old'}),
        (("102",), {'  - "103"  # the old one\n': ""}),
        (("102", "103", "9999999999999999999"), {"# the old one\n": "# the old one\n  - 9999999999999999999\n"}),
        (("007", "103"), {"- 102": '- "007"'}),
    ],
)
def test_workers_change_one_by_one(tmp_path, workers, change):
    live = Resource(type="on_premise", master="101", workers=workers)
    expected = FLEET
    for old, new in change.items():
        assert old in expected
        expected = expected.replace(old, new)

    assert accepted(tmp_path, FLEET, Edit("aloha", "resource", live)) == expected
    assert endpoint(tmp_path).resource == live


def test_workers_in_brackets_change_one_by_one(tmp_path):
    text = "kind: Endpoint\nname: aloha\nmodel: aloha\nresource: {type: on_premise, master: 1, workers: [2,  3, 4]}\n"

    assert "workers: [5,  3]" in accepted(
        tmp_path, text, Edit("aloha", "resource", Resource(type="on_premise", master="1", workers=("5", "3")))
    )
    assert "workers: [5,  3, 6, 7]" in accepted(
        tmp_path,
        text.replace(", 4]", "]"),
        Edit("aloha", "resource", Resource(type="on_premise", master="1", workers=("5", "3", "6", "7"))),
    )


def test_another_kind_of_resource_loses_the_devices(tmp_path):
    text = accepted(tmp_path, FLEET, Edit("aloha", "resource", Resource(type="fedml_cloud")))

    assert text == (
        "kind: Endpoint\nname: aloha\nmodel: aloha\n"
        "resource:\n  type: fedml_cloud  # ours\n  # the end of the workers\nreplicas: 2\n"
    )


def test_a_value_is_written_where_it_is_written_last(tmp_path):
    files = {
        "gitops.yaml": PROJECT + "    overlays: [one.yaml, two.yaml]\n",
        "one.yaml": "kind: Endpoint\nname: aloha\nreplicas: 3  # one\nautoscale: {max_replicas: 3}\n",
        "two.yaml": "kind: Endpoint\nname: aloha\nautoscale: {requests_per_replica: 5, min_replicas: 2}\n",
    }

    assert edits(tmp_path, files, Edit("aloha", "replicas", 4), Edit("aloha", "autoscale", POLICY)) == (
        "one.yaml",
        "two.yaml",
    )
    assert (tmp_path / "one.yaml").read_text() == (
        "kind: Endpoint\nname: aloha\nreplicas: 4  # one\nautoscale: {max_replicas: 9, scale_down_delay: 30s}\n"
    )
    assert (tmp_path / "two.yaml").read_text().endswith("{requests_per_replica: 10, min_replicas: 2}\n")


def test_what_lies_below_an_overlay_is_removed_with_null(tmp_path):
    files = {
        "gitops.yaml": PROJECT + "    overlays: [local.yaml]\n",
        "endpoints.yaml": "kind: Endpoint\nname: aloha\nmodel: aloha\nautoscale: {max_replicas: 3}\n",
        "local.yaml": "kind: Endpoint\nname: aloha\nautoscale:  # ours\n  requests_per_replica: 5\n",
    }

    assert edits(tmp_path, files, Edit("aloha", "autoscale", None)) == ("local.yaml",)
    assert (tmp_path / "local.yaml").read_text() == "kind: Endpoint\nname: aloha\nautoscale:  # ours\n  null\n"
    assert endpoint(tmp_path).autoscale is None


def test_what_counts_in_another_environment_too_is_refused(tmp_path):
    fault = refused(
        tmp_path, {"gitops.yaml": TWO.replace("    overlays: [local.yaml]\n", "")}, Edit("aloha", "replicas", 4)
    )

    assert fault.message == (
        "a value cannot be written into the files, so nothing was: replicas of aloha is written where production would "
        "change too (endpoints.yaml:4:11)"
    )
    assert fault.hint == (
        "add an overlay: a document of kind Endpoint and name aloha in a file of environments.local.overlays"
    )


def test_what_every_other_environment_says_itself_is_written_below(tmp_path):
    project = PROJECT + "  production:\n    platform: {kind: local}\n    overlays: [production.yaml]\n"
    files = {"gitops.yaml": project, "production.yaml": "kind: Endpoint\nname: aloha\nreplicas: 8\n"}

    assert edits(tmp_path, files, Edit("aloha", "replicas", 4)) == ("endpoints.yaml",)
    assert endpoint(tmp_path, environment="production").replicas == 8


def test_a_mapping_is_not_written_below_where_another_environment_says_only_a_part(tmp_path):
    project = PROJECT + "  production:\n    platform: {kind: local}\n    overlays: [production.yaml]\n"
    overlay = "kind: Endpoint\nname: aloha\nautoscale: {max_replicas: 8, requests_per_replica: 1}\n"

    fault = refused(tmp_path, {"gitops.yaml": project, "production.yaml": overlay}, Edit("aloha", "autoscale", POLICY))

    assert "where production would change too" in fault.message


def test_an_overlay_of_this_environment_takes_what_may_not_be_written_below(tmp_path):
    files = {"gitops.yaml": TWO, "local.yaml": "kind: Endpoint\nname: aloha\nrollout: {max_surge: 2}  # ours\n"}

    assert edits(tmp_path, files, Edit("aloha", "replicas", 4), Edit("aloha", "autoscale", POLICY)) == ("local.yaml",)
    assert endpoint(tmp_path).replicas == 4
    assert endpoint(tmp_path).autoscale == POLICY
    assert endpoint(tmp_path, environment="production").replicas == 2


def test_an_overlay_that_another_environment_shares_is_not_changed(tmp_path):
    files = {
        "gitops.yaml": TWO + "    overlays: [local.yaml]\n",
        "local.yaml": "kind: Endpoint\nname: aloha\nreplicas: 3\n",
    }

    fault = refused(tmp_path, files, Edit("aloha", "replicas", 4))

    assert "(local.yaml:3:11)" in fault.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("replicas: ${var:count}\n", "comes from ${var:count} (endpoints.yaml:4:11)"),
        ("replicas: &two 2\ngpus_per_replica: *two\n", "is what the YAML anchor &two stands for (endpoints.yaml:4:11)"),
        ("gpus_per_replica: &two 2\nreplicas: *two\n", "comes from a YAML alias (endpoints.yaml:5:11)"),
        ("<<: {replicas: 3}\n", "comes from a YAML merge (<<) (endpoints.yaml:4:16)"),
    ],
)
def test_a_value_that_comes_from_elsewhere_is_refused(tmp_path, text, says):
    files = {
        "gitops.yaml": PROJECT + "    variables: {count: 2}\n",
        "endpoints.yaml": f"kind: Endpoint\nname: aloha\nmodel: aloha\n{text}",
    }

    assert says in refused(tmp_path, files, Edit("aloha", "replicas", 4)).message


def test_a_part_of_a_policy_that_comes_from_a_variable_may_stay(tmp_path):
    text = (
        "kind: Endpoint\nname: aloha\nmodel: aloha\n"
        "autoscale: {min_replicas: 1, max_replicas: '${var:most}', requests_per_replica: 10, scale_down_delay: 30}\n"
    )
    files = {"gitops.yaml": PROJECT + "    variables: {most: 9}\n", "endpoints.yaml": text}

    edits(tmp_path, files, Edit("aloha", "autoscale", POLICY))

    assert (tmp_path / "endpoints.yaml").read_text() == text.replace("min_replicas: 1", "min_replicas: 2")


def test_a_merge_that_does_not_have_the_key_is_nothing_to_it(tmp_path):
    text = "kind: Endpoint\nname: aloha\n<<: {model: aloha}\n"

    assert accepted(tmp_path, text, Edit("aloha", "replicas", 4)) == text + "replicas: 4\n"


def test_what_is_merged_in_is_not_removed(tmp_path):
    text = "kind: Endpoint\nname: aloha\nmodel: aloha\n<<: {autoscale: {max_replicas: 3, requests_per_replica: 1}}\n"

    fault = refused(tmp_path, {"endpoints.yaml": text}, Edit("aloha", "autoscale", None))

    assert "autoscale of aloha comes from a YAML merge (<<)" in fault.message


def test_all_that_is_refused_is_told_and_nothing_is_written(tmp_path):
    files = {"endpoints.yaml": "kind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: ${var:count}\n"}

    fault = refused(
        tmp_path,
        files,
        Edit("aloha", "replicas", 4),
        Edit("aloha", "version", "v3"),
        Edit("hello", "replicas", 2),
        variables={"count": "2"},
    )

    assert fault.message == (
        "2 values cannot be written into the files, so nothing was: replicas of aloha comes from ${var:count} "
        "(endpoints.yaml:4:11); replicas of hello has no declaration"
    )


def test_what_does_not_fit_what_else_is_declared_is_refused(tmp_path):
    files = {
        "endpoints.yaml": "kind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: 2\n"
        "autoscale: {max_replicas: 3, requests_per_replica: 1}\n"
    }

    fault = refused(tmp_path, files, Edit("aloha", "replicas", 4))

    assert "what is live of aloha would not fit what else is declared: must be from 1 to 3 under" in fault.message
    assert edits(tmp_path, files, Edit("aloha", "replicas", 4), Edit("aloha", "autoscale", POLICY))


def test_a_project_with_mistakes_is_not_edited(tmp_path):
    with pytest.raises(InputError):
        edits(tmp_path, {"gitops.yaml": PROJECT + "x: 1\n"}, Edit("aloha", "replicas", 4))


def test_a_declaration_with_mistakes_is_not_edited(tmp_path):
    files = {"endpoints.yaml": "kind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: two\n"}

    assert "with mistakes" in refused(tmp_path, files, Edit("aloha", "replicas", 4)).message


def test_rights_and_byte_order_mark_and_links_stay(tmp_path):
    write(tmp_path)
    real = tmp_path / "real.yaml"
    real.write_bytes(b"\xef\xbb\xbfkind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: 2\n")
    real.chmod(0o640)
    (tmp_path / "endpoints.yaml").unlink()
    (tmp_path / "endpoints.yaml").symlink_to("real.yaml")

    FileEdits(tmp_path, {}, {}).accept("local", [Edit("aloha", "replicas", 4)])

    assert real.read_bytes() == b"\xef\xbb\xbfkind: Endpoint\nname: aloha\nmodel: aloha\nreplicas: 4\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "endpoints.yaml").is_symlink()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".real")] == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    write(tmp_path)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"endpoints\.yaml cannot be written: No space left on device"):
        FileEdits(tmp_path, {}, {}).accept("local", [Edit("aloha", "replicas", 4)])
    assert (tmp_path / "endpoints.yaml").read_text().endswith("replicas: 2\n")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".endpoints")] == []


def test_of_two_files_none_is_written_where_the_second_cannot_be(tmp_path, monkeypatch):
    first, second = (tmp_path / f"{name}.yaml" for name in "ab")
    first.write_text("one\n")
    second.write_text("two\n")
    synced = []

    def soon_full(handle):
        synced.append(handle)
        if len(synced) > 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", soon_full)
    with pytest.raises(UsageError, match=r"b\.yaml cannot be written"):
        rewrite(tmp_path, {first: "one\n", second: "two\n"}, {first: "1\n", second: "2\n"})
    assert (first.read_text(), second.read_text()) == ("one\n", "two\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]
