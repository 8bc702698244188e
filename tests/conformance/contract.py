"""What every platform behind the port promises. It knows no clock: things are so at once, or eventually."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale, LiveAutoscale
from gitops.model.card import CardContent
from gitops.model.health import serving, settled
from gitops.model.live import Absent, Live, Phase, ReplicaState, Verdict
from gitops.model.log import PLATFORM_SOURCE, LogLine, LogQuery
from gitops.ports import Platform

Packed = tuple[CardContent, Path]
"""A card and its archive, ready to be pushed."""


class Subject(Protocol):
    """A platform under test, freshly installed, and the cards that it can run. All cards are of the model `aloha`."""

    @property
    def platform(self) -> Platform:
        """The platform."""

    def eventually(self, predicate: Callable[[], bool], timeout_s: float = 30) -> None:
        """Let time pass until the predicate holds; fail if it never does."""

    def good_card(self, marker: str = "one") -> Packed:
        """A card whose replicas get ready soon; another marker is another content."""

    def crashing_card(self) -> Packed:
        """A card whose replicas die soon after their start."""

    def slow_card(self) -> Packed:
        """A card whose replicas start and do not get ready within a minute."""


class PlatformContract:
    """Inherit from it as `Test...` and give it a fixture `subject`."""

    # Versions.

    def test_a_model_that_was_never_pushed_has_no_versions(self, subject: Subject):
        assert {"aloha": ()} == dict(subject.platform.versions(["aloha"]))

    def test_the_platform_names_pushed_versions_in_order(self, subject: Subject):
        first, second = push(subject, "one"), push(subject, "two")

        assert ["v0", "v1"] == [first, second]
        assert [first, second] == [version.name for version in subject.platform.versions(["aloha"])["aloha"]]

    def test_a_version_carries_the_digest_it_was_pushed_with(self, subject: Subject):
        card, archive = subject.good_card()
        subject.platform.push(card, archive)

        assert card.digest == subject.platform.versions(["aloha"])["aloha"][0].digest

    def test_the_same_content_again_is_the_same_version(self, subject: Subject):
        assert push(subject, "one") == push(subject, "one")
        assert 1 == len(subject.platform.versions(["aloha"])["aloha"])

    # Reading.

    def test_a_name_that_was_never_created_reads_as_absent(self, subject: Subject):
        assert isinstance(subject.platform.read(["aloha"])["aloha"], Absent)

    def test_reading_answers_exactly_the_names_that_were_asked_for(self, subject: Subject):
        created(subject, replicas=1)

        assert {"aloha", "nobody"} == set(subject.platform.read(["aloha", "nobody"]))
        assert {} == dict(subject.platform.read([]))

    # Creating.

    def test_a_created_endpoint_shows_at_once_and_serves_when_every_replica_is_ready(self, subject: Subject):
        version = push(subject)
        create(subject, version, replicas=2)
        first = read(subject)

        assert (Phase.CREATING, None, 2) == (first.phase, first.version, first.replicas)
        subject.eventually(lambda: serves(subject, version, 2))
        assert (Phase.SERVING, version) == (read(subject).phase, read(subject).version)

    def test_an_endpoint_knows_the_digest_that_it_serves(self, subject: Subject):
        created(subject)

        assert subject.good_card()[0].digest == read(subject).digest

    def test_creating_the_same_endpoint_again_changes_nothing(self, subject: Subject):
        version = created(subject)
        before = read(subject)
        create(subject, version)

        assert ids(before) == ids(read(subject))

    def test_creating_another_endpoint_of_the_same_name_is_a_conflict(self, subject: Subject):
        created(subject, replicas=1)
        other = push(subject, "two")

        with pytest.raises(Conflict):
            create(subject, other, replicas=1)

    def test_an_unknown_version_is_rejected(self, subject: Subject):
        push(subject)

        with pytest.raises(Rejected):
            create(subject, "v9")

    def test_replicas_that_crash_at_start_make_a_creation_fail_and_are_stopped(self, subject: Subject):
        create(subject, push_packed(subject, subject.crashing_card()), replicas=1)
        subject.eventually(lambda: read(subject).phase is Phase.FAILED and not read(subject).members)

        assert read(subject).version is None
        assert read(subject).message != ""

    def test_a_creation_that_makes_no_progress_fails_at_its_deadline(self, subject: Subject):
        create(subject, push_packed(subject, subject.slow_card()), replicas=1, progress_deadline_s=1)
        subject.eventually(lambda: read(subject).phase is Phase.FAILED)

        assert read(subject).version is None

    def test_a_failed_endpoint_can_be_rolled_out_to_a_good_version(self, subject: Subject):
        create(subject, push_packed(subject, subject.crashing_card()), replicas=1)
        subject.eventually(lambda: read(subject).phase is Phase.FAILED)
        good = push(subject)
        roll_out(subject, good, updated=1)

        subject.eventually(lambda: serves(subject, good, 1))

    def test_a_failed_endpoint_can_be_given_another_number_before_it_is_repaired(self, subject: Subject):
        create(subject, push_packed(subject, subject.crashing_card()), replicas=2)
        subject.eventually(lambda: read(subject).phase is Phase.FAILED)
        good = push(subject)
        subject.platform.scale("aloha", replicas=1)
        subject.eventually(lambda: read(subject).replicas == 1)
        roll_out(subject, good, updated=1)

        subject.eventually(lambda: serves(subject, good, 1))

    # Rolling out.

    def test_a_complete_rollout_ends_with_every_replica_on_the_new_version(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=2)

        subject.eventually(lambda: serves(subject, new, 2))
        assert Verdict.SUCCEEDED is verdict(subject)

    def test_a_partial_rollout_stops_at_its_number_and_the_old_version_stays_verified(self, subject: Subject):
        old = created(subject, replicas=3)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED and settled(read(subject)))
        live = read(subject)

        assert (1, 2) == (live.ready_on(new), live.ready_on(old))
        assert (old, Phase.PAUSED, 1) == (live.version, live.phase, rollout(subject).updated_ready)

    def test_a_partial_rollout_that_is_asked_for_more_goes_on_as_the_same_rollout(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED)
        number = rollout(subject).id
        roll_out(subject, new, updated=2)
        subject.eventually(lambda: serves(subject, new, 2))

        assert number == rollout(subject).id

    def test_the_same_rollout_again_changes_nothing(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=2)
        subject.eventually(lambda: serves(subject, new, 2))
        before = read(subject)
        roll_out(subject, new, updated=2)

        assert (ids(before), before.rollout) == (ids(read(subject)), read(subject).rollout)

    def test_rollouts_are_told_apart_by_a_number_that_grows(self, subject: Subject):
        old = created(subject, replicas=1)
        numbers = [rollout(subject).id]
        for version in (push(subject, "two"), old):
            roll_out(subject, version, updated=1)
            numbers.append(rollout(subject).id)
            subject.eventually(lambda version=version: serves(subject, version, 1))

        assert numbers == sorted(set(numbers))

    def test_a_newer_rollout_wins_over_one_that_is_under_way(self, subject: Subject):
        created(subject, replicas=2)
        slow, good = push_packed(subject, subject.slow_card()), push(subject, "two")
        roll_out(subject, slow, updated=2)
        subject.eventually(lambda: any(member.version == slow for member in read(subject).members))
        roll_out(subject, good, updated=2)
        subject.eventually(lambda: serves(subject, good, 2))

        assert 0 == sum(member.version == slow for member in read(subject).members)

    def test_rolling_out_what_serves_goes_back_from_a_rollout_that_is_under_way(self, subject: Subject):
        old = created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED)
        number = rollout(subject).id
        roll_out(subject, old, updated=2)
        subject.eventually(lambda: serves(subject, old, 2))

        assert (old, Verdict.SUCCEEDED) == (rollout(subject).version, verdict(subject))
        assert number < rollout(subject).id

    def test_a_version_that_crashes_is_put_back_and_the_old_one_keeps_serving(self, subject: Subject):
        old = created(subject, replicas=2)
        bad = push_packed(subject, subject.crashing_card())
        roll_out(subject, bad, updated=2)
        subject.eventually(lambda: verdict(subject) is Verdict.ROLLED_BACK)

        assert rollout(subject).reason != ""
        subject.eventually(lambda: serves(subject, old, 2) and read(subject).phase is Phase.SERVING)

    def test_a_version_that_never_gets_ready_is_put_back_at_its_deadline(self, subject: Subject):
        old = created(subject, replicas=1)
        slow = push_packed(subject, subject.slow_card())
        roll_out(subject, slow, updated=1, progress_deadline_s=1)
        subject.eventually(lambda: verdict(subject) is Verdict.ROLLED_BACK)

        assert rollout(subject).reason != ""
        subject.eventually(lambda: serves(subject, old, 1))

    def test_a_version_that_was_put_back_can_be_tried_again(self, subject: Subject):
        created(subject, replicas=1)
        bad = push_packed(subject, subject.crashing_card())
        roll_out(subject, bad, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.ROLLED_BACK)
        number = rollout(subject).id
        roll_out(subject, bad, updated=1)

        assert number < rollout(subject).id

    def test_a_rollout_changes_the_gpus_of_a_replica_under_the_same_version(self, subject: Subject):
        version = created(subject, replicas=1)
        roll_out(subject, version, updated=1, gpus_per_replica=2)

        subject.eventually(lambda: serves(subject, version, 1, gpus_per_replica=2))

    def test_a_rollout_without_any_room_is_rejected(self, subject: Subject):
        version = created(subject, replicas=1)

        with pytest.raises(Rejected):
            roll_out(subject, version, updated=1, max_surge=0, max_unavailable=0)

    def test_a_surge_rounds_up_and_makes_room_where_unavailable_rounds_down_to_none(self, subject: Subject):
        created(subject, replicas=1)
        new = push(subject, "two")
        roll_out(subject, new, updated=1, max_surge="1%", max_unavailable="99%")

        subject.eventually(lambda: serves(subject, new, 1))

    def test_rolling_out_an_unknown_version_or_endpoint_is_rejected(self, subject: Subject):
        version = created(subject, replicas=1)

        with pytest.raises(Rejected):
            roll_out(subject, "v9", updated=1)
        with pytest.raises(Rejected):
            roll_out(subject, version, updated=1, name="nobody")

    # Scaling.

    @pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
    def test_scaling_settles_at_the_new_number_without_a_rollout(self, subject: Subject, before: int, after: int):
        version = created(subject, replicas=before)
        number = rollout(subject).id
        subject.platform.scale("aloha", replicas=after)
        subject.eventually(lambda: serves(subject, version, after) and read(subject).phase is Phase.SERVING)

        assert (number, after) == (rollout(subject).id, len(read(subject).members))

    def test_scaling_to_the_same_number_changes_nothing(self, subject: Subject):
        created(subject)
        before = ids(read(subject))
        subject.platform.scale("aloha", replicas=2)

        assert before == ids(read(subject))

    def test_scaling_an_endpoint_that_is_absent_is_rejected(self, subject: Subject):
        with pytest.raises(Rejected):
            subject.platform.scale("nobody", replicas=2)

    def test_scaling_during_a_partial_rollout_keeps_what_was_updated(self, subject: Subject):
        old = created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED and settled(read(subject)))
        subject.platform.scale("aloha", replicas=3)
        subject.eventually(lambda: read(subject).ready == 3 and settled(read(subject)))

        assert (1, 2) == (read(subject).ready_on(new), read(subject).ready_on(old))

    # Autoscaling.

    def test_a_policy_shows_and_pulls_no_number_that_it_allows(self, subject: Subject):
        version = created(subject)
        subject.platform.set_autoscale("aloha", policy=policy(2, 4))
        subject.eventually(lambda: read(subject).policy == policy(2, 4))

        assert serves(subject, version, 2)

    def test_a_policy_shows_with_every_value_that_it_was_set_with(self, subject: Subject):
        created(subject, replicas=1)
        odd = policy(1, 1, requests_per_replica=7, window=12.345, scale_down_delay=0)
        subject.platform.set_autoscale("aloha", policy=odd)

        subject.eventually(lambda: read(subject).policy == odd)

    def test_an_endpoint_without_a_policy_says_so(self, subject: Subject):
        created(subject, replicas=1)

        assert read(subject).autoscale is None

    def test_the_same_policy_again_changes_nothing(self, subject: Subject):
        created(subject)
        subject.platform.set_autoscale("aloha", policy=policy(2, 4))
        subject.eventually(lambda: read(subject).policy == policy(2, 4))
        before = read(subject)
        subject.platform.set_autoscale("aloha", policy=policy(2, 4))

        assert (ids(before), before.policy) == (ids(read(subject)), read(subject).policy)

    def test_another_policy_takes_the_place_of_the_first(self, subject: Subject):
        created(subject, replicas=1)
        for one in (policy(1, 3), policy(1, 3, requests_per_replica=5)):
            subject.platform.set_autoscale("aloha", policy=one)
            subject.eventually(lambda one=one: read(subject).policy == one)

    def test_a_policy_that_is_taken_away_leaves_the_number_as_it_is(self, subject: Subject):
        version = created(subject)
        subject.platform.set_autoscale("aloha", policy=policy(2, 4))
        subject.eventually(lambda: read(subject).policy == policy(2, 4))
        subject.platform.set_autoscale("aloha", policy=None)
        subject.eventually(lambda: read(subject).autoscale is None)

        assert serves(subject, version, 2)

    @pytest.mark.parametrize(("least", "most", "pulled"), [(3, 4, 3), (1, 1, 1)])
    def test_a_number_outside_the_bounds_comes_inside(self, subject: Subject, least: int, most: int, pulled: int):
        version = created(subject, replicas=2)
        subject.platform.set_autoscale("aloha", policy=policy(least, most))

        subject.eventually(lambda: serves(subject, version, pulled))

    def test_a_policy_that_is_set_during_a_rollout_pulls_the_number_at_once(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED and settled(read(subject)))
        subject.platform.set_autoscale("aloha", policy=policy(3, 3))
        subject.eventually(lambda: read(subject).replicas == 3 and read(subject).ready == 3)

        assert Verdict.PAUSED is verdict(subject)

    def test_autoscaling_survives_a_rollout_that_makes_it_wait(self, subject: Subject):
        created(subject, replicas=2)
        subject.platform.set_autoscale("aloha", policy=policy(2, 2))
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: verdict(subject) is Verdict.PAUSED)
        assert autoscale(subject).suspended != ""
        roll_out(subject, new, updated=2)
        subject.eventually(lambda: serves(subject, new, 2))

        assert policy(2, 2) == read(subject).policy
        subject.eventually(lambda: autoscale(subject).suspended == "")

    def test_setting_a_policy_of_an_endpoint_that_is_absent_is_rejected(self, subject: Subject):
        with pytest.raises(Rejected):
            subject.platform.set_autoscale("nobody", policy=policy(1, 2))

    # Logs. A good replica says `aloha` when it starts, a crashing one which module it does not find.

    def test_what_a_replica_prints_can_be_read_with_its_name_and_version(self, subject: Subject):
        version = created(subject, replicas=1)
        (replica,) = ids(read(subject))
        subject.eventually(lambda: any("aloha" in line.text for line in said(subject)))
        line = next(line for line in said(subject) if "aloha" in line.text)

        assert (replica, version) == (line.source, line.version)
        assert line.at is not None

    def test_logs_of_an_endpoint_that_is_absent_are_rejected(self, subject: Subject):
        with pytest.raises(Rejected):
            subject.platform.logs("nobody", LogQuery())

    def test_what_a_dead_replica_said_can_be_read(self, subject: Subject):
        create(subject, push_packed(subject, subject.crashing_card()), replicas=1)
        subject.eventually(lambda: read(subject).phase is Phase.FAILED and not read(subject).members)

        assert any("there_is_no_such_module" in line.text for line in said(subject))

    def test_lines_of_one_version_or_one_replica_can_be_asked_for(self, subject: Subject):
        created(subject, replicas=1)
        new = push(subject, "two")
        roll_out(subject, new, updated=1)
        subject.eventually(lambda: serves(subject, new, 1))
        (replica,) = ids(read(subject))
        subject.eventually(lambda: said(subject, version=new) != [])

        assert {(replica, new)} == {(line.source, line.version) for line in said(subject, version=new)}
        assert said(subject, version=new) == said(subject, replica=replica)
        assert len(said(subject)) > len(said(subject, version=new))

    def test_a_page_names_all_that_there_is_output_of(self, subject: Subject):
        version = created(subject, replicas=2)
        subject.eventually(lambda: len({line.source for line in said(subject)}) == 2)
        page = subject.platform.logs("aloha", LogQuery(replica="aloha-99"))

        assert {(replica, version) for replica in ids(read(subject))} == {
            (one.name, one.version) for one in page.sources
        }
        assert () == page.lines

    def test_a_cursor_gives_only_what_is_new_also_of_new_replicas(self, subject: Subject):
        created(subject, replicas=1)
        subject.eventually(lambda: said(subject) != [])
        before, cursor = pages(subject, LogQuery())
        assert ([], cursor) == pages(subject, LogQuery(), cursor)
        subject.platform.scale("aloha", replicas=2)
        subject.eventually(lambda: len({line.source for line in said(subject)}) == 2)
        after, _ = pages(subject, LogQuery(), cursor)

        assert before != []
        assert {line.source for line in after}.isdisjoint({line.source for line in before})

    def test_lines_since_a_time_are_those_of_then_and_later(self, subject: Subject):
        created(subject, replicas=1)
        subject.eventually(lambda: said(subject) != [])
        last = max(line.at for line in said(subject))

        assert said(subject, since=last) != []
        assert [] == said(subject, since=last + timedelta(days=1))

    def test_events_stand_between_the_lines_when_they_are_asked_for(self, subject: Subject):
        created(subject, replicas=1)
        (replica,) = ids(read(subject))
        subject.eventually(lambda: said(subject) != [])
        events = [line for line in said(subject, events=True) if line.source == PLATFORM_SOURCE]

        assert any("ready" in line.text and replica in line.text for line in events)
        assert all(line.source != PLATFORM_SOURCE for line in said(subject))
        times = [line.at for line in said(subject, events=True)]
        assert times == sorted(times)


def policy(least: int, most: int, **fields: Any) -> Autoscale:
    """A policy that nobody's traffic moves: it goes up for a flood only, and down after a day."""
    defaults = {"requests_per_replica": 1_000_000, "window": 60, "scale_down_delay": 86_400}
    return Autoscale(min_replicas=least, max_replicas=most, **{**defaults, **fields})


