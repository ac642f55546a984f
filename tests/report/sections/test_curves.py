import numpy as np

from dropdecay.report.sections.cells import cells_of
from dropdecay.report.sections.curves import learning_of
from dropdecay.report.sections.run import run_of
from tests.report.worlds import bowl, grid, results_at, summary_of


def learning_at(points, loss, **more):
    results = results_at(points, loss, **more)
    run = run_of(results, summary_of(results))
    return results, run, learning_of(run, cells_of(run).views)


def test_chosen_none_and_one_more_are_drawn_in_both_panels_with_a_dot_at_their_own_epoch():
    points = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 1.0))
    _, run, learning = learning_at(points, bowl(dropout=0.2, weight_decay=1.0))
    assert [(each.kind, each.word) for each in learning.series] == [
        ("ch", "chosen"), ("no", "none"), ("cm", "clicked"),
    ]  # fmt: skip
    for _, panel in learning.panels:
        kinds = [shape.kind.split()[0] for shape in panel.shapes]
        assert [kind for kind in kinds if kind in ("ch", "no", "cm")] == ["cm", "no", "ch"]
    _, held_out = learning.panels[0]
    (chosen,) = [dot for dot in held_out.dots if dot.kind == "ch"]
    assert chosen.x == learning.frame.x(int(run.figures.epochs[run.surface.chosen]))


def test_epochs_are_labelled_by_whole_numbers():
    _, _, learning = learning_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2), n_epochs=11)
    ticks = [label.text for _, panel in learning.panels for label in panel.ticks_x]
    assert ticks
    assert all(tick.isdigit() for tick in ticks)


def test_the_script_has_every_curve_in_whole_units():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    results, _, learning = learning_at(points, bowl(dropout=0.2))
    curve = results["validation_loss"].mean(["fold", "seed"]).values
    at = np.array(learning.packed.epochs) - 1
    found = learning.packed.unit * np.array(learning.packed.values["held-out"], float)
    np.testing.assert_allclose(found, curve[:, at], atol=learning.packed.unit)


def test_a_large_surface_gives_thinner_curves_that_keep_their_ends(monkeypatch):
    monkeypatch.setattr("dropdecay.report.sections.curves.MOST_NUMBERS", 2 * 4 * 4)
    _, _, learning = learning_at(
        grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)), bowl(dropout=0.2)
    )
    assert len(learning.packed.epochs) <= 5
    assert (learning.packed.epochs[0], learning.packed.epochs[-1]) == (1, 12)


def test_a_setting_that_overfits_wildly_does_not_flatten_the_others():
    points = grid(dropout=(0.0, 0.2))
    results = results_at(points, bowl(dropout=0.2))
    results["validation_loss"][0, ..., -3:] += 50.0
    run = run_of(results, summary_of(results))
    learning = learning_of(run, cells_of(run).views)
    assert learning.frame.top < 3.0
    assert "and then overfits" in learning.sentence


def test_training_rows_that_lose_more_than_held_out_ones_are_in_the_picture():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    results["training_loss"][:] = results["validation_loss"] + 5.0
    run = run_of(results, summary_of(results))
    learning = learning_of(run, cells_of(run).views)
    last = results["training_loss"].mean(["fold", "seed"]).values[:, -1]
    assert learning.frame.top >= last.max()
