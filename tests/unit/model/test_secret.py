import json

import pytest
from pydantic import BaseModel, ValidationError

from gitops.model.secret import MASK, Secret, secret_digest


class Holder(BaseModel):
    token: Secret


def test_a_secret_is_masked_everywhere():
    secret = Secret("hunter2", "TOKEN")

    assert {repr(secret), str(secret), f"{secret}", "%s" % secret} == {MASK}  # noqa: UP031
    assert "hunter2" not in repr(Holder(token=secret))
    assert json.loads(Holder(token=secret).model_dump_json()) == {"token": MASK}
    assert Holder(token=secret).model_dump() == {"token": MASK}


def test_its_value_is_there_for_who_asks():
    assert Secret("hunter2").reveal() == "hunter2"


@pytest.mark.parametrize(("written", "value"), [("x", "x"), (3, "3"), (2.5, "2.5"), (True, "true"), (False, "false")])
def test_a_scalar_becomes_a_secret(written, value):
    assert Holder(token=written).token == Secret(value)


@pytest.mark.parametrize("written", [None, [], {}])
def test_anything_else_does_not(written):
    with pytest.raises(ValidationError):
        Holder(token=written)


def test_equal_secrets_have_the_same_value_and_origin():
    assert Secret("a", "X") == Secret("a", "X")
    assert hash(Secret("a", "X")) == hash(Secret("a", "X"))
    assert Secret("a", "X") != Secret("a", "Y")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_its_digest_depends_on_key_name_and_value():
    digest = secret_digest("key", "TOKEN", "hunter2")

    assert len(digest) == 32
    assert digest == secret_digest("key", "TOKEN", "hunter2")
    others = {
        secret_digest("k", "TOKEN", "hunter2"),
        secret_digest("key", "T", "hunter2"),
        secret_digest("key", "TOKEN", "h"),
    }
    assert digest not in others
    assert len(others) == 3


def test_its_digest_does_not_confuse_where_the_name_ends():
    assert secret_digest("key", "A", "Bc") != secret_digest("key", "AB", "c")
