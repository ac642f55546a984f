"""The file of options that a run writes gives the same run, and says what is wrong with another."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropdecay.commands.options import ASKED, fit_options, read_options
from dropdecay.commands.run_config import config_text, quoted_toml, read_config, with_config
from dropdecay.errors import BadSetting
from tests.commands.test_options import ANY_OPTIONS, free_axes  # noqa: F401  # a fixture

PLAIN = {"table": Path("people.csv"), "target": "left"}


def as_read(folder: Path, text: str) -> dict:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return read_options(read_config(path))


@given(ANY_OPTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_run_writes_gives_its_options_again(tmp_path_factory, options):
    found = as_read(tmp_path_factory.mktemp("config"), config_text(options))

    kept = {each.key for each in ASKED if each.decides == "numbers"}
    expected = {
        key: value for key, value in options.values.items() if key in kept and value is not None
    }
    expected["table"] = options.table if str(options.table) == "-" else options.table.absolute()
    assert found == expected


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_read_back(text):
    assert tomllib.loads(f"word = {quoted_toml(text)}") == {"word": text}


@pytest.mark.parametrize("text", ["C:\\new\\t.csv", 'say "so"', "é 表 🙂", "a\tb", "\x7f\x00"])
def test_backslashes_quotes_and_other_alphabets_are_read_back(text):
    assert tomllib.loads(f"word = {quoted_toml(text)}") == {"word": text}


def test_half_a_surrogate_pair_is_written_as_it_is_printed():
    assert tomllib.loads(f"word = {quoted_toml(chr(0xDC80))}") == {"word": "\\udc80"}


def test_people_may_write_numbers_and_lists_and_underscores(tmp_path):
    found = as_read(
        tmp_path,
        """table = "people.csv"
target = "left"
hidden = [64, 32]
dropout = [0, 0.2]
weight_decay = "tau:none,40"
id = "customer"
drop = ["a", "b"]
race = true
nested = true
""",
    )

    assert found == {
        "table": tmp_path / "people.csv", "target": "left", "hidden": (64, 32),
        "dropout": (0.0, 0.2), "weight_decay": "tau:none,40", "id": ("customer",),
        "drop": ("a", "b"), "race": True, "nested": True,
    }  # fmt: skip


def test_typed_options_win(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('target = "left"\nfolds = 7\n')
    typed = {"config": str(path), "target": "income", "folds": "5", "seeds": "1"}

    found = with_config(typed, {"config": str(path), "target": "income"})

    assert (found["target"], found["folds"], found["seeds"]) == ("income", "7", "1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fold = 3", "there is no option fold. Did you mean folds?"),
        ("config = 'other.toml'", "there is no option config."),
        ("resume = 'there'", "there is no option resume."),
        ("nested = 1", "nested must be true or false."),
        ("folds = true", "folds must be a number, a text or a list of them."),
        ("drop = [[1]]", "drop must be a number, a text or a list of them."),
        ("table = ['a', 'b']", "table must be one path."),
        ("folds = ", "cannot be read: Invalid value"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path, text, words):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(BadSetting) as caught:
        read_config(path)
    assert words in str(caught.value)
    assert "run.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(BadSetting, match=r"--config: there is no file no\.toml"):
        read_config(Path("no.toml"))


def test_a_run_that_is_resumed_takes_no_file():
    with pytest.raises(BadSetting, match="Omit --config"):
        with_config({"config": "a.toml"}, {"config": "a.toml", "resume": "there"})


def test_the_file_is_short_and_plain():
    text = config_text(fit_options(**PLAIN))
    assert f"table = {quoted_toml(str(Path('people.csv').absolute()))}\n" in text
    assert 'lr = 0.001\nschedule = "constant"\n' in text
    assert "folds = 5\n" in text
    assert "jobs" not in text
