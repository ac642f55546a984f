import numpy as np

from dropdecay.selection.epochs import choose_epochs, points_at_epochs
from tests.selection.worlds import results


def curves():
    """One point whose mean curve is lowest at epoch 2 although no fold's is."""
    loss = np.ones((2, 2, 2, 1, 3))
    loss[0, 0, :, 0] = [[0.1, 0.3, 0.9], [0.9, 0.3, 0.1]]
    return loss


def test_the_epoch_is_the_lowest_of_the_mean_curve_not_of_any_fold():
    epochs = choose_epochs(results(curves()))
    assert int(epochs.sel(dropout=0.0, weight_decay=0.0)) == 2
    points = points_at_epochs(results(curves()))
    np.testing.assert_allclose(points.loss[0], [0.3, 0.3])


def test_the_earlier_of_two_equal_epochs_is_taken():
    assert int(choose_epochs(results(curves())).sel(dropout=0.5, weight_decay=1.0)) == 1


def test_a_point_with_a_diverged_run_has_no_epoch():
    loss = curves()
    loss[0, 1, 1, 0, 1:] = np.nan
    epochs = choose_epochs(results(loss))
    assert int(epochs.sel(dropout=0.0, weight_decay=1.0)) == 0
    points = points_at_epochs(results(loss))
    assert points.finished.tolist() == [True, False, True, True]
    assert np.isnan(points.loss[1]).all()


def test_points_come_with_their_labels_and_seeds_are_averaged_within_folds():
    loss = np.zeros((2, 2, 2, 2))
    loss[1, 0] = [[1.0, 3.0], [5.0, 7.0]]
    points = points_at_epochs(results(loss))
    at = points.where(0.5, 0.0)
    assert at == 2
    assert points.loss[at].tolist() == [2.0, 6.0]
    assert points.gap[at] == 2.0
    assert points.where(0.3, 0.0) is None
    assert points.test_share == 1.0
