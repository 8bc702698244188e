from datetime import UTC, datetime

from gitops.model.checkup import Check, Checkup, Finding
from gitops.views.checkup import checkup_json, checkup_page

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def check(subject="api key", finding=Finding.GOOD, message="the platform accepts it", **changes) -> Check:
    return Check(subject=subject, finding=finding, message=message, **changes)


def checkup(*checks: Check, url: str | None = "https://open.example.com") -> Checkup:
    return Checkup(at=NOW, environment="tenant", kind="tensoropera", url=url, checks=checks)


def test_every_check_has_a_line_and_what_to_do_stands_below():
    shown = checkup_page(
        checkup(
            check("reachability", message="it answers"),
            check("clock", Finding.WARNING, "it is late", hint="set the clock"),
            check("user", Finding.NOT_CHECKED, "nobody was asked"),
        )
    ).plain()

    assert shown == (
        "Environment tenant (tensoropera at https://open.example.com)\n\n"
        "  reachability  ok       it answers\n"
        "  clock         warning  it is late\n"
        "                hint: set the clock\n"
        "  user          -        nobody was asked\n\n"
        "Nothing keeps it from working. 1 warning.\n"
    )


def test_bad_checks_are_counted():
    shown = checkup_page(checkup(check(finding=Finding.BAD, exit_code=77), check(finding=Finding.BAD))).plain()

    assert shown.endswith("\n2 checks failed.\n")


def test_a_platform_without_an_address_is_named_by_its_kind():
    assert checkup_page(checkup(url=None)).plain().startswith("Environment tenant (tensoropera)\n")


def test_words_of_others_cannot_move_the_cursor():
    assert "\x1b" not in checkup_page(checkup(check(message="\x1b[2J"))).plain()


def test_the_json_reads_back_as_the_checkup():
    told = checkup(check(), check(finding=Finding.BAD, exit_code=69, hint="start it"))

    assert Checkup.model_validate_json(checkup_json(told)) == told
