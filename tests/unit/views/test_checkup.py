import json
from datetime import UTC, datetime

from gitops.model.checkup import Check, Checkup, Finding
from gitops.views.checkup import checkup_json, checkup_page

GOOD = Check(subject="reachability", finding=Finding.GOOD, message="it answers")
BAD = Check(subject="api key", finding=Finding.BAD, message="it is unknown", hint="check api_key", exit_code=77)


def checkup(*checks: Check) -> Checkup:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Checkup(at=at, environment="production", kind="tensoropera", url="https://host", checks=checks)


def test_every_check_has_a_line_and_what_to_do_below_it():
    text = checkup_page(checkup(GOOD, BAD)).plain()

    assert "Environment production (tensoropera at https://host)" in text
    assert "reachability  ok       it answers" in text
    assert "api key       bad      it is unknown" in text
    assert "hint: check api_key" in text
    assert text.rstrip().endswith("1 check failed.")


def test_where_nothing_is_bad_that_is_said():
    assert "Nothing keeps it from working." in checkup_page(checkup(GOOD)).plain()


def test_the_json_has_every_check():
    assert [one["finding"] for one in json.loads(checkup_json(checkup(GOOD, BAD)))["checks"]] == ["good", "bad"]
