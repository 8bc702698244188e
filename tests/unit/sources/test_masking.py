import pytest

from gitops.sources.masking import masked, secret_keys


def test_the_keys_that_hold_secrets_come_from_the_models():
    known = {"api_key", "session_token", "environment_variables", "registry_user_password", "authentication_token"}

    assert known <= secret_keys()
    assert "entry_point" not in secret_keys()


def shown(line, content=None, complete=True, text=None):
    return masked(line, line if text is None else text, [content] if content else [], complete=complete)


def test_a_secret_that_is_written_in_the_file_is_masked_wherever_it_stands():
    content = {"spec": {"environment_variables": {"TOKEN": "hunter2", "PIN": 987654}, "prt": "hunter2-port"}}

    assert shown("x: hunter2, y: hunter2-port, z: 987654", content) == "x: ***, y: ***-port, z: ***"


def test_references_and_very_short_values_stay():
    content = {"environment_variables": {"A": "${env:A}", "B": "1"}}

    assert shown("A: ${env:A}, port: 1", content) == "A: ${env:A}, port: 1"


@pytest.mark.parametrize("spelled", ['"esc\\x53ECRET"', "plain", "'quoted'", "123456"])
def test_the_value_of_a_secret_key_is_masked_however_it_is_spelled(spelled):
    assert shown(f"  registry_user_password: {spelled}") == "  registry_user_password: ***"


def test_a_reference_to_the_environment_is_no_secret():
    line = "platform: {kind: local, api_key: '${env:KEY}'}"

    assert shown(line) == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("registry_user_password: hunter2: oops", "registry_user_password: ***"),
        ("  TOKEN: hunter2: oops", "  TOKEN: ***"),
        ("  - hunter2: [", "  - ***"),
    ],
)
def test_in_a_file_that_cannot_be_read_and_names_a_secret_no_value_is_shown(line, expected):
    assert shown(line, complete=False, text=f"environment_variables:\n{line}") == expected


def test_in_a_file_that_cannot_be_read_and_names_no_secret_the_line_is_shown():
    assert shown("replicas: 2: 3", complete=False) == "replicas: 2: 3"
