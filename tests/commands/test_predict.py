import gzip
import io
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest
from sklearn.exceptions import ConvergenceWarning
from typer.testing import CliRunner

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.commands.app import app
from dropdecay.commands.predict import predict_table
from dropdecay.errors import BadInput, EdgeWarning, LeakWarning
from dropdecay.table.files import ParquetFiles
from dropdecay.table.read import read_table

QUICK = {
    "hidden_layer_sizes": 8, "dropouts": (0.0,), "weight_decays": (0.0, 0.1), "cv": 2,
    "max_iter": 5, "n_repeats": 1, "extend": False, "random_state": 0, "n_jobs": 1,
}  # fmt: skip
CARRY = ("--id", "customer")
ENDINGS = [
    ".csv",
    ".csv.gz",
    ".tsv",
    ".tsv.gz",
    ".parquet",
    ".feather",
    ".arrow",
    ".jsonl",
    ".xlsx",
]


def customers(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": [f"{number:04d}" for number in rng.permutation(n_rows)],
            "age": rng.normal(50, 15, n_rows),
            "town": rng.choice(["Ulm", "Köln", "Bern"], n_rows),
        }
    )


def fitted(estimator, y, columns=("age", "town")):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EdgeWarning)
        warnings.simplefilter("ignore", LeakWarning)
        return estimator.fit(customers()[list(columns)], y)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder of small models: of two classes, of values, of several outputs and labels."""
    place, frame = tmp_path_factory.mktemp("models"), customers()
    old = np.where(frame["age"] > 50, "old", "young")
    values = frame["age"].to_numpy() * 2
    save_model(fitted(MLPClassifierCV(**QUICK), old), place / "classes")
    save_model(fitted(MLPRegressorCV(**QUICK), values), place / "values")
    save_model(fitted(MLPRegressorCV(**QUICK), np.c_[values, -values, values**2]), place / "three")
    labels = np.c_[frame["age"] > 50, frame["age"] > 40, frame["town"] == "Ulm"].astype(int)
    save_model(fitted(MLPClassifierCV(**QUICK), labels), place / "labels")
    return place


@pytest.fixture
def predict(models, tmp_path, monkeypatch):
    """Run ``dropdecay predict`` in a folder that holds customers.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    customers().to_csv("customers.csv", index=False)

    def invoke(model, *arguments, given=None):
        words = ["predict", str(models / model), *map(str, arguments)]
        return CliRunner().invoke(app, words, input=given)

    return invoke


