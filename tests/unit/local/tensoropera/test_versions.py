from datetime import UTC, datetime, timedelta, timezone

import pytest

from gitops.errors import Rejected
from gitops.local.state import Version
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.store import Store
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.tensoropera.versions import long_name, short_name

AT = datetime(2026, 11, 3, 8, 5, 9, tzinfo=UTC)


def version(at: datetime = AT) -> Version:
    return Version(model="aloha", name="v3", digest="sha256:0", pushed_at=at)


def test_a_version_is_named_by_its_number_and_its_time():
    assert "v3-Tue Nov 03 08:05:09 GMT 2026" == long_name(version())


def test_the_name_does_not_depend_on_a_time_zone():
    assert long_name(version()) == long_name(version(AT.astimezone(timezone(timedelta(hours=9)))))


def test_a_long_name_leads_back_to_the_short_one():
    assert "v3" == short_name(long_name(version()))
    assert "v3" == short_name("v3")


@pytest.fixture
def shelf(tmp_path):
    store = Store(tmp_path / "platform.db")
    catalogue = Catalogue(store)
    catalogue.add("aloha", "sha256:0", {}, {}, AT)
    yield Shelf(catalogue, Ids("here"))
    store.close()


def test_a_version_is_found_by_either_name(shelf):
    assert "v0" == shelf.version("aloha", "v0").name
    assert "v0" == shelf.version("aloha", "v0-Tue Nov 03 08:05:09 GMT 2026").name


def test_a_version_of_another_time_is_another_version(shelf):
    with pytest.raises(Declined, match="no version 'v0-Wed"):
        shelf.version("aloha", "v0-Wed Nov 04 08:05:09 GMT 2026")
    with pytest.raises(Rejected, match="has no version v1"):
        shelf.version("aloha", "v1-Tue Nov 03 08:05:09 GMT 2026")


def test_a_card_is_found_by_its_id(shelf):
    assert "aloha" == shelf.model_of(shelf.id_of("aloha"))
    with pytest.raises(Declined, match="no model card with id 7"):
        shelf.model_of("7")
