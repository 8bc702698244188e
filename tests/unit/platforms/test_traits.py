"""What is said of each kind of platform without asking one."""

import pytest

from gitops.model.card import CardSpec
from gitops.platforms.traits import LOCAL
from tests.architecture.tree import read


def test_every_key_of_a_card_is_acted_on_or_has_a_reason_and_none_has_both():
    assert LOCAL.card_keys | set(LOCAL.not_applicable) == set(CardSpec.model_fields)
    assert LOCAL.card_keys & set(LOCAL.not_applicable) == set()


@pytest.mark.parametrize("key", LOCAL.not_applicable)
def test_every_reason_stands_in_the_table_of_keys(key):
    rows = [line for line in read("docs/projects.md").splitlines() if f"`{key}`" in line.split(" | ")[0]]

    assert len(rows) == 1
    assert LOCAL.not_applicable[key] in rows[0].replace("`", "")
