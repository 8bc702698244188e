import sqlite3
from contextlib import closing

import pytest

from gitops.errors import DataFolderError, ErrorCode
from gitops.local.state import Version
from gitops.local.store.journal import Journal
from gitops.local.store.store import Store, open_database
from gitops.model.live import ReplicaState
from tests.unit.local.worlds import EPOCH, make_endpoint, make_replica


@pytest.fixture
def path(tmp_path):
    return tmp_path / "platform.db"


@pytest.fixture
def store(path):
    store = Store(path)
    yield store
    store.close()


def journal(store):
    return Journal(store, lambda: EPOCH)


def test_what_was_written_is_there_after_opening_again(path, store):
    journal(store).write("endpoint_created", make_endpoint(3), [make_replica(1)], make_replica(1), {"why": "test"})
    store.close()

    again = Store(path)
    try:
        assert again.endpoints() == [make_endpoint(3)]
        assert again.living() == [make_replica(1)]
        (event,) = again.events(0, None, 10)
        assert (event.kind, event.ready, event.total, event.wanted) == ("endpoint_created", 1, 1, 3)
        assert (event.detail, event.at) == ({"why": "test"}, EPOCH)
    finally:
        again.close()


def test_events_are_read_from_a_point_on_and_of_one_endpoint(store):
    for name in ("a", "b", "a"):
        journal(store).write("x", make_endpoint(1, name=name), [])

    assert [event.seq for event in store.events(0, "a", 10)] == [1, 3]
    assert [event.seq for event in store.events(1, None, 1)] == [2]


def test_replicas_living_and_dead_are_found_by_their_ids_within_their_endpoint(store):
    for number, state in ((1, ReplicaState.FAILED), (2, ReplicaState.READY), (3, ReplicaState.READY)):
        replica = make_replica(number, state=state)
        journal(store).write("x", make_endpoint(1), [], replica)

    assert [replica.id for replica in store.replicas("aloha", {"aloha-2", "aloha-1", "aloha-9"})] == [
        "aloha-1",
        "aloha-2",
    ]
    assert store.replicas("other", {"aloha-1"}) == []


def test_versions_come_back_oldest_first_with_their_secrets(store):
    for number, name in enumerate(("v0", "v1")):
        version = Version(
            model="m", name=name, digest=f"sha256:{number:064}", config={"a": 1}, secrets={"T": "x"}, pushed_at=EPOCH
        )
        store.add_version(version, number)

    assert [(version.name, version.secrets) for version in store.versions("m")] == [
        ("v0", {"T": "x"}),
        ("v1", {"T": "x"}),
    ]


def test_a_failed_write_leaves_neither_the_endpoint_nor_its_event(path):
    def small(path):
        database = open_database(path)
        database.execute("PRAGMA page_size = 512")
        return database

    store = Store(path, small)
    try:
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DataFolderError) as raised:
            journal(store).write("x", make_endpoint(1, message="long " * 2000), [])

        assert raised.value.code is ErrorCode.DATA_FOLDER_FULL
        assert "no space left" in raised.value.message
        assert (store.endpoints(), store.events(0, None, 10)) == ([], [])

        store._db.execute("PRAGMA max_page_count = 100000")
        journal(store).write("x", make_endpoint(1), [])
        assert len(store.events(0, None, 10)) == 1
    finally:
        store.close()


def test_a_read_only_folder_is_an_error_that_says_so(path, store):
    store.close()

    def read_only(path):
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

    with pytest.raises(DataFolderError, match="cannot use its data") as raised:
        Store(path, read_only)

    assert raised.value.code is ErrorCode.DATA_FOLDER_UNUSABLE


def test_a_folder_of_another_format_is_refused_with_both_numbers(path, store):
    store._db.execute("PRAGMA user_version = 99")
    store.close()

    with pytest.raises(DataFolderError, match="data format 99, this gitops reads format 2") as raised:
        Store(path)

    assert raised.value.code is ErrorCode.DATA_FOLDER_FORMAT


def test_a_file_that_is_no_database_is_refused(path):
    path.write_text("this is no database, and long enough to be looked at closely" * 20)

    with pytest.raises(DataFolderError, match="file is not a database"):
        Store(path)


def test_another_program_cannot_lock_a_running_platform_out_of_its_memory(path, store):
    intruder = sqlite3.connect(path, isolation_level=None, timeout=0)
    with closing(intruder), pytest.raises(sqlite3.OperationalError, match="locked"):
        intruder.execute("BEGIN IMMEDIATE")

    store.put_endpoint(make_endpoint(3))

    assert store.endpoints() == [make_endpoint(3)]


def test_a_database_that_another_program_holds_is_an_error_that_says_so(path):
    holder = sqlite3.connect(path, isolation_level=None)
    with closing(holder):
        holder.execute("BEGIN EXCLUSIVE")

        with pytest.raises(DataFolderError, match="locked") as raised:
            Store(path)

    assert "no other program holds it" in raised.value.hint
