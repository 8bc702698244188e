from gitops.sources.masking import masked, secret_keys


def test_the_keys_that_hold_secrets_come_from_the_models():
    assert {"api_key", "environment_variables", "registry_user_password", "authentication_token"} <= secret_keys()
    assert "entry_point" not in secret_keys()


def test_a_secret_that_is_written_in_the_file_is_masked_wherever_it_stands():
    content = {"spec": {"environment_variables": {"TOKEN": "hunter2"}, "prt": "hunter2-port"}}

    assert masked("x: hunter2, y: hunter2-port", [content]) == "x: ***, y: ***-port"


def test_references_and_very_short_values_stay():
    content = {"environment_variables": {"A": "${env:A}", "B": "1"}}

    assert masked("A: ${env:A}, port: 1", [content]) == "A: ${env:A}, port: 1"
