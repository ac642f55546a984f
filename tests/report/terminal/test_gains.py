import re

from tests.report.terminal.screens import screen
from tests.report.test_answer import baselines, model
from tests.report.worlds import bowl, grid, results_at, summary_of

POINTS = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))


def against_none(mean, error):
    return {"mean": mean, "standard_error": error, "lower": mean - 2 * error,
            "upper": mean + 2 * error}  # fmt: skip


def shown(width=80, encoding="utf-8", **summary):
    results = results_at(POINTS, bowl(dropout=0.2, weight_decay=0.1))
    return screen(results, summary_of(results, **summary), width, encoding)


def lines_of(said):
    part = said.split("with 95 % intervals")[1]
    return part.split("worse")[0].splitlines()


def test_each_part_is_named_with_its_best_value_and_has_signs_and_equal_decimals():
    lines = lines_of(shown())
    names = ["dropout 0.2 alone", "weight decay 0.1 alone", "both, 0.2 with 0.1"]
    assert [line[2:26].strip() for line in lines if "●" in line] == names
    figures = [re.search(r"([+−]\S+)   (\S+) to (\S+)$", line) for line in lines if "●" in line]
    decimals = {len(each.split(".")[1]) for found in figures for each in found.groups()
                if "." in each}  # fmt: skip
    assert len(decimals) == 1


def test_other_models_stand_below_and_what_is_far_off_keeps_its_number():
    near = model("logistic regression", 0.2, 0.01, against_none=against_none(0.02, 0.01))
    far = model("always the same odds", 0.0, 0.6, against_none=against_none(-9.0, 0.1))
    lines = lines_of(shown(baselines=baselines(near, far)))
    (odds,) = (line for line in lines if "always the same odds" in line)
    assert "◂ off the scale" in odds
    assert "−9.0" in odds
    assert lines[next(i for i, x in enumerate(lines) if "logistic" in x) - 1] == ""


def test_an_interval_that_begins_beyond_the_scale_is_drawn_as_far_as_it_lies_inside():
    wide = model("gradient boosting", 0.4, 0.6, against_none=against_none(-8.0, 4.2))
    (line,) = (line for line in lines_of(shown(baselines=baselines(wide))) if "boosting" in line)
    assert "off the scale" not in line
    assert "◂──" in line
    assert "●" not in line


def test_models_stand_in_their_order_the_best_one_first():
    models = [model(name, 0.2, 0.01, against_none=against_none(mean, 0.01))
              for name, mean in (("third", -0.02), ("first", 0.02), ("second", 0.0))]  # fmt: skip
    lines = lines_of(shown(baselines=baselines(*models)))
    names = [line.split()[0] for line in lines if line.strip().startswith(("f", "s", "th"))]
    assert names == ["first", "second", "third"]


def test_a_part_with_a_tiny_error_does_not_lengthen_the_figures_of_all_others():
    results = results_at(POINTS, bowl(dropout=0.2, weight_decay=0.1))
    found = summary_of(results)
    effects = found["verdict"]["effects"]
    effects[0]["gain"] = {**effects[0]["gain"], **against_none(0.00003, 0.0000031)}
    lines = lines_of(screen(results, found))
    assert not re.search(r"\.\d{5}", "\n".join(lines))


def test_the_zero_lines_up_and_labels_of_the_axis_do_not_touch():
    lines = [line for line in lines_of(shown(width=120)) if re.search("[│┼●]", line)]
    at = {line.index(sign) for line in lines for sign in "│┼" if sign in line}
    assert len(at) == 1
    ticks = next(line for line in lines_of(shown(width=120)) if re.fullmatch(r"[ \d.+−]+", line))
    assert 2 <= len(ticks.split()) <= 5
    assert " 0 " in f"{ticks} "


def test_a_better_model_is_listed_with_its_change_its_chance_and_its_time():
    models = (model("gradient boosting", 0.999, -0.04, in_python="HistGradientBoosting()"),
              model("a model with a rather long name", 0.004, 0.012, seconds=0.6))  # fmt: skip
    said = shown(baselines=baselines(*models, better="gradient boosting"))
    assert "Use gradient boosting here, not this network" in said
    assert re.search(r"gradient boosting +−0.040 +> 99 % +1.9 s", said)
    assert re.search(r"rather long name +\+0.012 +< 1 % +0.6 s", said)
    assert "In Python: HistGradientBoosting()" in said
    assert "for comparison." in " ".join(said.split())


def test_nothing_is_drawn_where_there_is_nothing_to_compare_with():
    points = grid(dropout=(0.2, 0.4), weight_decay=(0.1, 1.0))
    results = results_at(points, bowl(dropout=0.2, weight_decay=0.1))
    assert "against no regularization" not in screen(results, summary_of(results))
