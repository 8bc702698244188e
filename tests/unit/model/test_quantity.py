import math

import pytest
from pydantic import TypeAdapter, ValidationError

from gitops.model.quantity import Duration, Name, Quantity, Replicas, Rounding, VersionSelector, duration_text, share

QUANTITY, DURATION = TypeAdapter(Quantity), TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("written", "value"), [(0, 0), (3, 3), ("25%", "25%"), ("0%", "0%"), ("007%", "7%"), ("100%", "100%")]
)
def test_a_quantity_is_a_count_or_a_percent(written, value):
    assert QUANTITY.validate_python(written) == value


@pytest.mark.parametrize("written", [-1, 2.5, True, "3", "101%", "-1%", "2.5%", "%", " 5%", None, [1]])
def test_anything_else_is_no_quantity(written):
    with pytest.raises(ValidationError):
        QUANTITY.validate_python(written)


@pytest.mark.parametrize(
    ("quantity", "of", "up", "down"),
    [
        (2, 3, 2, 2),
        ("25%", 3, 1, 0),
        ("25%", 4, 1, 1),
        ("50%", 5, 3, 2),
        ("0%", 9, 0, 0),
        ("100%", 7, 7, 7),
        ("1%", 1, 1, 0),
    ],
)
def test_a_share_is_rounded_the_way_it_is_asked_for(quantity, of, up, down):
    assert (share(quantity, of, Rounding.UP), share(quantity, of, Rounding.DOWN)) == (up, down)


@pytest.mark.parametrize(
    ("written", "seconds"), [("30s", 30), ("10m", 600), ("500ms", 0.5), ("1.5h", 5400), (45, 45), (0.25, 0.25)]
)
def test_a_duration_is_seconds(written, seconds):
    assert DURATION.validate_python(written) == seconds


@pytest.mark.parametrize("written", ["0s", "25h", "-1s", "10", "10 m", "1d", "", True, None, 0, math.nan, math.inf])
def test_anything_else_is_no_duration(written):
    with pytest.raises(ValidationError):
        DURATION.validate_python(written)


@pytest.mark.parametrize(("seconds", "text"), [(600, "10m"), (90, "90s"), (0.5, "500ms"), (3600, "1h"), (5400, "90m")])
def test_a_duration_is_shown_as_people_write_it(seconds, text):
    assert duration_text(seconds) == text
    assert DURATION.validate_python(text) == seconds


@pytest.mark.parametrize("name", ["a", "0", "aloha-v2", "a" * 63])
def test_these_are_names(name):
    assert TypeAdapter(Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a" * 64, "a.b", "a\n", "é"])
def test_these_are_not(name):
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


@pytest.mark.parametrize("version", ["current", "v0", "v3", "v123456789"])
def test_these_select_a_version(version):
    assert TypeAdapter(VersionSelector).validate_python(version) == version


@pytest.mark.parametrize("version", ["", "v", "v01", "3", "latest", "sha256:abc", "v1234567890", "v3\n"])
def test_these_select_none(version):
    with pytest.raises(ValidationError):
        TypeAdapter(VersionSelector).validate_python(version)


@pytest.mark.parametrize("replicas", [0, -1, 1001, 1.0, "1", True])
def test_there_is_at_least_one_replica_and_not_an_absurd_number(replicas):
    with pytest.raises(ValidationError):
        TypeAdapter(Replicas).validate_python(replicas)
