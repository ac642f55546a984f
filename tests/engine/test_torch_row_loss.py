"""A loss of torch or of the user's own, row by row."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.errors import BadSetting


@pytest.mark.parametrize(
    ("loss", "targets", "is_plain"),
    [
        (None, "classes", True), (nn.CrossEntropyLoss(), "classes", True),
        (nn.CrossEntropyLoss(label_smoothing=0.1), "classes", True), (nn.NLLLoss, "classes", True),
        (nn.CrossEntropyLoss(ignore_index=0), "classes", False),
        (nn.BCEWithLogitsLoss, "labels", True), (nn.functional.mse_loss, "values", True),
        (nn.BCEWithLogitsLoss(pos_weight=torch.ones(1)), "labels", False),
        (nn.MultiMarginLoss, "classes", False), (nn.L1Loss, "values", False),
        (nn.MSELoss, "any", False), (lambda outputs, targets: outputs, "values", False),
    ],
)  # fmt: skip
def test_the_log_loss_and_the_squared_error_are_known_however_they_are_given(
    loss, targets, is_plain
):
    assert row_loss(loss, targets).is_plain is is_plain


def test_a_loss_with_arguments_filled_in_keeps_its_name():
    found = row_loss(partial(nn.functional.huber_loss, reduction="none"), "values")
    assert (found.name, found.title, found.takes_all) == ("huber_loss", "huber loss", False)


def test_a_loss_that_weighs_says_so_in_its_title():
    weighted = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0]))
    assert row_loss(weighted, "labels").title == "weighted log loss"


def test_numbers_that_a_loss_holds_go_where_outputs_are():
    given = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0]))
    found = row_loss(given, "labels", "meta")
    assert found.training.loss.pos_weight.device.type == "meta"
    assert found.evaluation.loss.pos_weight.device.type == "meta"
    assert given.pos_weight.device.type == "cpu"


@pytest.mark.parametrize("loss", [nn.GaussianNLLLoss(), nn.TripletMarginLoss(), nn.CTCLoss()])
def test_a_loss_of_more_than_outputs_and_targets_is_refused(loss):
    with pytest.raises(BadSetting, match="called with outputs and targets alone: wrap it"):
        row_loss(loss, "any")


@pytest.mark.parametrize("targets", [torch.ones(5), torch.ones(5, 1)], ids=["flat", "column"])
@pytest.mark.parametrize(
    ("outputs", "loss"),
    [
        (torch.arange(5.0)[:, None], lambda outputs, y: (outputs - y) ** 2),
        (torch.arange(5.0)[:, None], lambda outputs, y: (outputs[:, 0] - y) ** 2),
        (torch.arange(5.0)[:, None], lambda outputs, y: (outputs - y.unsqueeze(1)) ** 2),
        (torch.arange(5.0), lambda outputs, y: (outputs - y) ** 2),
        ((torch.arange(5.0)[:, None], 1), lambda outputs, y: (outputs[0][:, 0] - y) ** 2),
        ((torch.arange(5.0), 1), lambda outputs, y: (outputs[0][:, None] - y) ** 2),
    ],
)  # fmt: skip
def test_a_column_of_targets_has_the_form_that_a_loss_of_ones_own_means(outputs, loss, targets):
    found = row_loss(loss, "values").training(outputs, targets)
    assert found.tolist() == [1.0, 0.0, 1.0, 4.0, 9.0]


def test_a_loss_that_would_have_to_be_trained_is_refused():
    class Weighing(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.zeros(1))

        def forward(self, outputs, targets):
            return (outputs - targets) ** 2 * self.scale.exp()

    loss = Weighing()
    with pytest.raises(BadSetting, match="scale of the loss Weighing would not be trained"):
        row_loss(loss, "any")
    loss.requires_grad_(False)
    outputs = torch.tensor([1.0, 3.0])
    assert row_loss(loss, "any").training(outputs, torch.zeros(2)).tolist() == [1.0, 9.0]


def test_one_target_and_two_outputs_are_told_apart_under_binary_cross_entropy():
    found = row_loss(nn.BCEWithLogitsLoss, "labels")
    with pytest.raises(BadSetting, match=r"single output, or use CrossEntropyLoss"):
        found.training(torch.zeros(3, 2), torch.zeros(3))
