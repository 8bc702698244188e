import pytest

from gitops.model.secret import Secret
from gitops.sources.wording import described, did_you_mean, listing, meant, shown


def test_a_long_text_is_cut():
    assert shown("x" * 100) == "x" * 57 + "..."


def test_what_cannot_be_printed_is_escaped():
    assert shown("a\x1b[31m\n") == "a\\u001b[31m\\u000a"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (3, "3"),
        (2.5, "2.5"),
        ("x", 'the text "x"'),
        ("", "an empty text"),
        ([], "a list"),
        ({}, "a mapping"),
        (Secret("hunter2"), "a secret"),
    ],
)
def test_a_value_is_described_by_what_it_is(value, words):
    assert described(value) == words


def test_a_near_word_is_meant():
    assert meant("replica", ["replicas", "rollout"]) == "replicas"
    assert meant("zebra", ["replicas", "rollout"]) is None


def test_a_near_word_is_found_among_very_many():
    assert meant("endpoint-77x", [f"endpoint-{n}" for n in range(10_000)]) is not None


def test_an_endless_word_is_not_compared():
    assert meant("x" * 1000, ["x"]) is None


def test_a_hint_falls_back_on_other_words():
    assert did_you_mean("zebra", ["aloha"], "declare it") == "declare it"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcd"), "a, b and 2 more"),
    ],
)
def test_words_are_listed_as_in_a_sentence(words, text):
    assert listing(words, 3 if len(words) < 4 else 2) == text