def test_few_rows_are_predicted_without_loading_what_trains(models, tmp_path):
    customers(19).to_csv(tmp_path / "new.csv", index=False)
    heavy = ("numba", "xarray", "skrub", "dropdecay.search", "dropdecay.report.progress")
    code = f"""
import sys
from dropdecay.commands.app import app
words = ["predict", sys.argv[1], "new.csv", "--id", "customer", "--interval", "0.8"]
app(words, standalone_mode=False)
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(models / "classes")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip

    *_, loaded = done.stdout.splitlines()
    assert len(done.stdout.splitlines()) == 1 + 19 + 1
    assert loaded == "[]"


def printed(done):
    assert done.exit_code == 0, done.output
    return pd.read_csv(io.StringIO(done.stdout), dtype=str, keep_default_na=False)


def refused(done, *words):
    assert done.exit_code == 2, done.output
    (line,) = done.stderr.splitlines()
    for each in words:
        assert each in line
    assert done.stdout == ""


def read(path):
    """Read a file by independent means."""
    name = path.name
    if name.endswith(".parquet"):
        return pd.read_parquet(path)
    if name.endswith((".feather", ".arrow")):
        return pa.ipc.open_file(path.read_bytes()).read_all().to_pandas()
    if name.endswith(".xlsx"):
        return pd.read_excel(path, dtype={"customer": str})
    if name.endswith(".jsonl"):
        return pd.read_json(path, lines=True, dtype={"customer": str})
    text = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    separator = "\t" if ".tsv" in name else ","
    return pd.read_csv(io.BytesIO(text), sep=separator, dtype={"customer": str})


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_ending_names_the_format(predict, models, tmp_path, ending):
    out = tmp_path / f"said{ending}"

    done = predict("classes", "customers.csv", *CARRY, "--proba", "--out", out)

    assert (done.exit_code, done.output) == (0, "")
    said, frame = read(out), customers()
    assert list(said) == ["customer", "proba_old", "proba_young"]
    assert list(said["customer"]) == list(frame["customer"])
    expected = load_model(models / "classes").predict_proba(frame[["age", "town"]])
    np.testing.assert_allclose(said[["proba_old", "proba_young"]], expected, rtol=1e-6)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_can_be_read_by_fit(predict, tmp_path, ending):
    out = tmp_path / f"said{ending}"
    assert predict("values", "customers.csv", *CARRY, "--out", out).exit_code == 0
    assert list(read_table(out)) == ["customer", "prediction"]


@pytest.mark.parametrize("name", ["said.xls", "said.txt", "said", "said.gz", "csv"])
def test_an_unknown_ending_is_refused_before_anything_is_read(predict, tmp_path, name):
    done = predict("no model", "no table.csv", "--out", name)
    refused(done, name, ".csv, .csv.gz, .tsv, .tsv.gz, .parquet, .feather, .arrow, .jsonl")
    assert not (tmp_path / name).exists()


def test_an_ending_may_be_in_capitals(predict, tmp_path):
    assert predict("classes", "customers.csv", *CARRY, "--out", "SAID.CSV").exit_code == 0
    assert (tmp_path / "SAID.CSV").read_text().startswith("customer,prediction\n")


def test_an_existing_file_or_a_missing_folder_is_refused_before_anything_is_read(predict, tmp_path):
    (tmp_path / "said.csv").write_text("kept")
    (tmp_path / "link.csv").symlink_to("nowhere")
    for name in ("said.csv", "link.csv"):
        refused(predict("no model", "no table.csv", "--out", name), f"{name} exists already")
    refused(predict("no model", "no table.csv", "--out", "no/said.csv"), "There is no folder no")
    assert (tmp_path / "said.csv").read_text() == "kept"


def test_a_dash_reads_standard_input_and_writes_standard_output(predict):
    from_file = printed(predict("classes", "customers.csv", *CARRY))
    text = customers().to_csv(index=False)
    semicolons = customers().to_csv(index=False, sep=";", decimal=",").encode("utf-16")
    for given in (text, semicolons):
        piped = printed(predict("classes", "-", *CARRY, "--out", "-", given=given))
        pd.testing.assert_frame_equal(piped, from_file)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", ["Standard input is empty"]),
        (b"age,town\n", ["Standard input", "no rows"]),
        (b"age,town\n1,Ulm,2\n", ["Standard input: the header has 2 names, but every row has 3"]),
        (b"PAR1...", ["Standard input holds a Parquet file", "instead of -"]),
        (
            gzip.compress(b"age,town\n1,Ulm", mtime=0),
            ["Standard input holds a gzip file", "instead of -"],
        ),
    ],
)
def test_what_is_wrong_with_standard_input_is_said_in_one_line(predict, given, words):
    refused(predict("classes", "-", given=given), *words)


def test_columns_are_carried_along_as_written_in_front_of_the_predictions(predict, tmp_path):
    (tmp_path / "odd.csv").write_text(
        'no,age,town,note\n007,1.50,Ulm,NA\n,2,Bern,"a, b"\n1e3,3,Köln,\n0x1F,4,Ulm,true\n'
    )
    said = printed(predict("classes", "odd.csv", "--id", "note", "--id", "no", "--id", "note"))
    assert list(said) == ["note", "no", "prediction"]
    assert list(said["no"]) == ["007", "", "1e3", "0x1F"]
    assert list(said["note"]) == ["NA", "a, b", "", "true"]


def test_a_decimal_comma_is_carried_along_as_written(predict, tmp_path):
    (tmp_path / "commas.csv").write_text("id;age;town\n1,50;40,5;Ulm\n2,00;3;Bern\n")
    said = printed(predict("classes", "commas.csv", "--id", "id"))
    assert list(said["id"]) == ["1,50", "2,00"]


def test_a_column_that_is_a_feature_too_is_carried_along_and_still_used(predict):
    plain = printed(predict("values", "customers.csv", *CARRY))
    frame = customers().drop(columns="customer")
    frame.to_csv("features.csv", index=False)
    both = printed(predict("values", "features.csv", "--id", "age", "--id", "town"))
    assert list(both["prediction"]) == list(plain["prediction"])
    assert list(both["town"]) == list(frame["town"])
    assert list(both["age"]) == [line.split(",")[0] for line in
                                 frame.to_csv(index=False).splitlines()[1:]]  # fmt: skip


@pytest.mark.parametrize("ending", [".parquet", ".feather"])
def test_types_of_an_arrow_table_are_carried_along(predict, tmp_path, ending):
    stored = pa.table(
        {
            "number": pa.array([1, None, 2**60], pa.int64()),
            "day": pa.array([0, None, 20_000], pa.date32()),
            "flag": pa.array([True, None, False]),
            "word": pa.array(["x", None, "y"]).dictionary_encode(),
            "age": [1.0, 2.0, 3.0],
            "town": ["Ulm", "Bern", None],
        }
    )
    frame, names = tmp_path / f"stored{ending}", ["number", "day", "flag", "word"]
    if ending == ".parquet":
        pa.parquet.write_table(stored, frame)
    else:
        pa.feather.write_feather(stored, frame)
    given = [word for name in names for word in ("--id", name)]

    assert predict("classes", frame, *given, "--out", "said.parquet").exit_code == 0

    said = pa.parquet.read_table(tmp_path / "said.parquet")
    for name in names:
        assert said[name].to_pylist() == stored[name].to_pylist()
        assert said.schema.field(name).type == stored.schema.field(name).type or name == "word"
    lines = predict("classes", frame, *given).stdout.splitlines()
    assert [line.rsplit(",", 1)[0] for line in lines] == [
        "number,day,flag,word", "1,1970-01-01,True,x", ",,,",
        "1152921504606846976,2024-10-04,False,y",
    ]  # fmt: skip


def test_a_column_that_is_not_there_is_refused_with_near_matches(predict):
    refused(predict("classes", "customers.csv", "--id", "custmer"),
            "no column 'custmer'", "Did you mean 'customer'?")  # fmt: skip


@pytest.mark.parametrize(("name", "options"), [("prediction", []), ("proba_old", ["--proba"])])
def test_a_column_named_like_a_prediction_is_refused(predict, name, options):
    customers().rename(columns={"customer": name}).to_csv("again.csv", index=False)
    refused(predict("classes", "again.csv", "--id", name, *options), repr(name))


def test_a_column_that_the_model_does_not_know_is_refused_unless_it_is_carried_along(predict):
    refused(predict("classes", "customers.csv", "--proba"), "Unknown: 'customer'")


def test_rows_keep_their_order_and_one_row_predicts_as_among_others(predict):
    frame = customers(25, seed=3)
    frame.to_csv("later.csv", index=False)
    said = printed(predict("values", "later.csv", *CARRY)).set_index("customer")
    frame[::-1].to_csv("backwards.csv", index=False)
    backwards = printed(predict("values", "backwards.csv", *CARRY))
    assert list(backwards["customer"]) == list(frame["customer"])[::-1]
    np.testing.assert_allclose(
        backwards["prediction"].astype(float),
        said["prediction"].astype(float)[::-1],
        rtol=1e-5,
    )
    frame[4:5].to_csv("one.csv", index=False)
    (one,) = printed(predict("values", "one.csv", *CARRY)).to_numpy()
    assert one[0] == frame["customer"][4]
    assert float(one[1]) == pytest.approx(float(said["prediction"].iloc[4]), rel=1e-5)


def test_a_table_without_rows_is_refused(predict):
    customers()[:0].to_csv("none.csv", index=False)
    customers()[:0].to_parquet("none.parquet", index=False)
    for name in ("none.csv", "none.parquet"):
        refused(predict("classes", name, "--out", "said.csv"), name, "no rows")


def test_several_outputs_and_labels_have_a_numbered_column_each(predict, models):
    rows = customers()[["age", "town"]]
    for model, proba in (("three", False), ("labels", False), ("labels", True)):
        said = printed(predict(model, "customers.csv", *CARRY, *["--proba"] * proba))
        names = [f"{'proba' if proba else 'prediction'}_{number}" for number in range(3)]
        assert list(said) == ["customer", *names]
        estimator = load_model(models / model)
        expected = (estimator.predict_proba if proba else estimator.predict)(rows)
        np.testing.assert_allclose(said[names].astype(float), expected, rtol=1e-6)


def test_probabilities_of_a_model_of_values_are_refused_before_the_table_is_read(predict):
    refused(predict("values", "no table.csv", "--proba"), "--proba needs a classifier")


@pytest.fixture
def of_an_array(tmp_path):
    """A model that was fitted on an array, so that its columns have no names."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = MLPClassifier(8, max_iter=5, random_state=0).fit(rows, rows[:, 0] > 0)
    save_model(network, tmp_path / "array")
    pd.DataFrame(rows, columns=["a", "b"]).assign(id=range(40)).to_csv("array.csv", index=False)
    return network, rows


