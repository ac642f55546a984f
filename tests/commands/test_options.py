import inspect
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dropdecay import MLPClassifierCV, MLPRegressorCV, knobs
from dropdecay.checked_json import json_text
from dropdecay.commands import fit
from dropdecay.commands import option_kinds as kinds
from dropdecay.commands.app import app
from dropdecay.commands.fit import quiet_warnings
from dropdecay.commands.job_file import JOB_SCHEMA, Job, read_job, resumed, write_job
from dropdecay.commands.options import ASKED, OPTIONS, fit_options, spelled
from dropdecay.commands.reproduce import fit_command
from dropdecay.commands.summary import trained_settings
from dropdecay.engine.choose import ENGINES
from dropdecay.errors import BadInput, Parameter
from dropdecay.parts import ACTIVATIONS, SOLVERS
from dropdecay.settings import HORIZON_SCHEDULES
from dropdecay.table.check import TASKS

SMALLEST = {"table": Path("t.csv"), "target": "y"}
NUMBERS = st.floats(allow_nan=False)
WORDS = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1).filter(
    lambda text: text.lower() not in ("none", "nan", "inf", "infinity")
)
WHOLE = st.integers(-(10**18), 10**18)
VALUES = {
    kinds.TEXT: st.text(),
    kinds.ADDRESS: st.text().filter(lambda text: text != "none"),
    kinds.PATH: st.text(st.characters(exclude_characters="\0", codec="utf-8")).map(Path),
    kinds.NUMBER: NUMBERS,
    kinds.AUTO_OR_RATES: st.just("auto") | st.lists(
        NUMBERS | st.lists(NUMBERS, min_size=2).map(tuple), min_size=1
    ).map(tuple),
    kinds.AUTO_OR_DECAYS: st.sampled_from(["auto", "tau:none,400,1.5"])
    | st.lists(NUMBERS, min_size=1).map(tuple),
    kinds.THRESHOLD: st.sampled_from(["f1", "balanced_accuracy", "0.3", "1:5", "0.5:20"]),
    kinds.WHOLE: WHOLE,
    kinds.WHOLES: st.lists(WHOLE).map(tuple),
    kinds.AUTO_OR_WHOLE: st.just("auto") | WHOLE,
    kinds.WHOLE_OR_FOLDS: st.just("folds") | WHOLE,
    kinds.DURATION: st.floats(min_value=0.0, exclude_min=True, allow_infinity=False),
    kinds.FLAG: st.booleans(),
    kinds.SWITCH: st.booleans(),
    kinds.CLASS_WEIGHTS: st.just(("balanced",))
    | st.dictionaries(WORDS, st.floats(0.0, 1e9).map(str), min_size=1).map(
        lambda weights: tuple(f"{name}={weight}" for name, weight in weights.items())
    ),
    kinds.TEXTS: st.lists(st.text(), min_size=1).map(tuple),
    kinds.AXES: st.dictionaries(
        st.sampled_from(["any", "other"]),
        st.lists(
            st.none() | NUMBERS | WORDS | st.lists(NUMBERS, min_size=2).map(tuple),
            min_size=1, unique=True,
        ).map(tuple),
        min_size=1,
    ),
}  # fmt: skip
MUST = ("table", "target")


def choices_of(option):
    return [option.read(each) for each in option.kind.choices]


def values_of(option):
    """Whatever an option may be: None where it need not be given."""
    some = st.sampled_from(choices_of(option)) if option.kind.choices else VALUES[option.kind]
    return some | st.none() if option.default is None and option.key not in MUST else some


ANY_OPTIONS = st.fixed_dictionaries({each.key: values_of(each) for each in ASKED}).map(
    lambda values: fit_options(**values)
)


