"""What a platform promises besides that tells of its rollouts and replicas one by one, holds and autoscales."""

from typing import Any

import pytest

from gitops.errors import Rejected
from gitops.model.autoscale import Autoscale, LiveAutoscale
from gitops.model.health import settled
from gitops.model.live import Live, Phase, Verdict
from gitops.model.log import PLATFORM_SOURCE, LogQuery
from tests.conformance.subject import (
    Subject,
    create,
    created,
    found,
    ids,
    push,
    push_packed,
    read,
    roll_out,
    rollout,
    said,
    serves,
    verdict,
)


class TellingContract:
    """Inherit from it too."""

    # Deleting.

    def test_an_endpoint_that_is_being_deleted_says_so_and_takes_nothing_else(self, subject: Subject):
        version = created(subject, replicas=1)
        subject.platform.delete("aloha")
        seen = subject.platform.read(["aloha"])["aloha"]

        if isinstance(seen, Live):  # It may be over already.
            assert (Phase.DELETING, None) == (seen.phase, seen.rollout)
        with pytest.raises(Rejected):
            subject.platform.scale("aloha", replicas=2)
        with pytest.raises(Rejected):
            roll_out(subject, version, updated=1)

    def test_replicas_of_an_endpoint_that_is_created_again_have_ids_of_their_own(self, subject: Subject):
        created(subject, replicas=2)
        before = ids(read(subject))
        subject.platform.delete("aloha")
        subject.eventually(lambda: not found(subject))
        created(subject, replicas=2)

        assert set(before).isdisjoint(ids(read(subject)))

    # Creating.

    def test_a_created_endpoint_shows_at_once_and_serves_when_every_replica_is_ready(self, subject: Subject):
        version = push(subject)
        create(subject, version, replicas=2)
        first = read(subject)

        assert (Phase.CREATING, None, 2) == (first.phase, first.version, first.replicas)
        subject.eventually(lambda: serves(subject, version, 2))
        assert (Phase.SERVING, version) == (read(subject).phase, read(subject).version)

    def test_creating_the_same_endpoint_again_changes_nothing(self, subject: Subject):
        version = created(subject)
        before = read(subject)
        create(subject, version)

        assert ids(before) == ids(read(subject))

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

    # Scaling.

    @pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1)])
    def test_scaling_settles_at_the_new_number_without_a_rollout(self, subject: Subject, before: int, after: int):
        version = created(subject, replicas=before)
        number = rollout(subject).id
        subject.platform.scale("aloha", replicas=after)
        subject.eventually(lambda: serves(subject, version, after) and read(subject).phase is Phase.SERVING)

        assert (number, after) == (rollout(subject).id, len(read(subject).members))

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
