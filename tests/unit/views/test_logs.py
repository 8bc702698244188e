import json
from datetime import UTC, datetime

import jsonschema

from gitops.model.log import LogLine, Severity
from gitops.model.schema import json_schema
from gitops.views.console import colored
from gitops.views.logs import LogColumns, logs_json

AT = datetime(2026, 11, 24, 5, 46, 41, 123456, tzinfo=UTC)


def line(text="aloha", **fields):
    return LogLine(
        **{"at": AT, "source": "aloha-1", "version": "v0", "severity": Severity.INFO, "text": text, **fields}
    )


def shown(*lines):
    return LogColumns().page(lines).plain().splitlines()


def test_a_line_stands_behind_its_time_replica_and_version():
    assert shown(line()) == ["2026-11-24 05:46:41 aloha-1 v0  aloha"]


def test_lines_stand_below_each_other_also_on_the_next_page():
    columns = LogColumns()
    first = columns.page([line(), line(source="aloha-10")]).plain().splitlines()
    second = columns.page([line()]).plain().splitlines()

    assert first == ["2026-11-24 05:46:41 aloha-1  v0  aloha", "2026-11-24 05:46:41 aloha-10 v0  aloha"]
    assert second == ["2026-11-24 05:46:41 aloha-1  v0  aloha"]


def test_what_is_not_known_is_a_dash():
    assert shown(line(at=None, version=None)) == [f"{'-' * 19} aloha-1 -  aloha"]


def test_what_a_terminal_would_obey_is_harmless_and_a_programs_own_colours_are_gone():
    assert shown(line("\x1b[31mred\x1b[0m \x1b[2Jclear\tand\x07 ring")) == [
        "2026-11-24 05:46:41 aloha-1 v0  red \\x1b[2Jclear    and\\x07 ring"
    ]


def test_on_a_terminal_the_severity_is_a_colour():
    codes = {
        severity: colored(LogColumns().page([line(severity=severity)])).rsplit("aloha", 1)[0].rsplit("\x1b[", 2)[1:]
        for severity in Severity
    }

    assert len({str(code) for code in codes.values()}) == 4


def test_json_is_one_object_per_line_as_the_schema_says():
    text = logs_json([line('say "x"\n'), line(at=None, version=None)])
    objects = [json.loads(one) for one in text.splitlines()]

    assert objects[0] == {
        "at": "2026-11-24T05:46:41.123456Z",
        "source": "aloha-1",
        "version": "v0",
        "severity": "info",
        "text": 'say "x"\n',
    }
    for one in objects:
        jsonschema.validate(one, json_schema("logline"))
    assert logs_json([]) == ""
