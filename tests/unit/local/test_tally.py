from gitops.local.tally import KEPT_REPLICAS, Tally
from tests.unit.local.worlds import EPOCH


def test_answers_are_counted_with_their_latency_and_their_errors():
    tally = Tally(EPOCH)
    replica = tally.endpoint("aloha").replica("aloha-1", "v0")
    replica.answered(10.0, error=False)
    replica.answered(30.0, error=True)

    (reading,) = tally.counters("aloha", EPOCH).replicas

    assert (reading.requests, reading.errors, reading.latency.count, reading.latency.sum_ms) == (2, 1, 2, 40.0)


def test_two_tallies_are_two_generations():
    assert Tally(EPOCH).generation != Tally(EPOCH).generation


def test_the_counts_of_long_gone_replicas_are_kept_as_one_sum_per_version():
    endpoint = Tally(EPOCH).endpoint("aloha")
    for number in range(KEPT_REPLICAS + 50):
        endpoint.replica(f"aloha-{number}", "v0" if number < 40 else "v1").answered(1.0, error=False)

    readings = endpoint.readings()

    assert len(readings) <= KEPT_REPLICAS
    assert sum(reading.requests for reading in readings) == KEPT_REPLICAS + 50
    assert {reading.replica for reading in readings if "older" in reading.replica} == {
        "(older replicas of v0)",
        "(older replicas of v1)",
    }
