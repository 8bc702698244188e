import pytest

from gitops.sources.splicing import CannotSplice, drop, put


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: |\n  t\n\nb: >+\n  t\n\n", "a: |\n  t\n\n"),
        ("a: |\n  t\n\nb: >+\n  t\n\n   ", "a: |\n  t\n"),
        ("b: !!str |1+\n t\n\n# c\na: 1\n", "# c\na: 1\n"),
        ("a: |+\n  t\n\nb: 1\n", "a: |+\n  t\n\n"),
    ],
)
def test_empty_lines_that_a_text_keeps_go_with_it(text, expected):
    assert drop(text, 0, ("b",)) == expected


@pytest.mark.parametrize("end", ["  # becomes a line of the text\n", "\n   \n"])
def test_a_key_is_not_taken_from_behind_a_text_that_would_go_on(end):
    with pytest.raises(CannotSplice, match="something else would change with it"):
        drop(f"a: |\n  t\nb: 1\n{end}", 0, ("b",))


def test_empty_lines_that_a_text_keeps_stay_where_a_key_is_added():
    assert put("a: |+\n  t\n\n", 0, ("b",), 1) == "a: |+\n  t\n\nb: 1\n"
    assert put("a: |\n  t\n\n", 0, ("b",), 1) == "a: |\n  t\nb: 1\n\n"


def test_a_value_on_a_line_where_nothing_else_may_stand_is_refused():
    with pytest.raises(CannotSplice):
        put("a: \r\n|\n  t\n", 0, ("a",), 0)
