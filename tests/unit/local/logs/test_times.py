from pathlib import Path

from gitops.local.logs.times import Times, append_time, read_times, write_times


def test_a_line_is_dated_by_the_first_look_that_saw_all_of_it():
    times = Times(((10.0, 100), (11.0, 200)))

    assert [times.at(end) for end in (1, 100, 101, 200, 201)] == [10.0, 10.0, 11.0, 11.0, None]


def test_reading_since_a_time_begins_behind_the_last_look_before_it():
    times = Times(((10.0, 100), (11.0, 200), (12.0, 300)))

    assert [times.since(at) for at in (1, 10, 10.5, 11, 11.5, 99)] == [0, 0, 100, 100, 200, 300]


def test_a_clock_that_was_put_back_leaves_out_nothing():
    times = Times.of([(100.0, 10), (50.0, 20), (51.0, 30), (110.0, 40)])

    assert [times.at(end) for end in (10, 20, 30, 40)] == [100.0, 50.0, 51.0, 110.0]
    assert [times.since(at) for at in (50, 60, 105)] == [0, 0, 30]


def test_entries_that_are_torn_or_foreign_or_go_back_are_passed_over(tmp_path):
    path = tmp_path / "times"
    path.write_text("1.0 10\n2.0 1\nnonsense\n3.0\n4.0 204.5 30\n5.0 40\n6.0 5")

    assert read_times(str(path)).entries == ((1.0, 10), (5.0, 40))


def test_entries_come_back_as_they_were_written(tmp_path):
    path = str(tmp_path / "times")
    append_time(path, (1795501392.551425, 7))
    append_time(path, (1795501393.0, 9))

    assert read_times(path).entries == ((1795501392.551425, 7), (1795501393.0, 9))
    assert read_times(str(tmp_path / "none")) == Times()


def test_too_many_entries_are_thinned_long_ago_and_those_of_what_is_gone_are_left_away(tmp_path):
    times = Times(tuple((float(number), number * 10) for number in range(1, 101)))
    thinned = times.thinned(start=200, most=50)

    assert thinned.entries[-40:] == times.entries[-40:]
    assert len(thinned.entries) == 60
    assert thinned.entries[0] == (22.0, 220)
    write_times(str(tmp_path / "times"), thinned)
    assert read_times(str(tmp_path / "times")) == thinned
    assert [path.name for path in Path(tmp_path).iterdir()] == ["times"]