def autoscale(subject: Subject) -> LiveAutoscale:
    found = read(subject).autoscale
    assert found is not None
    return found


def pages(subject: Subject, query: LogQuery, cursor: str | None = None) -> tuple[list[LogLine], str]:
    """All lines that there are at this moment, and where to go on."""
    lines: list[LogLine] = []
    while True:
        page = subject.platform.logs("aloha", query, cursor)
        lines += page.lines
        cursor = page.cursor
        if not page.more:
            return lines, cursor


def said(subject: Subject, **query: Any) -> list[LogLine]:
    return pages(subject, LogQuery(**query))[0]


def push_packed(subject: Subject, packed: Packed) -> str:
    """The name of the pushed version."""
    return subject.platform.push(*packed).name


def push(subject: Subject, marker: str = "one") -> str:
    return push_packed(subject, subject.good_card(marker))


def create(subject: Subject, version: str, replicas: int = 2, progress_deadline_s: float = 60) -> None:
    subject.platform.create(
        "aloha",
        model="aloha",
        version=version,
        replicas=replicas,
        gpus_per_replica=0,
        resource=None,
        progress_deadline_s=progress_deadline_s,
    )


def created(subject: Subject, replicas: int = 2) -> str:
    """The version of an endpoint that serves."""
    version = push(subject)
    create(subject, version, replicas)
    subject.eventually(lambda: serves(subject, version, replicas))
    return version


def roll_out(subject: Subject, version: str, *, updated: int, name: str = "aloha", **settings: Any) -> None:
    defaults = {"gpus_per_replica": 0, "max_surge": 1, "max_unavailable": 0, "progress_deadline_s": 60}
    subject.platform.roll_out(name, version=version, updated=updated, **{**defaults, **settings})


def read(subject: Subject) -> Live:
    live = subject.platform.read(["aloha"])["aloha"]
    assert isinstance(live, Live)
    return live


def rollout(subject: Subject) -> Any:
    return read(subject).rollout


def verdict(subject: Subject) -> Verdict:
    return rollout(subject).verdict


def serves(subject: Subject, version: str, replicas: int, gpus_per_replica: int = 0) -> bool:
    """Whether exactly what was asked for is there, and nothing moves."""
    live = read(subject)
    ready = sum(member.state is ReplicaState.READY for member in live.members)
    return serving(live, version, replicas, gpus_per_replica) and settled(live) and ready == replicas


def ids(live: Live) -> list[str]:
    return [member.id for member in live.members]
