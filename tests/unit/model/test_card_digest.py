from gitops.model.card import CardContent, CardSpec, FileEntry, canonical_config, card_digest, short_digest
from gitops.model.secret import Secret

A = FileEntry(path="a.py", sha256="a" * 64, size=1)
B = FileEntry(path="b.py", sha256="b" * 64, size=2)


def spec(**keys):
    return CardSpec.model_validate({"workspace": "src", "entry_point": "a.py", **keys})


def test_the_digest_is_stable_over_time():
    assert card_digest((A, B), spec()) == "sha256:4994e242a1608fa331cdc71e23f02ae2331034ff94923bef0789e6a181a7d845"


def test_the_order_of_files_does_not_count():
    assert card_digest((A, B), spec()) == card_digest((B, A), spec())


def test_where_the_workspace_lies_does_not_count():
    assert card_digest((A,), spec()) == card_digest((A,), spec(workspace="../elsewhere"))


def test_a_default_that_is_written_out_counts_as_written():
    assert canonical_config(spec(port=2345)) == {"entry_point": "a.py", "port": 2345}
    assert canonical_config(spec()) == {"entry_point": "a.py"}


def test_null_counts_as_not_written():
    assert canonical_config(spec(bootstrap=None)) == canonical_config(spec())


def test_a_secret_from_the_environment_counts_by_name_only():
    first = spec(environment_variables={"T": Secret("one", "TOKEN")})
    second = spec(environment_variables={"T": Secret("two", "TOKEN")})

    assert card_digest((A,), first) == card_digest((A,), second)
    assert canonical_config(first)["environment_variables"] == {"T": {"env": "TOKEN"}}


def test_a_value_that_is_written_in_the_file_counts():
    first, second = (spec(environment_variables={"LEVEL": level}) for level in ("debug", "info"))

    assert card_digest((A,), first) != card_digest((A,), second)


def test_content_path_and_executable_bit_count_and_size_does_not():
    plain = card_digest((A,), spec())

    assert card_digest((A.model_copy(update={"size": 99}),), spec()) == plain
    for change in ({"sha256": "c" * 64}, {"path": "c.py"}, {"executable": True}):
        assert card_digest((A.model_copy(update=change),), spec()) != plain


def test_the_size_of_a_card_is_that_of_its_files():
    assert CardContent("a", spec(), (A, B), "", "/").size == 3


def test_people_compare_twelve_digits():
    assert short_digest("sha256:" + "0123456789abcdef" * 4) == "sha256:0123456789ab"


def test_amounts_and_paths_count_as_they_are_written():
    written = {"memory": "8G", "deploy_timeout_sec": 60, "service": {"httpPost": {"path": "/predict", "port": 80}}}

    assert canonical_config(spec(**written, readiness_probe="/ready")) == {
        "entry_point": "a.py",
        **written,
        "readiness_probe": "/ready",
    }
    assert card_digest((A,), spec(memory="8g")) != card_digest((A,), spec(memory="8192m"))
