"""What holds for every file that a live value is written into: this value changes, and nothing else anywhere."""

import tempfile
from copy import deepcopy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.errors import UsageError
from gitops.model.autoscale import Autoscale
from gitops.model.edit import Edit
from gitops.model.resource import Resource
from gitops.sources.edits import FileEdits
from gitops.sources.project import FileSource
from gitops.sources.reader import read
from gitops.sources.splicing import CannotSplice, drop, put
from tests.unit.sources.projects import PROJECT, write

many = settings(max_examples=600)
some = settings(max_examples=100)

PIECES = st.sampled_from(
    [
        *(
            "a: ",
            "b: ",
            "c:",
            "a",
            "x",
            "1",
            '"2"',
            "'3'",
            "[",
            "]",
            "{",
            "}",
            ", ",
            ": ",
            "- ",
            "? ",
            "# c",
            " ",
            "  ",
        ),
        *(
            "\n",
            "\n  ",
            "\n    ",
            "\n- ",
            "\n  - ",
            "\na: ",
            "\n  b: ",
            "\r\n",
            "\r\na: ",
            "---\n",
            "...\n",
            "|\n  t\n",
        ),
        *(">-\n  t\n\n", "&x ", "*x", "<<: ", "!!str ", "é", "\U0001f600", "\x85", "\u2028", "\n\n", "null", "~"),
    ]
)
STARTS = st.sampled_from(
    [
        *("", "a: 1\n", "b: 2 # c\na:\n  b: 1\n  c: 2", "a: {b: 1, c: [1, 2]}", "{a: {b: 1, c: {}}, b: x} # c\n"),
        *("a: &x [1]\nb: *x\n", "a:\n- 1\n- 2 # c\n", "a:\n\n  # c\n  b: 'x'\n", "a: {\n  b: 1, # c\n  c: 2,\n  }\n"),
        *("<<: {a: 1}\nb: 2\n", "a: |\n  t\n\nb: >+\n  t\n\n", "? a\n: b: 1\n", "--- # c\na: 1\n---\nb: {a: 1}\n"),
    ]
)
texts = st.tuples(STARTS, st.lists(PIECES, max_size=6)).map(lambda parts: parts[0] + "".join(parts[1]))
ways = st.sampled_from([("a",), ("b",), ("a", "b"), ("a", "c"), ("a", "b", "c")])
leaves = st.integers(0, 99) | st.sampled_from(["v3", "v3-Tue Nov 24 08:00:00", "10", "60s", "x: y # z", "'", '"', "é"])
values = leaves | st.lists(leaves, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("xyz"), leaves, min_size=1)


def with_value(content, steps, value):
    content = deepcopy(content)
    inside = content
    for step in steps[:-1]:
        if not isinstance(inside.get(step), dict):
            inside[step] = {}
        inside = inside[step]
    inside[steps[-1]] = value
    return content


def same(value):
    """As the reader gives it: a text of digits may be written as the number that it is."""
    match value:
        case dict():
            return {key: same(item) for key, item in value.items()}
        case list():
            return [same(item) for item in value]
        case _:
            return str(value)


def usable(reading, index):
    contents = [document.content for document in reading.documents]
    return not reading.flaws and len(contents) > index and isinstance(contents[index], dict)


@many
@given(text=texts, steps=ways, value=values, index=st.integers(0, 1))
def test_a_value_that_is_put_is_all_that_changes(text, steps, value, index):
    before = read(text)
    if not usable(before, index):
        return
    try:
        after = read(put(text, index, steps, value))
    except CannotSplice:
        return

    expected = [document.content for document in before.documents]
    expected[index] = with_value(expected[index], steps, value)
    assert not after.flaws
    assert same([document.content for document in after.documents]) == same(expected)


@many
@given(text=texts, steps=ways, index=st.integers(0, 1))
def test_a_key_that_is_dropped_is_all_that_changes(text, steps, index):
    before = read(text)
    if not usable(before, index):
        return
    expected = deepcopy([document.content for document in before.documents])
    inside = expected[index]
    for step in steps[:-1]:
        inside = inside.get(step) if isinstance(inside, dict) else None
    if not isinstance(inside, dict) or steps[-1] not in inside:
        return
    del inside[steps[-1]]
    try:
        after = read(drop(text, index, steps))
    except CannotSplice:
        return

    assert not after.flaws
    assert [document.content for document in after.documents] == expected


