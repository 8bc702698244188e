from gitops.local.tensoropera.ids import Ids


def test_an_id_has_19_digits_and_fits_into_64_bits():
    found = [Ids("here").of("card", f"model-{number}") for number in range(2000)]
    assert {19} == {len(one) for one in found}
    assert all(0 < int(one) < 1 << 63 for one in found)
    assert len(found) == len(set(found))


def test_an_id_is_the_same_in_every_life_of_one_installation():
    assert Ids("here").of("card", "aloha") == Ids("here").of("card", "aloha")
    assert Ids("here").of("card", "aloha") != Ids("there").of("card", "aloha")


def test_what_is_named_alike_is_told_apart_by_its_kind_and_its_life():
    ids = Ids("here")
    names = [("card", "aloha"), ("endpoint", "aloha"), ("endpoint", "aloha", 1), ("endpoint", "aloha", 2)]
    assert len(names) == len({ids.of(*name) for name in names})


def test_an_id_does_not_depend_on_where_one_name_ends_and_the_next_begins():
    assert Ids("here").of("card", "ab", "c") != Ids("here").of("card", "a", "bc")
