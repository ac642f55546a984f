"""Whole runs on the command line: axes, schedules, reproduction, and names of strangers."""

import json
import re
import shlex

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.stored import read_run

QUICK = ["--dropout", "0,0.3", "--weight-decay", "0,1", "--folds", "3", "--epochs", "3",
         "--hidden", "6", "--jobs", "1", "--no-extend"]  # fmt: skip
EVIL = '</script><script>window.evil=1</script><img src=x onerror="window.evil=1">'
ESCAPE = "\x1b[2J\x1b]0;title\x07"


def fit(folder, *arguments, target="y", names=("a", "b"), labels=("no", "yes")):
    """Run ``dropdecay fit`` on a small table, in 80 columns."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 2))
    frame = pd.DataFrame(values, columns=list(names))
    frame[target] = np.where(values[:, 0] > 0, *labels)
    frame.to_csv(folder / "t.csv", index=False)
    typed = ["fit", str(folder / "t.csv"), f"--target={target}", *QUICK, *arguments]
    done = CliRunner().invoke(app, [*typed, f"--out={folder / 'out'}"], env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def four_axes(tmp_path_factory):
    """A finished run of four axes, one of them tuned: its folder, and what the command printed."""
    folder = tmp_path_factory.mktemp("axes")
    axes = ["--axis", "max_norm=none,2", "--axis", "learning_rate_init=0.001,0.003"]
    return folder / "out", fit(folder, *axes)


def test_the_cost_of_all_axes_is_forecast_before_anything_is_trained(four_axes):
    _, done = four_axes
    lines = done.stderr.splitlines()
    (at,) = (
        i
        for i, line in enumerate(lines)
        if re.fullmatch(r"About \d+ \w+: .* for the surface \(48 networks\), .*", line)
    )
    assert not any("trained" in line for line in lines[:at])


def test_the_summary_states_the_values_of_the_axes_that_the_table_does_not_show(four_axes):
    folder, done = four_axes
    chosen = read_run(folder).summary["choice"]["chosen"]["point"]
    norm = "none" if chosen["max_norm"] is None else f"{chosen['max_norm']:g}"
    held = f"At max-norm {norm}, learning rate {chosen['learning_rate_init']:g} (as chosen)."
    assert held in done.stdout
    # Only what is to be copied is never broken.
    lines = [each for each in done.stdout.splitlines() if "/" not in each]
    assert all(len(line) <= 80 for line in lines)


def test_a_setting_that_is_an_axis_is_listed_as_searched(four_axes):
    folder, _ = four_axes
    assert read_run(folder).summary["settings"]["learning rate"] == "searched"


def test_the_summary_file_describes_every_axis(four_axes):
    folder, _ = four_axes
    axes = json.loads((folder / "summary.json").read_text())["axes"]
    assert {axis["name"]: axis["values"] for axis in axes} == {
        "dropout": [0.0, 0.3], "weight_decay": [0.0, 1.0], "max_norm": [None, 2.0],
        "learning_rate_init": [0.001, 0.003],
    }  # fmt: skip
    assert [axis["regularizes"] for axis in axes] == [True, True, True, False]


def test_the_page_lets_the_reader_pick_two_of_the_axes(four_axes):
    folder, _ = four_axes
    page = (folder / "report.html").read_text()
    for select in ("across", "down"):
        (options,) = re.findall(rf'<select id="{select}">(.*?)</select>', page, re.DOTALL)
        for name in ("dropout", "weight decay", "max-norm", "learning rate"):
            assert f">{name}</option>" in options


def test_the_command_on_the_page_gives_the_same_numbers_again(four_axes, tmp_path):
    first = read_run(four_axes[0])
    program, *arguments = shlex.split(first.summary["command"])
    assert program == "dropdecay"
    done = CliRunner().invoke(app, [*arguments, "--quiet", f"--out={tmp_path / 'again'}"])
    assert done.exit_code == 0, done.output
    again = read_run(tmp_path / "again")
    assert again.results.drop_vars("wall_s").identical(first.results.drop_vars("wall_s"))
    assert again.summary["choice"] == first.summary["choice"]


def test_a_schedule_is_used_for_training_and_repeated_by_the_command(tmp_path):
    losses = []
    for schedule in ("constant", "cosine"):
        folder = tmp_path / schedule
        folder.mkdir()
        fit(folder, "--schedule", schedule)
        run = read_run(folder / "out")
        assert run.summary["settings"]["schedule"] == schedule
        assert f"--schedule={schedule}" in run.summary["command"]
        losses.append(run.results["validation_loss"].values)
    assert not np.array_equal(*losses)


def test_names_of_columns_and_classes_can_neither_break_the_page_nor_drive_the_terminal(tmp_path):
    target = f"y{EVIL}{ESCAPE}"
    done = fit(tmp_path, target=target, names=(f"a{EVIL}", f"b{ESCAPE}"),
               labels=(f"no{EVIL}", f"yes{ESCAPE}"))  # fmt: skip

    assert all(line.isprintable() for line in done.output.splitlines())
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<img" not in page
    assert page.count("<script") == page.count("</script>") == 2  # its data and its own script
    data = page.split('id="data-of-page">')[1].split("</script>")[0]
    assert json.loads(data)["points"]


def test_until_sure_is_told_with_the_repeats_that_it_allows(tmp_path):
    fit(tmp_path, "--until-sure", "--repeats", "3", "--budget", "1s")
    assert read_run(tmp_path / "out").summary["settings"]["repeats up to"] == 20


def test_groups_that_are_the_target_or_are_missing_are_one_clear_line(tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"{i},{'ab'[i % 2]},{'pq'[i % 2] if i else ''}" for i in range(40)]
    table.write_text("\n".join(["x,y,g", *rows]))
    for column, words in (("y", "--group and --target are both 'y'."), ("g", "1 row has no group")):
        typed = ["fit", str(table), "--target=y", f"--group={column}", *QUICK]
        done = CliRunner().invoke(app, [*typed, f"--out={tmp_path / 'out'}"])
        assert done.exit_code == 2
        assert words in done.stderr.replace("\n", " ")
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.partial").exists()


def test_decays_asked_for_by_memory_are_printed_in_both_units_and_come_again(tmp_path):
    done = fit(tmp_path, "--weight-decay", "tau:none,40,4")
    run = read_run(tmp_path / "out")
    # 40 training rows in batches of 32: two steps an epoch.
    words = "0, 12, 120 = none and 42, 4.2 epochs of memory"
    assert run.summary["settings"]["weight decays"] == words
    assert re.search(r"\n +120 +4\.2 ", done.stdout)
    assert "<span>τ 42</span>" in (tmp_path / "out" / "report.html").read_text()
    assert "--weight-decay=tau:none,40,4" in run.summary["command"]
    written = (tmp_path / "out" / "report.html").read_bytes()
    again = CliRunner().invoke(app, ["report", str(tmp_path / "out")])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "out" / "report.html").read_bytes() == written


def test_nothing_is_printed_of_the_memory_of_a_penalty(tmp_path):
    done = fit(tmp_path, "--decay", "l2")
    page = (tmp_path / "out" / "report.html").read_text()
    for text in (done.stdout, page.split("<body>")[1].split("<script")[0]):
        assert not [word for word in ("tau", "forgets", "epochs of memory") if word in text]


def test_profiles_of_dropout_stand_in_terminal_page_and_model(tmp_path):
    done = fit(tmp_path, "--hidden", "6,4", "--dropout", "0.2,0.4/0.2,0.4/0,0/0.4")
    folder = tmp_path / "out"
    page = (folder / "report.html").read_text()
    for profile in ("0.4/0.2", "0.4/0", "0/0.4"):
        assert profile in done.stdout
        assert f">{profile}</th>" in page
    again = CliRunner().invoke(app, ["predict", str(folder), str(tmp_path / "t.csv")])
    assert again.exit_code == 0, again.output


def test_a_profile_for_other_layers_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(AssertionError, match="dropout has 3 rates, but the network has 1 hidden"):
        fit(tmp_path, "--dropout", "0,0.1/0.2/0.3")
    assert not (tmp_path / "out.partial").exists()
