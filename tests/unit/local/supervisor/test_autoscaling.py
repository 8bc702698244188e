"""The gauge of an autoscaled endpoint: the window slides, the peak is remembered for the delay."""

from gitops.local.supervisor.autoscaling import Gauge
from gitops.model.autoscale import Autoscale

POLICY = Autoscale(min_replicas=1, max_replicas=10, requests_per_replica=10, window=60.0, scale_down_delay=120.0)


def test_requests_leave_the_window_when_they_are_older_than_it():
    gauge = Gauge(POLICY, 0.0, 0, 1)
    for second in range(1, 61):
        gauge.read(float(second), second)  # one a second

    assert gauge.read(61.0, 60).requests in {59, 60}
    assert gauge.read(90.0, 60).requests in {30, 31}
    assert gauge.read(121.0, 60).requests == 0


def test_requests_from_before_the_gauge_do_not_count():
    assert Gauge(POLICY, 0.0, 1_000_000, 1).read(1.0, 1_000_005).requests == 5


def test_the_highest_number_is_remembered_for_the_delay_and_no_longer():
    gauge = Gauge(POLICY, 0.0, 0, 1)
    gauge.read(10.0, 75)

    assert [gauge.read(at, 75).highest for at in (11.0, 71.0, 130.0, 191.0)] == [8, 8, 8, 1]


def test_what_there_is_at_the_beginning_counts_as_wanted_so_that_nothing_goes_down_before_a_whole_delay():
    gauge = Gauge(POLICY, 0.0, 0, 7)

    assert [gauge.read(at, 0).highest for at in (0.0, 119.0, 121.0)] == [7, 7, 1]


def test_without_a_delay_only_now_counts():
    gauge = Gauge(POLICY.model_copy(update={"scale_down_delay": 0.0}), 0.0, 0, 7)
    gauge.read(1.0, 50)

    assert gauge.read(70.0, 50).highest == 1


def test_what_is_kept_does_not_grow_with_traffic_or_time():
    gauge = Gauge(POLICY, 0.0, 0, 1)
    for tick in range(100_000):
        gauge.read(tick * 0.25, tick * 3)

    assert len(gauge._counts) <= 130
    assert len(gauge._peaks) <= 10
