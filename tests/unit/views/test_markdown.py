from gitops.views.markdown import WIDEST, code_block, table


def test_a_table_stands_in_columns():
    assert table(("Name", "Count"), [("a", "1"), ("longer", "1,000")]) == [
        "| Name   | Count |",
        "| ------ | ----: |",
        "| a      |     1 |",
        "| longer | 1,000 |",
    ]


def test_one_long_cell_does_not_blow_up_the_others():
    lines = table(("Name",), [("x" * 5_000,), ("a",)])

    assert len(lines[-1]) == WIDEST + len("|  |")


def test_a_code_block_ends_with_a_fence_that_is_not_in_it():
    assert code_block("a ```` b\n") == ["`````text", "a ```` b", "`````"]
    assert code_block("plain\n\nlines\n") == ["```text", "plain", "", "lines", "```"]
