import math

import pytest

from gitops.sources.scalars import plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+12", 12),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        (".INF", math.inf),
    ],
)
def test_what_the_core_schema_knows_is_a_value(text, value):
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("text", ["yes", "off", "2024-01-01", "1_000", "1:30", "-", "+", ".", "v3", "50%", "0o8", "1e"])
def test_what_it_does_not_know_is_text(text):
    assert plain(text) == text


def test_not_a_number_is_a_number():
    value = plain(".nan")

    assert isinstance(value, float)
    assert math.isnan(value)


def test_a_number_of_absurd_length_stays_text_because_python_would_refuse_to_print_it():
    assert plain("9" * 10_000) == "9" * 10_000
