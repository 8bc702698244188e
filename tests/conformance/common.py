"""What every platform behind the port promises."""

from datetime import timedelta

import pytest

from gitops.errors import Conflict, Rejected
from gitops.model.health import settled
from gitops.model.live import Absent, Phase
from gitops.model.log import LogQuery
from tests.conformance.subject import (
    Subject,
    create,
    created,
    found,
    ids,
    pages,
    push,
    push_packed,
    put_back,
    read,
    roll_out,
    said,
    serves,
)


class PlatformContract:
    """Inherit from it as `Test...` and give it a fixture `subject`."""

    # Versions.

    def test_the_platform_names_pushed_versions_in_order(self, subject: Subject):
        first, second = push(subject, "one"), push(subject, "two")

        assert ["v0", "v1"] == [first.partition("-")[0], second.partition("-")[0]]
        assert second == subject.platform.versions(["aloha"])["aloha"][-1].name

    def test_a_model_that_was_never_pushed_has_no_versions(self, subject: Subject):
        assert {"aloha": ()} == dict(subject.platform.versions(["aloha"]))

    def test_a_version_carries_the_digest_it_was_pushed_with(self, subject: Subject):
        card, archive = subject.good_card()
        subject.platform.push(card, archive)

        assert card.digest == subject.platform.versions(["aloha"])["aloha"][0].digest

    def test_the_same_content_again_is_the_same_version(self, subject: Subject):
        assert push(subject, "one") == push(subject, "one")
        assert 1 == len(subject.platform.versions(["aloha"])["aloha"])

    def test_a_name_that_was_never_created_reads_as_absent(self, subject: Subject):
        assert isinstance(subject.platform.read(["aloha"])["aloha"], Absent)

    def test_reading_answers_exactly_the_names_that_were_asked_for(self, subject: Subject):
        created(subject, replicas=1)

        assert {"aloha", "nobody"} == set(subject.platform.read(["aloha", "nobody"]))
        assert {} == dict(subject.platform.read([]))

    def test_an_endpoint_knows_the_digest_that_it_serves(self, subject: Subject):
        created(subject)

        assert subject.good_card()[0].digest == read(subject).digest

    def test_creating_another_endpoint_of_the_same_name_is_a_conflict(self, subject: Subject):
        created(subject, replicas=1)
        other = push(subject, "two")

        with pytest.raises(Conflict):
            create(subject, other, replicas=1)

    def test_an_unknown_version_is_rejected(self, subject: Subject):
        push(subject)

        with pytest.raises(Rejected):
            create(subject, "v9")

    def test_a_complete_rollout_ends_with_every_replica_on_the_new_version(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=2)

        subject.eventually(lambda: serves(subject, new, 2))
        assert (new, Phase.SERVING) == (read(subject).version, read(subject).phase)

    def test_rolling_out_an_unknown_version_or_endpoint_is_rejected(self, subject: Subject):
        version = created(subject, replicas=1)

        with pytest.raises(Rejected):
            roll_out(subject, "v9", updated=1)
        with pytest.raises(Rejected):
            roll_out(subject, version, updated=1, name="nobody")

    def test_scaling_to_the_same_number_changes_nothing(self, subject: Subject):
        version = created(subject)
        before = ids(read(subject))
        subject.platform.scale("aloha", replicas=2)

        subject.eventually(lambda: serves(subject, version, 2))
        assert before == ids(read(subject))

    def test_scaling_an_endpoint_that_is_absent_is_rejected(self, subject: Subject):
        with pytest.raises(Rejected):
            subject.platform.scale("nobody", replicas=2)

    def test_a_created_endpoint_shows_and_serves_when_every_replica_is_ready(self, subject: Subject):
        version = created(subject, replicas=2)
        live = read(subject)

        assert (Phase.SERVING, "aloha", version, 2) == (live.phase, live.model, live.version, live.replicas)
        assert 2 == live.ready == live.ready_on(version)

    def test_replicas_that_crash_at_start_make_a_creation_fail(self, subject: Subject):
        create(subject, push_packed(subject, subject.crashing_card()), replicas=1)
        subject.eventually(lambda: found(subject) and read(subject).phase is Phase.FAILED)

        assert 0 == read(subject).ready
        assert read(subject).message != ""

    def test_a_version_that_crashes_is_put_back_and_the_old_one_serves(self, subject: Subject):
        created(subject, replicas=2)
        roll_out(subject, push_packed(subject, subject.crashing_card()), updated=2)
        subject.eventually(lambda: put_back(read(subject)))

        subject.eventually(lambda: read(subject).ready == 2 and settled(read(subject)))
        assert "one" in subject.answer()

    def test_a_version_that_was_put_back_gives_way_to_a_good_one(self, subject: Subject):
        created(subject, replicas=1)
        roll_out(subject, push_packed(subject, subject.crashing_card()), updated=1)
        subject.eventually(lambda: put_back(read(subject)) and settled(read(subject)))
        good = push(subject, "two")
        roll_out(subject, good, updated=1)

        subject.eventually(lambda: serves(subject, good, 1))
        assert "two" in subject.answer()

    @pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
    def test_scaling_settles_at_the_new_number(self, subject: Subject, before: int, after: int):
        version = created(subject, replicas=before)
        subject.platform.scale("aloha", replicas=after)

        subject.eventually(lambda: serves(subject, version, after) and read(subject).phase is Phase.SERVING)

    # Deleting.

    def test_a_deleted_endpoint_is_gone_and_deleting_it_again_changes_nothing(self, subject: Subject):
        created(subject, replicas=2)
        subject.platform.delete("aloha")
        subject.platform.delete("aloha")
        subject.eventually(lambda: not found(subject))
        subject.platform.delete("aloha")

        assert not found(subject)
        assert {} == dict(subject.platform.counters(["aloha"]))

    def test_deleting_an_endpoint_that_never_was_is_no_error(self, subject: Subject):
        subject.platform.delete("nobody")

        assert isinstance(subject.platform.read(["nobody"])["nobody"], Absent)

    def test_an_endpoint_that_is_being_deleted_does_not_read_as_one_that_serves(self, subject: Subject):
        created(subject, replicas=1)
        subject.platform.delete("aloha")
        subject.eventually(lambda: not found(subject) or read(subject).busy)

        seen = subject.platform.read(["aloha"])["aloha"]
        assert isinstance(seen, Absent) or (seen.busy and seen.doubtful)

    def test_after_a_deletion_the_name_and_the_versions_can_be_used_again(self, subject: Subject):
        version = created(subject, replicas=2)
        subject.platform.delete("aloha")
        subject.eventually(lambda: not found(subject))

        assert version == subject.platform.versions(["aloha"])["aloha"][-1].name
        assert version == created(subject, replicas=1)
        assert "one" in subject.answer()

    def test_an_endpoint_can_be_deleted_in_the_middle_of_a_rollout(self, subject: Subject):
        created(subject, replicas=2)
        roll_out(subject, push_packed(subject, subject.slow_card()), updated=2)
        subject.platform.delete("aloha")

        subject.eventually(lambda: not found(subject))

    # Probing.

    def test_an_endpoint_that_serves_answers_a_probe(self, subject: Subject):
        created(subject, replicas=1)
        result = subject.platform.probe("aloha", {"text": "hello"})

        assert (True, "") == (result.ok, result.message)
        assert result.latency_ms is not None

    def test_a_probe_of_an_endpoint_that_is_absent_is_a_bad_result(self, subject: Subject):
        result = subject.platform.probe("nobody", {})

        assert not result.ok
        assert result.message != ""

    # Logs. A good replica says `aloha` when it starts, a crashing one which module it does not find.

    def test_what_replicas_print_can_be_read(self, subject: Subject):
        created(subject, replicas=2)
        subject.eventually(lambda: len({line.source for line in said(subject) if "aloha" in line.text}) == 2)

        assert all(line.at is not None for line in said(subject))

    def test_lines_of_one_replica_can_be_asked_for(self, subject: Subject):
        created(subject, replicas=2)
        subject.eventually(lambda: len({line.source for line in said(subject)}) == 2)
        source = said(subject)[0].source

        assert {source} == {line.source for line in said(subject, replica=source)}

    def test_a_cursor_gives_only_what_is_new(self, subject: Subject):
        created(subject, replicas=1)
        subject.eventually(lambda: said(subject) != [])
        before, cursor = pages(subject, LogQuery())
        assert ([], cursor) == pages(subject, LogQuery(), cursor)
        subject.platform.scale("aloha", replicas=2)
        subject.eventually(lambda: len({line.source for line in said(subject)}) == 2)
        after, _ = pages(subject, LogQuery(), cursor)

        assert before != []
        assert {line.source for line in after}.isdisjoint({line.source for line in before})

    def test_logs_of_an_endpoint_that_is_absent_are_rejected(self, subject: Subject):
        with pytest.raises(Rejected):
            subject.platform.logs("nobody", LogQuery())

    def test_lines_since_a_time_are_those_of_then_and_later(self, subject: Subject):
        created(subject, replicas=1)
        subject.eventually(lambda: said(subject) != [])
        last = max(line.at for line in said(subject))

        assert said(subject, since=last) != []
        assert [] == said(subject, since=last + timedelta(days=1))