def test_a_model_of_an_array_takes_the_columns_in_their_order(predict, tmp_path, of_an_array):
    network, rows = of_an_array
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = printed(predict(tmp_path / "array", "array.csv", "--id", "id"))
    assert list(said["prediction"]) == [str(each) for each in network.predict(rows)]


def test_a_table_that_does_not_fit_a_model_of_an_array_is_refused(predict, tmp_path, of_an_array):
    refused(predict(tmp_path / "array", "array.csv"), "does not fit the model", "3 features")
    refused(predict(tmp_path / "array", "customers.csv", *CARRY),
            "does not fit the model", "could not convert string to float")  # fmt: skip


def test_a_class_that_no_file_can_hold_is_written_with_escapes(predict, tmp_path):
    frame = customers()
    classes = np.where(frame["age"] > 50, "old\ud800", "young").astype(object)
    save_model(fitted(MLPClassifierCV(**QUICK), classes), tmp_path / "odd")
    for out, options in (("said.parquet", []), ("proba.parquet", ["--proba"])):
        done = predict(tmp_path / "odd", "customers.csv", *CARRY, *options,
                       "--out", out)  # fmt: skip
        assert done.exit_code == 0, done.output
    assert set(pd.read_parquet("said.parquet")["prediction"]) <= {"old\\ud800", "young"}
    assert list(pd.read_parquet("proba.parquet"))[1:] == ["proba_old\\ud800", "proba_young"]


