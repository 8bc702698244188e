import pytest

from gitops.diagnostics import Code
from gitops.sources.reader import MAX_DEPTH, MAX_DOCUMENTS, MAX_FLAWS, MAX_VALUES, read


def contents(text):
    return [document.content for document in read(text).documents]


def flaws(text):
    return [(flaw.code, flaw.line, flaw.column) for flaw in read(text, with_marks=True).flaws]


def test_a_file_holds_several_documents_and_each_knows_where_it_begins():
    reading = read("# first\na: 1\n---\n- 2\n")

    assert [document.content for document in reading.documents] == [{"a": 1}, [2]]
    assert [(document.line, document.column) for document in reading.documents] == [(2, 1), (4, 1)]


def test_a_quoted_scalar_is_text():
    assert contents("a: '1'\nb: \"true\"\nc: |\n  2\n") == [{"a": "1", "b": "true", "c": "2\n"}]


def test_a_key_is_text_whatever_it_looks_like():
    assert contents("1: a\ntrue: b\n") == [{"1": "a", "true": "b"}]


def test_an_alias_is_the_value_of_its_anchor():
    assert contents("a: &x {k: 1}\nb: *x\nc: &y 3\nd: [*y, *x]\n") == [
        {"a": {"k": 1}, "b": {"k": 1}, "c": 3, "d": [3, {"k": 1}]}
    ]


def test_an_anchor_does_not_reach_into_the_next_document():
    assert flaws("a: &x 1\n---\nb: *x\n") == [(Code.INVALID_YAML, 3, 4)]


def test_a_merge_key_gives_way_to_keys_written_out_wherever_they_stand():
    assert contents("a: &a {k: 1, l: 1}\nb:\n  k: 2\n  <<: *a\n") == [{"a": {"k": 1, "l": 1}, "b": {"k": 2, "l": 1}}]


def test_of_several_merged_mappings_the_first_wins():
    assert contents("- &a {k: 1}\n- &b {k: 2, l: 2}\n- <<: [*a, *b]\n")[0][2] == {"k": 1, "l": 2}


def test_a_quoted_merge_key_is_a_key():
    assert contents("'<<': {k: 1}\n") == [{"<<": {"k": 1}}]


def test_only_mappings_can_be_merged():
    assert flaws("<<: 3\n") == [(Code.INVALID_YAML, 1, 5)]


def test_a_key_that_is_there_twice_is_a_flaw_and_the_first_counts():
    reading = read("a: 1\nb: 2\na: 3\n", with_marks=True)

    assert reading.documents[0].content == {"a": 1, "b": 2}
    assert [(flaw.code, flaw.line) for flaw in reading.flaws] == [(Code.DUPLICATE_KEY, 3)]
    assert reading.flaws[0].summary == "the key a is there twice: first in line 1"


def test_a_merge_key_that_is_there_twice_is_a_flaw():
    assert flaws("a: &a {k: 1}\nb:\n  <<: *a\n  <<: *a\n") == [(Code.DUPLICATE_KEY, 4, 3)]


@pytest.mark.parametrize("key", ["[a]", "{a: 1}", "*x"])
def test_a_key_that_is_no_text_is_a_flaw_and_is_left_out(key):
    reading = read(f"x: &x 1\n? {key}\n: 2\ny: 3\n")

    assert reading.documents[0].content == {"x": 1, "y": 3}
    assert [flaw.code for flaw in reading.flaws] == [Code.INVALID_YAML]


@pytest.mark.parametrize(
    "text",
    ["a: !!python/object:os.system x", "a: !custom 1", "a: !!binary aGk=", "a: !!set {b}", "a: !!int x", "a: !x [1]"],
)
def test_a_tag_is_a_flaw(text):
    assert flaws(text) == [(Code.INVALID_YAML, 1, 4)]


def test_tags_of_plain_values_are_no_flaw():
    text = "a: !!str 1\nb: !!int 2\nc: !!map {}\nd: !!seq []\ne: !!bool true\nf: !!null ~\ng: !!float 1\nh: ! 5\n"

    assert contents(text) == [
        {"a": "1", "b": 2, "c": {}, "d": [], "e": True, "f": None, "g": 1, "h": "5"},
    ]


def test_a_bomb_of_aliases_is_stopped_by_its_count():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    reading = read("\n".join(lines))

    assert [flaw.code for flaw in reading.flaws] == [Code.ALIAS_EXPANSION]
    assert not reading.complete


def test_an_alias_inside_its_own_anchor_is_a_flaw():
    assert flaws("a: &a [1, *a]\n") == [(Code.ALIAS_EXPANSION, 1, 11)]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_endless_nesting_is_stopped_by_its_depth(opening):
    reading = read(opening * 200_000)

    assert [flaw.code for flaw in reading.flaws] == [Code.NESTING_TOO_DEEP]


def test_the_greatest_depth_can_be_read():
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH).flaws == []


def test_documents_before_a_mistake_are_kept():
    reading = read("a: 1\n---\nb: [\n")

    assert [document.content for document in reading.documents] == [{"a": 1}]
    assert not reading.complete


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a: b: c\n", (1, 5), "quote a text that contains `: `"),
        ("a:\n\tb: 1\n", (2, 1), "indent with spaces"),
        ("a: [1, 2\n", (1, 4), "bracket"),
        ("a: 'x\n\n\n", (1, 4), "never closed"),
        ("a: @x\n", (1, 4), "put the text in quotes"),
        ("a: [${var:x}]\n", (1, 10), '"${var:name}"'),
        ("%YAML 2.0\n---\na: 1\n", (1, 1), "check"),
    ],
)
def test_broken_yaml_says_where_and_what_to_do(text, place, hint):
    flaw = read(text).flaws[0]

    assert (flaw.line, flaw.column) == place
    assert flaw.code is Code.INVALID_YAML
    assert hint in flaw.hint


def test_an_empty_text_has_no_document():
    assert read("").documents == []


def test_marks_are_taken_only_when_asked_for():
    assert read("a: {b: 1}\n").marks == {}
    assert len(read("a: {b: 1}\n", with_marks=True).marks) == 2


def test_a_document_of_absurdly_many_values_is_stopped():
    assert [flaw.code for flaw in read("a: [" + "1," * MAX_VALUES + "]\n").flaws] == [Code.TOO_LARGE]


def test_values_are_counted_by_document():
    half = "- [" + "1," * (MAX_VALUES // 2) + "]\n"

    assert read(half + "---\n" + half + "---\n" + half).flaws == []


def test_a_file_of_absurdly_many_documents_is_stopped():
    reading = read("---\n" * (MAX_DOCUMENTS + 1))

    assert [flaw.code for flaw in reading.flaws] == [Code.TOO_LARGE]
    assert len(reading.documents) == MAX_DOCUMENTS


def test_flaws_are_counted_so_that_they_help():
    assert len(read("a: 1\n" * 10_000).flaws) == MAX_FLAWS