policies = st.builds(
    lambda least, more, requests, window, delay: Autoscale(
        min_replicas=least,
        max_replicas=least + more,
        requests_per_replica=requests,
        window=window,
        scale_down_delay=delay,
    ),
    *(
        st.integers(1, 9),
        st.integers(0, 9),
        st.integers(1, 9),
        st.sampled_from([0.5, 60, 90]),
        st.sampled_from([0, 30]),
    ),
)
resources = st.builds(
    lambda workers: Resource(type="on_premise", master="1", workers=tuple(map(str, workers))),
    st.lists(st.integers(2, 9), min_size=1, max_size=4, unique=True),
) | st.just(Resource(type="fedml_cloud"))
edits = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["v0", "v3", "v3-Tue Nov 24 08:00:00 GMT 2026"]),
        "gpus_per_replica": st.integers(0, 8),
        "autoscale": st.none() | policies,
        "resource": st.none() | resources,
    },
)
LINES = {
    "version": st.sampled_from(["version: current  # c", 'version: "v1"', "version: 'v1'", "version:\n  v2"]),
    "gpus_per_replica": st.sampled_from(["gpus_per_replica: 1   # c", "gpus_per_replica:   0x1"]),
    "autoscale": st.sampled_from(
        [
            "autoscale: {max_replicas: 3, requests_per_replica: 1}  # c",
            "autoscale: {\n  max_replicas: 3, # c\n  requests_per_replica: 1 }",
            "autoscale:  # c\n    max_replicas: 3  # c\n    # c\n    requests_per_replica: 1\n    window: '60s'",
        ]
    ),
    "resource": st.sampled_from(
        [
            "resource: {type: fedml_cloud} # c",
            "resource: {type: on_premise, master: 1, workers: [2, '3'  , 4]}",
            "resource:\n  master: 1 # c\n  workers: # c\n    # c\n    - 2 # c\n    - '3' # c\n  type: on_premise # c",
            "resource:\n  type: on_premise\n  master: '1'\n  workers:\n  - 2\n  - 3",
        ]
    ),
}
blanks = st.lists(st.sampled_from(["", "# a comment", "   # further in"]), max_size=2)


@st.composite
def documents(draw):
    lines = []
    fixed = ["kind: Endpoint  # c", "name: aloha", "model: aloha # é"]
    chosen = [draw(LINES[field]) for field in sorted(LINES) if draw(st.booleans())]
    for line in draw(st.permutations(fixed + chosen)):
        lines += [*draw(blanks), line]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join([*lines, *draw(blanks)]).replace("\n", newline)
    return text + draw(st.sampled_from(["", newline]))


@some
@given(
    text=documents(),
    other=documents().map(lambda text: text.replace("name: aloha", "name: other")),
    changes=edits,
)
def test_after_an_accept_the_files_say_what_is_live_and_of_everything_else_what_they_said(text, other, changes):
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder).resolve(), {"gitops.yaml": PROJECT, "endpoints.yaml": f"{text}\n---\n{other}\n"})
        source = FileSource(root, environ={})
        before = source.load("local").desired

        accept(root, changes)

        after = source.load("local").desired
    expected = before.endpoints["aloha"].endpoint.model_dump() | {
        field: value.model_dump() if hasattr(value, "model_dump") else value for field, value in changes.items()
    }
    assert after.endpoints["aloha"].endpoint.model_dump() == expected
    assert after.endpoints["other"].endpoint == before.endpoints["other"].endpoint
    assert list(after.cards) == list(before.cards)


def accept(root, changes):
    path = root / "endpoints.yaml"
    comments = path.read_bytes().count(b"# ")
    try:
        FileEdits(root, {}, {}).accept("local", [Edit("aloha", field, value) for field, value in changes.items()])
    except UsageError as refusal:
        raise AssertionError(f"refused: {refusal.message}") from refusal
    if not any(value is None or isinstance(value, Resource) for value in changes.values()):
        assert path.read_bytes().count(b"# ") == comments