def test_columns_that_name_the_rows_at_the_fit_are_carried_along(tmp_path):
    def run(*words):
        return CliRunner().invoke(app, list(map(str, words)))

    frame = customers().assign(y=np.arange(60) % 2)
    frame.to_csv(tmp_path / "t.csv", index=False)
    out, quick = tmp_path / "out", ["--dropout", "0", "--weight-decay", "0,1", "--folds", "2"]
    done = run("fit", tmp_path / "t.csv", "--target", "y", "--id", "customer", "--epochs", "2",
               "--repeats", "1", "--no-extend", "--hidden", "4", "--out", out, *quick)  # fmt: skip
    assert done.exit_code == 0, done.output

    said = printed(run("predict", out, tmp_path / "t.csv", "--id", "town"))

    assert list(said) == ["customer", "town", "prediction"]
    assert said["customer"].tolist() == frame["customer"].tolist()
    frame.drop(columns="customer").to_csv(tmp_path / "without.csv", index=False)
    without = run("predict", out, tmp_path / "without.csv")
    assert "There is no column 'customer' to carry along." in without.stderr
    assert pd.read_csv(io.StringIO(without.stdout))["prediction"].astype(str).tolist() == (
        said["prediction"].tolist()
    )


@pytest.fixture
def in_files(predict, tmp_path, monkeypatch):
    """The customers in three files, which are read in parts of 16 rows."""
    monkeypatch.setattr(ParquetFiles.parts, "__defaults__", (None, 16))
    (tmp_path / "many").mkdir()
    for number, rows in enumerate(np.array_split(np.arange(60), 3)):
        customers().iloc[rows].to_parquet(tmp_path / "many" / f"{number}.parquet", index=False)
    return predict


@pytest.mark.parametrize("ending", ENDINGS)
def test_parquet_files_are_predicted_part_by_part_into_one_file(in_files, tmp_path, ending):
    whole, parts = tmp_path / f"whole{ending}", tmp_path / f"parts{ending}"
    customers().to_parquet(tmp_path / "one.parquet")

    for table, out in (("one.parquet", whole), ("many", parts), ("many/*.parquet", None)):
        done = in_files("classes", table, *CARRY, "--proba", *(["--out", out] if out else []))
        assert done.exit_code == 0, done.output

    assert read(parts).equals(read(whole))
    assert list(read(parts)["customer"]) == list(customers()["customer"])
    assert printed(done).shape == (60, 3)


