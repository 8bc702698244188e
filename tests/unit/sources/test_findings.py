from gitops.diagnostics import Code, Place
from gitops.sources.findings import MOST_PER_FILE, Findings


def test_a_file_is_read_once_and_its_flaws_are_found_once(tmp_path):
    (tmp_path / "a.yaml").write_text("a: [")
    findings = Findings(tmp_path)

    assert findings.open(tmp_path / "a.yaml") is findings.open(tmp_path / "a.yaml")
    assert [found.code for found in findings.diagnostics()] == [Code.INVALID_YAML]
    assert not findings.complete


def test_what_the_reader_could_make_nothing_of_is_not_found_twice(tmp_path):
    (tmp_path / "a.yaml").write_text("a: !x 1\n")
    findings = Findings(tmp_path)
    findings.open(tmp_path / "a.yaml")
    findings.error(Code.WRONG_TYPE, "again", Place(file="a.yaml", line=1, column=4))

    assert [found.code for found in findings.diagnostics()] == [Code.INVALID_YAML]


def test_a_warning_stops_nothing(tmp_path):
    findings = Findings(tmp_path)
    findings.warning(Code.UNTRACKED_FILES, "look", None)

    assert not findings.has_errors
    assert len(findings.diagnostics()) == 1


def test_errors_of_a_file_are_counted_so_that_they_help(tmp_path):
    findings = Findings(tmp_path)
    for line in range(1, MOST_PER_FILE + 4):
        findings.error(Code.WRONG_TYPE, "wrong", Place(file="a.yaml", line=line))

    found = findings.diagnostics()

    assert len(found) == MOST_PER_FILE + 1
    assert "the file has 3 more mistakes" in [diagnostic.summary for diagnostic in found]
