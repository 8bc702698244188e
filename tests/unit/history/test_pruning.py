"""Where a chain is cut: behind whole deployments, and never behind the newest."""

from gitops.history.pruning import Cut, cut

LINKS = [("f3", 3), ("s3", 3), ("s2", 2), ("f1", 1), ("s1", 1)]
"""Newest first; the second deployment never ended."""


def test_the_newest_deployments_stay_with_both_of_their_commits():
    assert Cut((1, 2), "s2", ("s3", "f3"), "f3") == cut(LINKS, 1)


def test_a_deployment_that_never_ended_is_one_too():
    assert Cut((1,), "f1", ("s2", "s3", "f3"), "f3") == cut(LINKS, 2)


def test_nothing_is_forgotten_where_there_are_no_more():
    assert Cut() == cut(LINKS, 3) == cut(LINKS, 100) == cut([], 1)


def test_one_always_stays():
    assert cut(LINKS, 1) == cut(LINKS, 0)


def test_the_commit_of_an_earlier_cut_is_forgotten_silently():
    assert Cut((1,), "f1", ("s2", "s3", "f3"), "f3") == cut([*LINKS, ("root", 0)], 2)
    assert Cut() == cut([*LINKS, ("root", 0)], 3)
