from dropdecay.report.sections.record import record_of
from dropdecay.report.sections.run import run_of
from tests.report.worlds import bowl, grid, results_at, summary_of


def record_at(attrs=None, **more):
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2), eliminated={0: 3},
                         attrs=attrs)  # fmt: skip
    return record_of(run_of(results, {**summary_of(results), **more}))


def test_networks_that_a_race_saved_are_not_counted_as_trained():
    assert record_at(wall_s=3.8).trained.replace("\u00a0", " ") == "7 networks of 8 in 3.8 s"


def test_the_command_is_quoted_so_that_a_shell_reads_it_back():
    command = "dropdecay fit 'my table.csv' --target=y"
    assert record_at(command=command).command == command


def test_versions_and_the_table_are_named_so_that_the_numbers_can_be_had_again():
    found = dict(record_at().versions)
    assert found["versions"] == "dropdecay 0.0, numpy 2"
    assert found["table SHA-256"] == "0123"


def test_what_the_verdict_rests_on_is_told_here():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    run = run_of(results, summary_of(results))
    assert set(run.summary["verdict"]["grounds"]) <= set(record_of(run).reasons)