def test_what_the_model_has_not_seen_is_told_once_for_all_parts(in_files, tmp_path):
    table = customers().assign(town=["Rom"] * 20 + ["Ulm"] * 20 + ["Oslo", "Rom"] * 10)
    table.iloc[:30].to_parquet(tmp_path / "many" / "0.parquet")
    table.iloc[30:].to_parquet(tmp_path / "many" / "1.parquet")
    (tmp_path / "many" / "2.parquet").unlink()

    done = in_files("classes", "many", *CARRY, "--out", "said.parquet")

    (line,) = done.stderr.splitlines()
    assert line.startswith("Column 'town', 40 rows: the model has not seen 'Rom', 'Oslo'.")


def test_a_number_to_carry_along_keeps_its_type_though_some_parts_miss_it(in_files, tmp_path):
    for number in range(3):
        path = tmp_path / "many" / f"{number}.parquet"
        table = pd.read_parquet(path).assign(order=pd.array([None] * 10 + [7] * 10, "Int64"))
        table.to_parquet(path, index=False)

    done = in_files("values", "many", *CARRY, "--id", "order", "--out", "said.parquet")

    assert done.exit_code == 0, done.output
    said = pa.parquet.read_table("said.parquet")
    assert said.schema.field("order").type == pa.int64()
    assert said["order"].to_pylist() == ([None] * 10 + [7] * 10) * 3


def test_a_folder_is_predicted_into_a_folder_with_a_file_for_each(in_files, tmp_path):
    many, said = tmp_path / "many", tmp_path / "said"
    (many / "more").mkdir()
    (many / "2.parquet").rename(many / "more" / "2.parquet")
    pa.parquet.write_table(pa.parquet.read_table(many / "0.parquet")[:0], many / "none.parquet")
    into_one = in_files("classes", "many", *CARRY, "--proba", "--out", "said.parquet")

    done = in_files("classes", "many", *CARRY, "--proba", "--out", "said")

    assert into_one.exit_code == done.exit_code == 0, done.output
    whole = pa.parquet.read_table("said.parquet")
    names = ["0.parquet", "1.parquet", "more/2.parquet", "none.parquet"]
    assert sorted(each.relative_to(said).as_posix() for each in said.rglob("*.*")) == names
    parts = [pa.parquet.read_table(said / name) for name in names]
    assert [each.num_rows for each in parts] == [20, 20, 20, 0]
    assert pa.concat_tables(parts).equals(whole)


def test_a_file_that_cannot_be_predicted_is_named_and_leaves_no_folder(in_files, tmp_path):
    table = customers().assign(age=[*customers()["age"][:-1].astype(str), "old"])
    for number, rows in enumerate(np.array_split(np.arange(60), 3)):
        table.iloc[rows].to_parquet(tmp_path / "many" / f"{number}.parquet", index=False)

    done = in_files("values", "many", *CARRY, "--out", "said")

    refused(done, "In the 4 rows from 2.parquet, row 17 on: Column 'age', row 4: 'old'")
    assert not (tmp_path / "said").exists()
    assert not list(tmp_path.glob(".*.partial"))


def test_a_folder_that_exists_is_refused_before_anything_is_read(in_files, tmp_path):
    (tmp_path / "said").mkdir()
    refused(in_files("classes", "missing*.parquet", "--out", "said"), "said exists already")


def test_a_part_that_cannot_be_predicted_is_named_and_leaves_no_file(in_files, tmp_path):
    table = customers().assign(age=[*customers()["age"][:-1].astype(str), "old"])
    table.to_parquet(tmp_path / "t.parquet")

    done = in_files("values", "t.parquet", *CARRY, "--out", "said.parquet")

    refused(done, "In the 12 rows from t.parquet, row 49 on: Column 'age', row 12: 'old'")
    assert not (tmp_path / "said.parquet").exists()
    assert not list(tmp_path.glob(".*.partial"))


def test_probabilities_of_a_single_class_are_refused(tmp_path):
    rows = np.random.default_rng(0).normal(size=(20, 2))
    pd.DataFrame(rows, columns=["a", "b"]).to_csv(tmp_path / "t.csv", index=False)
    network = MLPClassifier(3).partial_fit(rows, np.ones(20, int), classes=[1])
    save_model(network, tmp_path / "model")
    with pytest.raises(BadInput, match="knows one alone"):
        predict_table(tmp_path / "model", tmp_path / "t.csv", None, proba=True)
