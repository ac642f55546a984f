"""Figures from out-of-fold outputs: what is predicted, losses, rows worth a look, pictures."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss

from dropdecay.errors import BadInput, BadSetting
from dropdecay.trust.temperature import at_temperature
from tests.trust.worlds import drawn_classes, found_of

SAID, TRUE = drawn_classes(300, 3)
LABELS = (np.random.default_rng(0).uniform(size=(100, 3)) < SAID[:100]).astype(int)
VALUES = np.random.default_rng(1).normal(size=(100, 2)) * [1.0, 50.0]


def of_values(n_outputs=2, **how):
    names = ("0", "1")[:n_outputs]
    true = VALUES[:, :n_outputs]
    return found_of(true, true + 0.5, kind="values", names=names, **how)


def test_losses_are_those_of_scikit_learn():
    assert found_of(TRUE, SAID).loss.mean() == pytest.approx(log_loss(TRUE, SAID))
    by_label = sum(log_loss(LABELS[:, i], SAID[:100, i]) for i in range(3))
    assert found_of(LABELS, SAID[:100]).loss.mean() == pytest.approx(by_label)
    two, true = drawn_classes(50, 2)
    squared = found_of(true, two, is_squared=True).loss
    assert squared == pytest.approx((two[:, 1] - true) ** 2)
    assert of_values(unit=np.array([1.0, 50.0])).loss == pytest.approx(0.25 * (1 + 1 / 2500) / 2)


def test_what_is_predicted_follows_from_the_threshold_of_the_other_folds():
    said, true = drawn_classes(200, 2)
    found = found_of(true, said)
    assert (found.predicted == said.argmax(axis=1)).all()
    cut = replace(found, threshold=found.choose_threshold((1, 9)))
    cuts = np.array([cut.threshold.by_fold[each] for each in found.fold])
    assert (cut.predicted == (said[:, 1] >= cuts)).all()
    assert cut.mistakes().counts[1, 0] < found.mistakes().counts[1, 0]


def test_cooled_outputs_are_at_the_temperature_of_the_other_folds():
    found = found_of(TRUE, SAID**2 / (SAID**2).sum(axis=1, keepdims=True))
    here = found.fold == 3
    rest = found_of(TRUE[~here], found.outputs[~here]).cooled().temperature
    expected = at_temperature(found.outputs[here], rest, of_labels=False)
    np.testing.assert_allclose(found.cooled().outputs[here], expected, rtol=1e-5)


def test_y_is_given_back_as_the_user_gave_it():
    assert found_of(TRUE, SAID).y.tolist() == [*np.array(list("abc"))[TRUE]]
    assert found_of(LABELS, SAID[:100]).y is not None
    assert of_values(1).y.shape == (100,)
    assert of_values(2).y.shape == (100, 2)


def test_rows_come_worst_first_with_what_is_noted():
    found = found_of(TRUE, SAID, row=np.arange(300) + 1000)
    rows = found.rows()
    assert list(rows) == ["row", "fold", "true", "predicted", "probability", "loss", "noted"]
    assert (rows["loss"].diff().dropna() <= 0).all()
    np.testing.assert_allclose(rows["loss"], -np.log(rows["probability"]))
    assert rows["noted"][:10].str.contains("among the 10 hardest").all()
    assert not rows["noted"][10:].str.contains("hardest").any()
    noted = rows[rows["noted"].str.contains("label looks wrong")]
    assert len(noted) == (found.label_looks_like >= 0).sum() > 0
    assert (found.y[rows["row"] - 1000] == rows["true"]).all()


def test_rows_of_an_odd_fold_are_noted():
    fold = np.arange(300) % 5
    said = np.where((fold == 1)[:, None], SAID[::-1], SAID)  # probabilities of other rows
    found = found_of(TRUE, said, fold=fold)
    assert [each.fold for each in found.odd_folds] == [1]
    rows = found.rows()
    assert rows["noted"].str.contains("in a fold harder")[rows["fold"] == 1].all()
    assert found.sentence.endswith("elsewhere.")


def test_several_labels_and_values_have_a_column_each():
    assert list(found_of(LABELS, SAID[:100]).rows())[2:4] == ["true_a", "predicted_a"]
    assert list(of_values(2).rows())[2:4] == ["true_0", "predicted_0"]
    assert list(of_values(1).rows())[2:4] == ["true", "predicted"]


def test_what_does_not_apply_is_none_or_empty():
    values, labels = of_values(), found_of(LABELS, SAID[:100])
    assert (values.calibration(), values.mistakes(), values.roc()) == (None, None, ())
    assert (labels.mistakes(), labels.values()) == (None, ())
    assert len(labels.calibration().curves) == len(labels.roc()) == 3
    assert (labels.label_looks_like == -1).all()


def test_the_sentence_says_of_which_rows_it_speaks():
    assert "Of the 900 rows 300 are judged: a random sample." in found_of(
        TRUE, SAID, n_given=900, is_sample=True
    ).sentence  # fmt: skip
    assert "those that a fold held out" in found_of(TRUE, SAID, n_given=900).sentence


@pytest.mark.parametrize("n_rows", [1, 3])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_handful_of_rows_has_every_figure(n_rows, n_classes):
    said, true = drawn_classes(n_rows, n_classes)
    found = found_of(true, said)
    for each in (found.calibration(), found.mistakes(), found):
        assert each.sentence
    assert len(found.rows()) == n_rows
    assert len(found.roc()) <= n_classes
    if n_classes == 2:
        assert 0 <= found.choose_threshold("f1").value <= 1


@pytest.mark.parametrize("said", [[1.0, 0.0], [0.5, 0.5]])
def test_constant_predictions_have_every_figure(said):
    found = found_of(np.arange(60) % 2, np.tile(said, (60, 1)), fold=np.arange(60) // 12)
    assert found.calibration().curves[0].rows.tolist() == [60]
    assert found.roc()[0].area == 0.5
    assert np.isfinite(found.rows()["loss"]).all()
    assert found.choose_threshold("balanced_accuracy").after == 0.5


def test_all_rows_of_a_class_in_one_fold():
    said, true = drawn_classes(100, 2)
    found = found_of(true, said, fold=true)
    assert found.choose_threshold("f1").gain is None
    assert found.calibration().sentence


# Pictures


@pytest.mark.parametrize("what", ["roc", "precision_recall", "calibration"])
def test_curves_are_drawn_by_scikit_learn(what):
    pytest.importorskip("matplotlib").use("agg")
    found = found_of(TRUE, SAID)
    display = found.display(what, "b")
    assert type(display).__module__.startswith("sklearn.")
    assert found.display(what, "c", ax=display.ax_).ax_ is display.ax_
    with pytest.raises(BadInput, match=r"^Name one of 'a', 'b', 'c'\.$"):
        found.display(what)
    with pytest.raises(BadInput, match="Got 'd'"):
        found.display(what, "d")


def test_the_calibration_picture_shows_our_bins():
    pytest.importorskip("matplotlib").use("agg")
    said, true = drawn_classes(150, 2)
    found = found_of(true, said)
    display, (curve,) = found.display("calibration"), found.calibration().curves
    np.testing.assert_allclose(display.prob_true, curve.happened)
    np.testing.assert_allclose(display.prob_pred, curve.said)


def test_confusion_and_values_are_drawn():
    pytest.importorskip("matplotlib").use("agg")
    found = found_of(TRUE, SAID)
    assert (found.display("confusion").confusion_matrix == found.mistakes().counts).all()
    display = of_values().display("values", "1", kind="residual_vs_predicted")
    assert (display.y_true == VALUES[:, 1]).all()
    for of_what, name, said in (
        (of_values(), "roc", "Values have no classes"), (of_values(), "confusion", "one class a"),
        (found, "values", "Classes are no values"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            of_what.display(name)
    with pytest.raises(BadInput, match="There is no output '2'"):
        of_values().display("values", "2")
    with pytest.raises(BadSetting, match="what must be one of 'roc'"):
        found.display("surface")
