"""What holds for any files: the identity of a version, overlays, and that nothing that people write raises."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.diagnostics import Place
from gitops.model.card import CardSpec, FileEntry, card_digest
from gitops.sources.declarations import merged
from gitops.sources.hashes import HashCache
from gitops.sources.project import FileSource
from gitops.sources.reader import read
from gitops.sources.workspace import walk

few = settings(derandomize=True, max_examples=40, deadline=None)
many = settings(derandomize=True, max_examples=120, deadline=None)

names = st.text("abcxyz-_.0é", min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..") and not name.endswith(".pyc")
)
trees = st.dictionaries(names, st.tuples(st.binary(max_size=40), st.booleans()), min_size=1, max_size=5)
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab ${}:", max_size=6)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(st.text("abc", max_size=2), documents, max_size=4)
SPEC = CardSpec(workspace=".", entry_point="main.py")


def lay_out(folder, tree, order, mtime):
    for name in order:
        content, executable = tree[name]
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (mtime, mtime))


def digest_of(folder):
    entries, _ = HashCache(folder).entries(walk(folder).files)
    return card_digest(entries, SPEC)


@few
@given(tree=trees, data=st.data())
def test_a_digest_does_not_depend_on_order_time_or_location(tree, data):
    order = data.draw(st.permutations(list(tree)))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        here, there = Path(one).resolve(), Path(two).resolve() / "else" / "where"
        there.mkdir(parents=True)
        lay_out(here, tree, list(tree), 1_000_000)
        lay_out(there, tree, order, 2_000_000)

        assert digest_of(here) == digest_of(there)


@few
@given(tree=trees, data=st.data())
def test_a_digest_depends_on_every_content_path_and_executable_bit(tree, data):
    name = data.draw(st.sampled_from(sorted(tree)))
    content, executable = tree[name]
    changes = [
        tree | {name: (content + b"!", executable)},
        tree | {name: (content, not executable)},
        {key: value for key, value in tree.items() if key != name} | {"renamed": (content, executable)},
        tree | {"added": (b"", False)},
        {key: value for key, value in tree.items() if key != name},
    ]
    digests = set()
    for variant in [tree, *changes]:
        folder = Path(tempfile.mkdtemp()).resolve()
        lay_out(folder, variant, list(variant), 1_000_000)
        digests.add(digest_of(folder))
        shutil.rmtree(folder)

    assert len(digests) == len(changes) + 1


configs = st.fixed_dictionaries(
    {"workspace": st.just(".")},
    optional={
        "entry_point": st.sampled_from(["a.py", "b.py"]),
        "port": st.integers(1, 65535),
        "bootstrap": st.text(max_size=10),
        "environment_variables": st.dictionaries(
            st.text("ab", min_size=1, max_size=2), st.text(max_size=5), max_size=3
        ),
        "request_input_example": mappings,
    },
)
FILES = (FileEntry(path="a.py", sha256="0" * 64, size=1),)


@many
@given(config=configs, data=st.data())
def test_a_digest_does_not_depend_on_the_order_of_keys(config, data):
    shuffled = {key: config[key] for key in data.draw(st.permutations(list(config)))}

    assert card_digest(FILES, CardSpec.model_validate(config)) == card_digest(FILES, CardSpec.model_validate(shuffled))


@many
@given(config=configs, port=st.integers(1, 65535))
def test_a_digest_depends_on_every_value_of_the_configuration(config, port):
    changed = config | {"port": port}
    same = config.get("port") == port

    assert (
        card_digest(FILES, CardSpec.model_validate(config)) == card_digest(FILES, CardSpec.model_validate(changed))
    ) is same


@many
@given(base=mappings)
def test_an_empty_overlay_changes_nothing(base):
    assert merged(base, {}) == base


@many
@given(base=mappings, overlay=mappings)
def test_an_overlay_laid_over_twice_is_laid_over_once(base, overlay):
    once = merged(base, overlay)

    assert merged(once, overlay) == once


@many
@given(base=mappings, overlay=mappings)
def test_an_overlay_leaves_what_it_does_not_name_and_itself_alone(base, overlay):
    before = repr((base, overlay))
    result = merged(base, overlay)

    assert {key: value for key, value in result.items() if key not in overlay} == {
        key: value for key, value in base.items() if key not in overlay
    }
    assert repr((base, overlay)) == before


PROJECT = """\
kind: Project
name: a
include: [a.yaml]
environments:
  local: {platform: {kind: local}, overlays: [b.yaml]}
"""
PIECES = st.sampled_from(
    [
        *("kind: ", "Endpoint", "Project", "ModelCard", "name: ", "model: a", "spec: ", "config: ", "replicas: 0"),
        *("include: ", "environments: ", "local: ", "platform: ", "\n", "\n  ", "---\n", "- ", ": ", "? ", "#", "|\n"),
        *("&a ", "*a", "<<: ", "[", "]", "{", "}", "'", '"', "!!str ", "!x ", "%", "${var:x}", "${env:X}", "$${"),
        *("\t", "\x00", "\x85", "\u2028", "é", "\U0001f600", "1e999"),
    ]
)
texts = st.lists(PIECES, max_size=25).map(lambda pieces: "".join(pieces).encode()) | st.binary(max_size=60)


@many
@given(data=texts)
def test_whatever_a_file_says_is_answered_with_diagnostics(data):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "gitops.yaml").write_text(PROJECT)
        (root / "a.yaml").write_bytes(data)
        (root / "b.yaml").write_bytes(b"kind: Endpoint\nname: a\nrollout: {max_surge: 2}\n---\n" + data)

        loaded = FileSource(root, environ={}).load("local")

        assert (loaded.desired is None) == any(found.is_error for found in loaded.diagnostics)
        assert all(found.place and found.hint and found.summary for found in loaded.diagnostics)


@many
@given(data=texts)
def test_whatever_gitops_yaml_says_is_answered_with_diagnostics(data):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "gitops.yaml").write_bytes(data)
        source = FileSource(Path(folder), environ={})

        names, _ = source.environments()
        loaded = source.load("local")

        assert loaded.diagnostics
        assert loaded.desired is None
        assert all(isinstance(name, str) for name in names)


@many
@given(text=st.lists(PIECES, max_size=25).map("".join).filter(lambda text: "\x00" not in text))
def test_reading_with_marks_gives_the_same_values_and_a_place_for_every_key(text):
    plain, marked = read(text), read(text, with_marks=True)

    assert repr(plain.documents) == repr(marked.documents)
    for document in marked.documents:
        if isinstance(document.content, dict):
            assert set(marked.marks[id(document.content)]) == set(document.content)


@many
@given(line=st.integers(1, 5), column=st.integers(1, 400), data=st.binary(max_size=300))
def test_an_excerpt_is_one_printable_line(line, column, data):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "gitops.yaml").write_bytes(data)
        loaded = FileSource(Path(folder), environ={}).load("local")

    found = loaded.diagnostics[0].model_copy(
        update={"place": Place(file="gitops.yaml", line=line, column=column), "excerpt": ()}
    )
    excerpt = loaded.excerpt(found).excerpt
    assert len(excerpt) <= 1
    assert all(letter >= " " and letter != "\x7f" for text in excerpt for letter in text)
