from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.use import use_of
from tests.report.worlds import bowl, grid, results_at, summary_of


def use_at(**more):
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    return use_of(run_of(results, {**summary_of(results), **more}))


def test_commands_name_the_folder_of_the_run():
    assert use_at().here[0].text == "dropdecay predict table-dropdecay new_rows.csv --proba"
    asked = {"table": "t.csv", "target": "y", "out": "my runs/a"}
    use = use_at(asked=asked, task="regression")
    assert use.here[0].text == "dropdecay predict 'my runs/a' new_rows.csv"
    assert 'load_model("my runs/a/model")\nmodel.predict(new_rows)' in use.here[1].text


def test_a_folder_with_quotes_is_still_python():
    text = use_at(asked={"table": "t.csv", "target": "y", "out": "it's"}).here[1].text
    compile(text, "page", "exec")


def test_other_libraries_are_code_where_the_run_has_it_and_lines_where_it_has_not():
    assert use_at().also == ("torch: optim.AdamW(weights, lr=0.001)",)
    use = use_at(elsewhere={"torch": "nn.Dropout(0.2)"}, carry=["torch: x", "max-norm 4: y"])
    assert [block.title for block in use.elsewhere] == ["torch"]
    assert use.also == ("max-norm 4: y",)