@pytest.fixture(scope="module", autouse=True)
def free_axes():
    """Two axes that take whatever can be written, in the order in which it is given."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("any", "other"):
            knob = knobs.Knob(name, name, "schedule", "epochs", lambda value: value, "", "", "")
            patched.setitem(knobs.AXES, name, knob)
        yield


@pytest.fixture(scope="module")
def asked():
    """What reaches the work of fit: nothing is read or trained."""
    reached = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit, "run_fit", lambda options, **_: reached.append(options))
        yield reached


def invoke(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_help_names_every_option_with_its_aliases_its_default_and_what_it_does(option):
    usage = " ".join(invoke("--help").stdout.split())
    _, _, group = usage.partition("Arguments:" if option.is_argument else f" {option.group}: ")
    assert option.help in group
    for name in (option.name, *option.aliases):
        assert name in usage
    typed = option.written(option.default)
    if isinstance(typed, str):
        assert f"{option.help} [default: {typed}]" in group
    if option.opposite:
        assert f"{option.opposite} {option.help} [default: {option.key}]" in group


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("task", ("auto", *TASKS)), ("activation", tuple(ACTIVATIONS)), ("optimizer", SOLVERS),
        ("schedule", ("constant", *HORIZON_SCHEDULES)), ("engine", ENGINES),
    ],
)  # fmt: skip
def test_help_shows_the_choices_and_there_are_no_others(key, names):
    (option,) = (each for each in OPTIONS if each.key == key)
    assert option.kind.choices == names
    assert f"{option.name} {'|'.join(names)} " in " ".join(invoke("--help").stdout.split())


@pytest.mark.parametrize(
    ("name", "option"), [("-t", "target"), ("-g", "group"), ("-o", "out"), ("-j", "jobs")]
)
def test_the_options_of_every_day_have_short_names(asked, name, option):
    value = "3" if option == "jobs" else "word"
    done = invoke("t.csv", *(() if name == "-t" else ("-t", "y")), name, value)
    assert done.exit_code == 0, done.output
    assert str(asked.pop().values[option]) == value


def test_help_ends_with_examples_that_can_be_run_and_with_the_exit_codes(asked):
    lines = invoke("-h").stdout.splitlines()
    examples = lines[lines.index("Examples:") + 1 : lines.index("Exit codes:") - 1]
    assert len(examples) == 3
    for each in examples:
        program, command, *arguments = shlex.split(each)
        assert (program, command) == ("dropdecay", "fit")
        assert invoke(*arguments).exit_code == 0
    asked.clear()
    assert [line.split()[0] for line in lines[lines.index("Exit codes:") + 1 :]] == [
        "0", "1", "2", "130",
    ]  # fmt: skip


def test_a_choice_that_there_is_not_names_the_near_one(asked):
    done = invoke("t.csv", "-t", "y", "--activation", "identty")
    assert (done.exit_code, asked) == (2, [])
    assert done.stderr == (
        "dropdecay: --activation must be one of 'relu', 'tanh', 'logistic', 'gelu', 'silu', "
        "'identity'. Got 'identty'. Did you mean 'identity'?\n"
    )


@pytest.mark.parametrize("estimator", [MLPClassifierCV, MLPRegressorCV])
@pytest.mark.parametrize(
    "option", [each for each in ASKED if each.parameter], ids=lambda each: each.key
)
def test_what_an_option_sets_is_a_parameter_with_the_same_default(option, estimator):
    default = inspect.signature(estimator).parameters[option.parameter].default
    assert default == (None if option.key == "random_state" else option.default)


@given(ANY_OPTIONS)
@example(fit_options(table=Path("-t.csv"), target="-y", group="--out", race=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_command_that_reproduces_a_run_has_the_same_options(asked, options):
    program, command, *arguments = shlex.split(fit_command(options))

    done = invoke(*arguments)

    assert (program, command) == ("dropdecay", "fit")
    assert done.exit_code == 0, done.output
    assert asked.pop() == options.changed(out=None, jobs=-1, cluster=None, keep_folds="auto")


def test_the_command_of_a_run_on_standard_input_reads_standard_input():
    words = shlex.split(fit_command(fit_options(table=Path("-"), target="y")))
    assert words[2] == "-"
    assert shlex.split(fit_command(fit_options(table=Path("-t"), target="y")))[2] == "./-t"


def test_the_command_names_every_option_so_that_a_shell_reads_it_back():
    options = fit_options(
        table=Path("my table.csv"), target="-y", dropout=(0.0, 0.25), weight_decay=(1e-3,),
        axis={"any": (None, 2.0, (0.1, 0.3))}, hidden=(8,), race=True, extend=False, nested=True,
        jobs=3, out=Path("there"),
    )  # fmt: skip
    assert fit_command(options) == (
        "dropdecay fit 'my table.csv' --target=-y --task=auto --dropout=0,0.25 "
        "--weight-decay=0.001 --axis=any=none,2,0.1/0.3 --no-extend --race=on --hidden=8 "
        "--activation=relu --category-encoding=one_hot --input-dropout=0 --optimizer=adam "
        "--lr=0.001 --schedule=constant --decay=decoupled --batch-size=auto "
        "--epochs=auto --ensemble=1 --folds=5 --seeds=1 --repeats=10 --rule=best "
        "--criterion=loss --nested --baselines --random-state=0 "
        "--engine=numba --device=auto"
    )


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_messages_name_an_option_for_the_parameter_that_it_sets(option):
    assert spelled(Parameter(option.parameter or option.key)) == option.name


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (Parameter("max_iter", 20), "--epochs 20"),
        (Parameter("learning_rate_init", 1.0), "--lr 1"),
        (Parameter("nested", True), "--nested"),
        (Parameter("extend", False), "--no-extend"),
        (Parameter("race", False), "--race off"),
        (Parameter("dropouts", (0.0, (0.4, 0.2))), "--dropout 0,0.4/0.2"),
        (Parameter("axes", {"any": (1.0, 2.0)}), "--axis any=1,2"),
        (Parameter("momentum"), "momentum"),
        (Parameter("momentum", 0.5), "momentum=0.5"),
    ],
)
def test_messages_give_values_as_they_are_typed(parameter, words):
    assert spelled(parameter) == words


@pytest.mark.parametrize("name", ["--random-state", "--seed"])
def test_the_random_state_has_an_alias(asked, name):
    assert invoke("t.csv", "--target", "y", name, 7).exit_code == 0
    options = asked.pop()
    assert options.parameters()["random_state"] == 7
    assert "--random-state=7" in fit_command(options)


def test_axes_are_collected_and_become_one_parameter(asked):
    done = invoke("t.csv", "--target", "y", "--axis", "any=none,2", "--axis", "other=a,0.1/0.2")
    assert done.exit_code == 0, done.output
    assert asked.pop().parameters()["axes"] == {"any": (None, 2.0), "other": ("a", (0.1, 0.2))}


def test_rates_may_differ_by_layer_and_decays_may_be_asked_for_by_memory(asked):
    done = invoke("t.csv", "--target", "y", "--dropout", "0,0.4/0.2,0.4/0",
                  "--weight-decay", "tau:none,40")  # fmt: skip
    assert done.exit_code == 0, done.output
    options = asked.pop()
    assert options.parameters()["dropouts"] == (0.0, (0.4, 0.2), (0.4, 0.0))
    assert options.parameters()["weight_decays"] == "tau:none,40"
    assert "--dropout=0,0.4/0.2,0.4/0 --weight-decay=tau:none,40" in fit_command(options)


@pytest.mark.parametrize(
    ("typed", "seconds"), [("90s", 90.0), ("90", 90.0), ("10m", 600.0), ("1.5h", 5400.0)]
)
def test_a_budget_is_a_time_in_seconds_minutes_or_hours(asked, typed, seconds):
    done = invoke("t.csv", "--target", "y", "--budget", typed)
    assert done.exit_code == 0, done.output
    assert asked.pop().parameters()["budget"] == seconds


@pytest.mark.parametrize("typed", ["0", "-3m", "soon", "inf", "nan", "m", ""])
def test_a_budget_that_is_no_time_is_refused(asked, typed):
    done = invoke("t.csv", "--target", "y", "--budget", typed)
    assert (done.exit_code, asked) == (2, [])
    assert "--budget must be a time such as 90s, 10m or 2h." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--axis", "any"], "--axis: Write an axis as NAME=VALUES"),
        (["--axis", "an=1"], "--axis: An axis must be one of"),
        (["--axis", "any=1", "--axis", "any=2"], "--axis any is given twice."),
        (["--axis", "dropout=0,0.1"], "give the values of dropout with --dropout."),
        (["--axis", "weight_decay=1"], "give the values of weight_decay with --weight-decay."),
        (["--folds", "x"], "--folds must be a whole number. Got 'x'."),
        (["--lr", "fast"], "--lr must be a number. Got 'fast'."),
        (["--dropout", "0,much"], "--dropout must be auto or numbers separated by commas, such as"),
        (["--dropout", "0,0.4/"], "(one rate per layer). Got '0,0.4/'."),
        (["--weight-decay", ","], "--weight-decay needs at least one number, such as 0,0.1."),
        (["--weight-decay", "0,x"], "or epochs of memory, such as tau:none,400,130,40. Got '0,x'."),
        (["--weight-decay", "tau:40,"], "--weight-decay in epochs of memory must be positive"),
        (["--weight-decay", "tau:-40"], "--weight-decay in epochs of memory must be positive"),
    ],
)
def test_an_option_that_cannot_be_read_is_named(asked, arguments, words):
    done = invoke("t.csv", "--target", "y", *arguments)
    assert (done.exit_code, asked) == (2, [])
    assert done.stderr.startswith("dropdecay: --")
    assert words in done.stderr


@given(ANY_OPTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_job_is_read_as_it_was_written(tmp_path_factory, options):
    folder = tmp_path_factory.mktemp("job")
    write_job(folder, options)
    assert read_job(folder) == Job(options, options.table.resolve())


OTHER = {
    kinds.TEXT: "other", kinds.ADDRESS: "other", kinds.PATH: Path("other"), kinds.NUMBER: 0.25,
    kinds.AUTO_OR_RATES: (0.25,), kinds.AUTO_OR_DECAYS: "tau:40", kinds.WHOLE: 7,
    kinds.WHOLES: (7,), kinds.AUTO_OR_WHOLE: 7, kinds.WHOLE_OR_FOLDS: 7,
    kinds.AXES: {"any": (1.0,)}, kinds.DURATION: 90.0, kinds.CLASS_WEIGHTS: ("balanced",),
}  # fmt: skip
"""A value that is no default, by kind."""


def other_than_default(option):
    others = [each for each in choices_of(option) if each != option.default]
    return others[0] if others else OTHER.get(option.kind, not option.default)


@pytest.mark.parametrize(
    "option", [each for each in ASKED if each.decides != "speed"], ids=lambda each: each.key
)
def test_a_resumed_run_refuses_another_value_and_names_the_option(option):
    job = Job(fit_options(**SMALLEST), Path("t.csv"))
    same = {option.key: job.options.values[option.key]}
    assert resumed(job, same) == job.options
    with pytest.raises(BadInput, match=f"other settings: {option.name} was .*, now .*[.] Omit"):
        resumed(job, {option.key: other_than_default(option)})


def test_a_resumed_run_may_have_another_speed():
    job = Job(fit_options(**SMALLEST), Path("t.csv"))
    assert resumed(job, {"jobs": 3}) == job.options.changed(jobs=3)


@pytest.fixture
def unfinished(tmp_path, monkeypatch):
    """The job of a run that was interrupted, and its file."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "out.partial"
    folder.mkdir()
    write_job(folder, fit_options(**SMALLEST))
    return folder / "job.json"


