"""What a platform promises besides that rolls by itself and tells one word for the whole endpoint."""

import pytest

from gitops.errors import Conflict
from gitops.model.live import Phase
from gitops.model.resource import same_place
from tests.conformance.subject import (
    Subject,
    create,
    created,
    found,
    push,
    push_packed,
    put_back,
    read,
    roll_out,
    serves,
)


class WholeContract:
    """Inherit from it too."""

    def test_no_rollout_is_told_and_replicas_are_counted(self, subject: Subject):
        created(subject, replicas=2)

        assert (None, 2, 2) == (read(subject).rollout, read(subject).online, read(subject).replicas)

    def test_an_endpoint_is_created_with_a_number_of_the_platform_and_busy_until_it_serves(self, subject: Subject):
        version = push(subject)
        create(subject, version)
        subject.eventually(lambda: found(subject) and not read(subject).busy)

        assert serves(subject, version, read(subject).replicas)

    def test_an_endpoint_is_busy_during_an_update_and_says_so(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=2)
        subject.eventually(lambda: read(subject).busy)

        assert read(subject).doubtful
        assert not serves(subject, new, 2)
        subject.eventually(lambda: serves(subject, new, 2))
        assert not read(subject).doubtful

    def test_nothing_else_can_be_asked_of_an_endpoint_that_is_busy(self, subject: Subject):
        created(subject, replicas=2)
        new = push(subject, "two")
        roll_out(subject, new, updated=2)
        subject.eventually(lambda: read(subject).busy)

        with pytest.raises(Conflict):
            roll_out(subject, new, updated=2)
        with pytest.raises(Conflict):
            subject.platform.scale("aloha", replicas=3)

    def test_an_endpoint_keeps_its_number_and_its_resource_across_an_update(self, subject: Subject):
        created(subject, replicas=3)
        resource = read(subject).resource
        new = push(subject, "two")
        roll_out(subject, new, updated=3)
        subject.eventually(lambda: serves(subject, new, 3))

        assert same_place(subject.resource, resource)
        assert same_place(resource, read(subject).resource)

    def test_after_an_update_that_was_put_back_the_version_is_in_doubt(self, subject: Subject):
        created(subject, replicas=1)
        roll_out(subject, push_packed(subject, subject.crashing_card()), updated=1)
        subject.eventually(lambda: put_back(read(subject)))

        assert (Phase.ROLLED_BACK, True) == (read(subject).phase, read(subject).doubtful)

    def test_when_it_was_changed_last_is_told_and_stays_while_nothing_happens(self, subject: Subject):
        created(subject, replicas=1)

        assert read(subject).changed_at is not None
        assert read(subject).changed_at == read(subject).changed_at

    def test_another_resource_shows_with_the_same_version_and_number(self, subject: Subject):
        version = created(subject, replicas=2)
        assert subject.resource is not None
        other = subject.resource.model_copy(update={"workers": (*subject.resource.workers, "999")})
        subject.platform.set_resource("aloha", resource=other)

        subject.eventually(lambda: read(subject).resource == other and serves(subject, version, 2))
