from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.table import table_of
from tests.report.worlds import bowl, grid, results_at, summary_of

COLUMNS = [
    {"column": "a", "read_as": "number", "missing": 0.0, "distinct": 9, "noticed": ""},
    {"column": "b", "read_as": "category", "missing": 0.013, "distinct": 3, "noticed": "spellings"},
    {"column": "c", "read_as": "left out", "missing": None, "distinct": None, "noticed": "empty"},
]
FOUND = {"code": "spellings", "column": "b", "sentence": "Two spellings.", "option": "",
         "grave": False}  # fmt: skip


def table_at(**more):
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2), diverged=more.pop("gone", ()))
    return table_of(run_of(results, {**summary_of(results), **more}))


def test_columns_are_counted_by_how_they_were_read():
    table = table_at(table={"columns": COLUMNS, "findings": []})
    assert table.sentence.replace("\u00a0", " ") == (
        "80 rows: 1 column of numbers, 1 column of names; 1 column with missing values, 1 column "
        "left out."
    )
    assert [(each.missing, each.distinct) for each in table.columns] == [
        ("0", "9"), ("1.3\u00a0%", "3"), ("", ""),
    ]  # fmt: skip
    assert table.looked.startswith("Looked for and not found")


def test_findings_and_what_went_wrong_in_training_are_worth_knowing():
    table = table_at(table={"columns": COLUMNS, "findings": [FOUND]}, gone=(0,))
    assert ("b", "Two spellings.") in table.worth
    assert "1 of 8 networks ended in NaN" in dict(table.worth)["diverged"]
    assert table.looked == ""


def test_an_older_run_still_says_how_many_rows_and_columns_there_were():
    assert table_at().sentence.replace("\u00a0", " ") == "80 rows, 3 columns."


def test_what_columns_are_for_that_nothing_is_learnt_from_is_told():
    asked = {"table": "t.csv", "target": "y", "group": "clinic", "time": "when", "weight": None}
    table = table_at(asked=asked, table={"columns": COLUMNS, "findings": []})
    assert table.roles == (
        "Rows with the same clinic stay in one fold. Rows are in the order of when: the later half "
        "is judged, in blocks, by networks trained on the rows before."
    )
    assert "further groups" in table.looked  # those that were given were not looked for
    assert table_at().roles == ""
    as_they_stand = table_at(asked={**asked, "group": None, "time": "row-order"})
    assert as_they_stand.roles.startswith("Rows are as they stand in the table: the later half")
    a_column = table_at(
        asked={**asked, "group": None, "time": "row-order"}, rows_as_they_stand=False
    )
    assert a_column.roles.startswith("Rows are in the order of row-order: the later half")


def test_the_balance_of_classes_says_of_which_rows_it_is():
    mistakes = {"classes": ["a", "b"], "counts": [[20, 5], [5, 10]], "threshold": None}
    held = table_at(mistakes=mistakes)
    assert held.judged.replace("\u00a0", " ") == "Of the 40 rows held out."
    assert [each.text.replace("\u00a0", " ") for each in held.balance] == ["25 (62 %)", "15 (38 %)"]
    assert table_at(mistakes=mistakes, rows=40).judged == ""


def test_sentences_have_the_minus_of_the_page():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    summary = summary_of(results)
    summary["verdict"]["notes"] = ["Higher by 0.001 (95 % interval -0.012 to 0.013)."]
    said = dict(table_of(run_of(results, summary)).worth)
    assert said["answer"] == "Higher by 0.001 (95 % interval \u22120.012 to 0.013)."