ABSENT = object()


def refused(job_file, words, todo="Run dropdecay fit again."):
    """One line that names the file, and exit code 2."""
    done = invoke("--resume", "out")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"dropdecay: {Path('out.partial') / job_file.name} ")
    assert words in line
    assert line.endswith(todo)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("speling", "1", "the option 'speling' is missing or unknown."),
        ("lr", ABSENT, "the option 'lr' is missing or unknown."),
        ("lr", 0.001, "--lr must be a string. Got 0.001."),
        ("folds", "five", "--folds must be a whole number. Got 'five'."),
        ("axis", "any=1", "--axis must be a list of strings. Got 'any=1'."),
        ("nested", "yes", "--nested must be true or false. Got 'yes'."),
        ("target", None, "fit needs --target COLUMN"),
    ],
)
def test_a_job_that_does_not_fit_the_table_of_options_is_refused(unfinished, name, typed, words):
    stored = json.loads(unfinished.read_text())
    stored["options"][name] = typed
    if typed is ABSENT:
        del stored["options"][name]
    unfinished.write_text(json_text(stored))
    refused(unfinished, f"cannot be read: {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema', "cannot be read: Unterminated string"),
        ("[]", "cannot be read: it must be a JSON object."),
        ('{"schema": "new"}', "cannot be read: its schema version is not a whole number."),
        (f'{{"schema": {JOB_SCHEMA}}}', "cannot be read: it needs 'table'"),
        ('{"job": {}}', "written by dropdecay 0.1.0 in schema version 1; this dropdecay reads"),
    ],
)
def test_a_job_that_is_damaged_or_of_another_version_is_refused_with_a_reason(
    unfinished, text, words
):
    unfinished.write_text(text)
    refused(unfinished, words)


def test_a_job_of_a_later_version_is_refused_by_that_version(unfinished):
    unfinished.write_text('{"schema": 99, "dropdecay": "9.0"}')
    words = (
        f"written by dropdecay 9.0 in schema version 99; this dropdecay reads version {JOB_SCHEMA}"
    )
    refused(unfinished, words, todo="Install a later dropdecay.")


def test_what_chooses_is_among_the_settings_only_where_it_was_changed():
    def listed(**values):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60, 3))
        options = fit_options(table=Path("t.csv"), target="y", epochs=3, hidden=(4,), folds=2,
                              dropout=(0.0, 0.2), weight_decay=(0.0,), repeats=1, extend=False,
                              **values)  # fmt: skip
        search = MLPClassifierCV(**options.parameters())
        with quiet_warnings():
            search.fit(X, X[:, 0] > 0)
        return trained_settings(options, search)

    asked = {"criterion": "score", "scoring": "roc_auc"}
    assert not {*asked, "futility"} & set(listed())
    changed = listed(**asked)
    assert {name: changed[name] for name in asked} == asked
    assert listed(futility=True)["futility"] == "on"
    assert set(asked) & set(listed(criterion="score")) == {"criterion"}
