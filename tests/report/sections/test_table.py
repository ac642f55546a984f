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
