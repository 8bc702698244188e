import pytest

from gitops.local.supervisor.rollout import Room, moves, room_or_reason, split
from gitops.model.live import ReplicaState, Verdict
from tests.unit.local.worlds import V0, V1, V2, World, make_endpoint, make_replica, make_rollout

READY, STARTING, DRAINING = ReplicaState.READY, ReplicaState.STARTING, ReplicaState.DRAINING


def replicas(picture: str):
    """`o` old ready, `n` new ready, `p` old starting, `s` new starting, `d` draining."""
    kinds = {"o": (V0, READY), "p": (V0, STARTING), "n": (V1, READY), "s": (V1, STARTING), "d": (V0, DRAINING)}
    return [make_replica(number, *kinds[letter]) for number, letter in enumerate(picture)]


@pytest.mark.parametrize(
    ("n", "goal", "surge", "unavailable", "there", "starts", "stops"),
    [
        (3, 3, 1, 0, "ooo", 1, ""),  # room for one more: start it, keep the old ones
        (3, 3, 1, 0, "ooos", 0, ""),  # it is not ready: wait
        (3, 3, 1, 0, "ooon", 0, "o"),  # now one old can be spared
        (3, 3, 1, 0, "oodn", 0, ""),  # draining still counts: no room
        (3, 3, 1, 0, "oon", 1, ""),
        (3, 3, 0, 1, "ooo", 0, "o"),  # no surge: one old must go first
        (3, 3, 0, 1, "oo", 1, ""),
        (3, 3, 1, 1, "ooo", 1, "o"),
        (3, 3, 3, 0, "ooo", 3, ""),
        (3, 3, 3, 0, "ooonnn", 0, "ooo"),
        (1, 1, 1, 0, "o", 1, ""),
        (1, 1, 1, 0, "on", 0, "o"),
        (1, 1, 0, 1, "o", 0, "o"),  # downtime: asked for
        (4, 4, "50%", "25%", "oooo", 2, "o"),
        (3, 3, "10%", "10%", "ooo", 1, ""),  # surge rounds up, unavailable down
        (3, 1, 1, 0, "ooon", 0, "o"),  # to the checkpoint...
        (3, 1, 1, 0, "oon", 0, ""),  # ...and not beyond it
        (3, 3, 1, 0, "oopn", 0, "p"),  # a replica that is not ready is stopped first, freely
        (3, 3, 1, 0, "oop", 1, ""),  # but not if the capacity that it brings back is needed
        (3, 3, 1, 0, "oo", 2, ""),  # an old one died: one comes back as old, beside the new one
        (3, 3, 1, 0, "", 4, ""),  # all died at once: three come back as old
        (3, 3, 0, 1, "", 3, ""),
        (3, 1, 1, 0, "on", 1, ""),  # an old replica died at a checkpoint: it is replaced by an old one
    ],
)
def test_the_window_allows_exactly_these_moves(n, goal, surge, unavailable, there, starts, stops):
    endpoint = make_endpoint(n, rollout=make_rollout(goal=goal, surge=surge, unavailable=unavailable))
    population = replicas(there)

    todo = moves(endpoint, population)

    letters = dict(zip((replica.id for replica in population), there, strict=True))
    assert (len(todo.start), "".join(letters[identity] for identity in todo.stop)) == (starts, stops)


def test_nothing_starts_while_a_back_off_forbids_it():
    assert moves(make_endpoint(3), replicas("ooo"), {V0, V1}).start == ()


def test_an_old_replica_that_died_at_a_checkpoint_is_replaced_by_an_old_one():
    endpoint = make_endpoint(3, rollout=make_rollout(goal=1, verdict=Verdict.PAUSED))

    assert moves(endpoint, replicas("on")).start == (V0,)


def test_capacity_that_was_lost_comes_back_as_the_version_that_is_known_to_work():
    after_a_restart = moves(make_endpoint(3), [])

    assert after_a_restart.start == (V0, V0, V0, V1)


def test_a_window_that_scaling_closed_lets_one_replica_on_top():
    assert Room.of(make_endpoint(3, rollout=make_rollout(surge=0, unavailable="25%"))) == Room(1, 0)


def test_scaling_down_stops_the_highest_ranks():
    endpoint = make_endpoint(2, rollout=make_rollout(to=V0, origin=None, verdict=Verdict.SUCCEEDED))

    assert moves(endpoint, replicas("oooo")).stop == ("aloha-3", "aloha-2")


def test_scaling_up_starts_all_that_is_missing_at_once():
    endpoint = make_endpoint(4, rollout=make_rollout(to=V0, origin=None, surge=0, verdict=Verdict.SUCCEEDED))

    assert moves(endpoint, replicas("oo")).start == (V0, V0)


def test_replicas_of_an_abandoned_version_count_as_old_and_go_first():
    endpoint = make_endpoint(3, rollout=make_rollout(to=V2, goal=1))
    population = [make_replica(0, V0), make_replica(1, V1), make_replica(2, V0), make_replica(3, V2)]

    assert moves(endpoint, population).stop == ("aloha-1",)


def test_a_creation_that_failed_keeps_nothing():
    endpoint = make_endpoint(2, stable=None, rollout=make_rollout(origin=None, verdict=Verdict.FAILED))

    assert moves(endpoint, replicas("ns")).stop == ("aloha-1", "aloha-0")


def test_going_back_to_the_stable_version_wants_all_of_it():
    endpoint = make_endpoint(3, rollout=make_rollout(to=V0, goal=1))

    assert split(endpoint).new_count == 3


def test_the_room_rounds_surge_up_and_unavailable_down():
    assert Room.of(make_endpoint(3, rollout=make_rollout(surge="34%", unavailable="66%"))) == Room(2, 1)


def test_a_window_without_any_room_has_a_reason_and_one_with_room_has_none():
    assert "both come to 0 of 2" in room_or_reason("0%", "49%", 2)
    assert room_or_reason(0, "50%", 2) == ""


def test_a_good_rollout_ends_with_the_new_version_everywhere():
    world = World.serving(make_endpoint(3))

    world.settle()

    assert world.endpoint.rollout.verdict is Verdict.SUCCEEDED
    assert [replica.template for replica in world.replicas.values()] == [V1, V1, V1]
    assert world.breaches == []


def test_a_rollout_to_a_checkpoint_pauses_there():
    world = World.serving(make_endpoint(4, rollout=make_rollout(goal=2)))

    world.settle()

    assert world.endpoint.rollout.verdict is Verdict.PAUSED
    assert sorted(replica.template.version for replica in world.replicas.values()) == ["v0", "v0", "v1", "v1"]


def test_a_version_that_dies_at_its_start_is_put_back():
    world = World.serving(make_endpoint(3))

    world.settle(broken=frozenset({V1}))

    assert world.endpoint.rollout.verdict is Verdict.ROLLED_BACK
    assert [replica.template for replica in world.replicas.values()] == [V0, V0, V0]
    assert world.breaches == []


def test_a_creation_whose_replicas_die_fails_and_keeps_none():
    rollout = make_rollout(origin=None, surge=0, unavailable="100%")
    world = World(make_endpoint(3, stable=None, rollout=rollout))

    world.settle(broken=frozenset({V1}))

    assert (world.endpoint.rollout.verdict, world.replicas) == (Verdict.FAILED, {})


def test_a_newer_version_during_a_rollout_wins():
    world = World.serving(make_endpoint(3))
    world.step()
    world.get_ready(world.of(STARTING)[0])

    world.ask(V2, 3, 1, 0)
    world.settle()

    assert world.endpoint.stable == V2
    assert world.breaches == []
