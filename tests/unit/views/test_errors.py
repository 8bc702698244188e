import json

import pytest

from gitops.diagnostics import Code, InputError, error
from gitops.errors import ErrorCode, GitopsError, RolledBack, Unreachable, UsageError
from gitops.views.errors import error_json, error_page


def test_an_error_says_what_happened_and_what_to_do():
    shown = error_page(Unreachable("nobody answers at http://127.0.0.1:1", hint="start it with: gitops platform up"))

    assert shown.plain() == (
        "error[unreachable]: nobody answers at http://127.0.0.1:1\n  hint: start it with: gitops platform up\n"
    )


def test_an_error_without_a_hint_has_no_hint_line():
    assert error_page(UsageError("no")).plain() == "error[usage]: no\n"


def test_a_long_message_and_hint_are_indented():
    shown = error_page(RolledBack("last words:\nTraceback\n  File x", hint="one\ntwo")).plain()

    assert shown == "error[rolled-back]: last words:\n  Traceback\n    File x\n  hint: one\n        two\n"


def test_the_last_words_of_a_model_cannot_reach_the_terminal():
    assert error_page(RolledBack("\x1b[2J[red]")).plain() == "error[rolled-back]: \\x1b[2J[red]\n"


@pytest.mark.parametrize(
    "raised", [UsageError("no", hint="do"), RolledBack("back"), UsageError("taken", code=ErrorCode.PORT_IN_USE)]
)
def test_json_has_the_code_and_the_exit_number(raised: GitopsError):
    body = json.loads(error_json(raised))

    assert body == {
        "format_version": 1,
        "error": {
            "code": raised.code,
            "message": raised.message,
            "hint": raised.hint,
            "exit_code": raised.exit_code.value,
        },
    }


def test_invalid_input_shows_its_diagnostics():
    shown = error_page(InputError([error(Code.UNKNOWN_KEY, "no key 'x'")])).plain()

    assert shown == "error[unknown-key]: no key 'x'\n\n1 error\n"


def test_invalid_input_has_its_diagnostics_in_the_json_too():
    body = json.loads(error_json(InputError([error(Code.UNKNOWN_KEY, "no key 'x'")])))

    assert (body["error"]["exit_code"], body["errors"], body["diagnostics"][0]["code"]) == (65, 1, "unknown-key")
