from gitops.local.gateway.tally import KEPT_REPLICAS, Tally
from tests.unit.local.worlds import EPOCH


def test_answers_are_counted_with_their_latency_and_their_errors():
    tally = Tally(EPOCH)
    replica = tally.endpoint("aloha").replica("aloha-1", "v0")
    replica.answered(10.0, error=False)
    replica.answered(30.0, error=True)

    (reading,) = tally.counters("aloha", EPOCH).replicas

    assert (reading.requests, reading.errors, reading.latency.count, reading.latency.sum_ms) == (2, 1, 2, 40.0)


def test_two_tallies_are_two_generations():
    assert Tally(EPOCH).endpoint("aloha").generation != Tally(EPOCH).endpoint("aloha").generation


def test_the_counts_of_long_gone_replicas_are_kept_as_one_sum_per_version():
    endpoint = Tally(EPOCH).endpoint("aloha")
    for number in range(KEPT_REPLICAS + 50):
        endpoint.replica(f"aloha-{number}", "v0" if number < 40 else "v1").answered(1.0, error=False)
        endpoint.retire(f"aloha-{number}")

    readings = endpoint.readings()

    assert len(readings) == KEPT_REPLICAS + 2
    assert sum(reading.requests for reading in readings) == KEPT_REPLICAS + 50
    assert {reading.replica for reading in readings if "older" in reading.replica} == {
        "(older replicas of v0)",
        "(older replicas of v1)",
    }


def test_a_replica_that_lives_keeps_its_own_counts_whatever_died_around_it():
    endpoint = Tally(EPOCH).endpoint("aloha")
    living = endpoint.replica("living", "v0")
    for number in range(KEPT_REPLICAS + 50):
        endpoint.replica(f"dead-{number}", "v0").answered(1.0, error=True)
        endpoint.retire(f"dead-{number}")
    living.answered(1.0, error=False)

    assert [one.requests for one in endpoint.readings() if one.replica == "living"] == [1]
