import pytest

from gitops.local.tensoropera.behaviour import OURS, TENSOROPERA, place_of, windows


@pytest.mark.parametrize(
    ("replicas", "workers", "goes_through"),
    [
        (1, ["102"], [(1, 1)]),
        (4, ["102"], [(1, 1), (2, 1), (3, 1), (4, 1)]),
        (4, ["102", "103"], [(1, 1), (3, 2), (4, 1)]),
        (3, ["102", "103", "104"], [(1, 1), (3, 2)]),
        (20, ["102"], [(20, 20)]),
        (20, ["102", "103"], [(11, 11), (20, 9)]),
        (2, [], [(1, 1), (2, 1)]),
    ],
)
def test_windows_of_an_update_in_place(replicas, workers, goes_through):
    parts = windows(replicas, workers, TENSOROPERA)

    assert goes_through == [(part.updated, part.unavailable) for part in parts]
    assert {0} == {part.surge for part in parts}


def test_without_its_behaviour_there_is_one_window_with_one_replica_on_top():
    (part,) = windows(20, ["102", "103"], OURS)

    assert (20, 0, 1) == (part.updated, part.unavailable, part.surge)


def test_replicas_take_turns_on_the_workers_and_no_place_moves_with_the_number():
    devices = ("101", "102", "103")

    assert ["102_1", "103_1", "102_2", "103_2"] == [place_of(rank, devices).replica_id for rank in range(4)]
    assert ["0_1", "0_2"] == [place_of(rank, ()).replica_id for rank in range(2)]
