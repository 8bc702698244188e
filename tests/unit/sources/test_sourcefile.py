import pytest

from gitops.diagnostics import Code, Place
from gitops.sources.sourcefile import MAX_BYTES, read_file


def file_of(tmp_path, data):
    path = tmp_path / "a.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_file(path, "a.yaml")


def located(file, *steps, at_key=False):
    place, followed = file.locate(0, steps, at_key=at_key)
    return place.line, place.column, followed


def test_a_value_and_its_key_have_places(tmp_path):
    file = file_of(tmp_path, "a: 1\nb:\n  c: [x, yy]\n")

    assert located(file, "b", "c", 1) == (3, 10, 3)
    assert located(file, "b", "c", at_key=True) == (3, 3, 2)


def test_what_does_not_stand_there_has_the_place_of_what_is_around_it(tmp_path):
    file = file_of(tmp_path, "a: 1\nb:\n  c: 2\n")

    assert located(file, "b", "d") == (2, 1, 1)
    assert located(file, "z") == (1, 1, 0)


def test_what_an_alias_brings_has_the_place_of_its_anchor(tmp_path):
    file = file_of(tmp_path, "a: &x\n  k: 1\nb: *x\nc:\n  <<: *x\n")

    assert located(file, "b") == (3, 4, 1)
    assert located(file, "b", "k") == (2, 6, 2)
    assert located(file, "c", "k") == (2, 6, 2)


def test_columns_count_characters_not_bytes(tmp_path):
    assert located(file_of(tmp_path, "é: [ééé, x]\n"), "é", 1) == (1, 10, 2)


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path):
    assert file_of(tmp_path, "\ufeffa: 1\n").reading.documents[0].content == {"a": 1}


def test_places_cost_a_second_reading_only_when_they_are_asked_for(tmp_path):
    file = file_of(tmp_path, "a: 1\n")

    assert file.reading.marks == {}


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"a: \0", Code.INVALID_YAML, "binary file"),
        (b"a: 1\nb: \xff\n", Code.INVALID_YAML, "not UTF-8 text: byte 0xff at offset 8"),
        (b"a: \x1b[31m\n", Code.INVALID_YAML, "the character U+001B"),
        (b"a: " + b"x" * MAX_BYTES, Code.TOO_LARGE, "larger than 5 MiB"),
        (b"%TAG !a! tag:a:\n" * 100 + b"---\na: 1\n", Code.INVALID_YAML, "%TAG"),
    ],
)
def test_a_file_that_is_no_decent_text_is_one_flaw(tmp_path, data, code, words):
    file = file_of(tmp_path, data)

    assert [flaw.code for flaw in file.reading.flaws] == [code]
    assert words in file.reading.flaws[0].summary
    assert not file.reading.complete


def test_the_place_of_a_bad_byte_is_its_line_and_column(tmp_path):
    flaw = file_of(tmp_path, b"a: 1\nb: \xff\n").reading.flaws[0]

    assert (flaw.line, flaw.column) == (2, 4)


def test_a_file_of_the_greatest_size_is_read(tmp_path):
    assert file_of(tmp_path, b"#" * MAX_BYTES).reading.flaws == []


def test_a_file_that_is_not_there_is_a_flaw(tmp_path):
    file = read_file(tmp_path / "gone.yaml", "gone.yaml")

    assert [flaw.code for flaw in file.reading.flaws] == [Code.FILE_UNREADABLE]


def test_a_folder_is_a_flaw(tmp_path):
    assert [flaw.code for flaw in read_file(tmp_path, "x").reading.flaws] == [Code.FILE_UNREADABLE]


def test_an_excerpt_is_the_line_of_the_place(tmp_path):
    file = file_of(tmp_path, "a: 1\r\nb: 2\r\n")

    assert file.excerpt(Place(file="a.yaml", line=2)) == ("b: 2",)
    assert file.excerpt(Place(file="a.yaml", line=9)) == ()


def test_an_excerpt_cannot_command_a_terminal(tmp_path):
    file = file_of(tmp_path, b"a: \x1b[31m\tb\n")

    assert file.excerpt(Place(file="a.yaml")) == ("a: \ufffd[31m b",)


def test_an_excerpt_of_an_endless_line_is_cut(tmp_path):
    file = file_of(tmp_path, "a: " + "x" * 10_000)

    assert file.excerpt(Place(file="a.yaml", column=4)) == ("a: " + "x" * 157,)
    assert file.excerpt(Place(file="a.yaml", column=5000)) == ()
