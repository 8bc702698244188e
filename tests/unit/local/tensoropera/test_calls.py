import json

import pytest

from gitops.local.tensoropera.calls import DEEPEST, message_of, object_of
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.messages import CardWish, ReadLogs


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_no_body_is_an_empty_object():
    assert {} == object_of(b"")


def test_an_id_of_19_digits_keeps_every_one_of_them():
    assert {"id": 9223372036854775807} == object_of(b'{"id": 9223372036854775807}')


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": "\\ud800"}', b"[" * 100_000],
    ids=["cut", "list", "null", "text", "no text", "no number", "infinite", "half a character", "deep"],
)
def test_what_is_no_json_object_is_declined(body):
    with pytest.raises(Declined, match="not a JSON object"):
        object_of(body)


def test_a_whole_character_beyond_the_basic_plane_passes():
    assert {"a": "😀"} == object_of(json.dumps({"a": "😀"}).encode())


def test_an_object_is_taken_up_to_a_depth():
    assert object_of(nested(DEEPEST))
    with pytest.raises(Declined, match="nested deeper"):
        object_of(nested(DEEPEST + 1))


def test_a_message_that_is_not_valid_is_declined_without_its_value():
    with pytest.raises(Declined) as caught:
        message_of(CardWish, {"modelName": "aloha", "parameters": "hunter2"})
    assert "parameters" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("nothing", [None, "", 0, "0"])
def test_an_id_of_nothing_is_none(nothing):
    assert message_of(CardWish, {"modelName": "a", "parameters": {}, "id": nothing}).id is None


@pytest.mark.parametrize("run", [7, "7", 9223372036854775807, "9223372036854775807"])
def test_an_id_comes_as_a_number_or_as_text(run):
    assert str(run) == message_of(ReadLogs, {"runId": run}).run_id


@pytest.mark.parametrize("run", [7.0, True, "x", "", None, "1" * 20, [7]])
def test_what_is_no_id_is_declined(run):
    with pytest.raises(Declined):
        message_of(ReadLogs, {"runId": run})
