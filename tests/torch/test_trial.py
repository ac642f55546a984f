"""What does not fit is said in one sentence, before anything is trained."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.errors import BadInput
from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from dropdecay.torch.best_constant import best_constant_loss
from tests.torch.small import N_ROWS, QUICK, Net, table

X, Y = table(3)
VALUES = table(0)[1]


@pytest.fixture(autouse=True)
def _nothing_is_trained(monkeypatch):
    def train(*args, **kwargs):
        raise AssertionError("something is trained")

    monkeypatch.setattr(ModuleEngine, "__call__", train)


def refusal(module=Net, inputs=X, y=Y, face=ModuleClassifierCV, **changes):
    with pytest.raises(BadInput) as error:
        face(module, **{**QUICK, **changes}).fit(inputs, y)
    said = str(error.value)
    assert "\n" not in said
    assert said.endswith((".", ")"))
    return said


class Ends(Net):
    """Does something to the outputs of the other."""

    def __init__(self, end, n_inputs=6, n_outputs=3):
        super().__init__(n_inputs, n_outputs)
        self.end = end

    def forward(self, x):
        return self.end(super().forward(x))


def test_a_softmax_before_cross_entropy_is_refused():
    said = refusal(Ends, module__end=nn.Softmax(1))
    assert said.startswith("Ends ends in a softmax")
    assert "Leave the softmax out" in said


def test_a_softmax_of_an_untrained_network_with_dropout_is_seen_too():
    said = refusal(nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.5), nn.Softmax(1)))
    assert "ends in a softmax" in said


def test_a_softmax_is_seen_in_a_module_that_makes_tensors_of_torchs_default_type():
    class Added(Net):
        def forward(self, x):
            return (super().forward(x) + torch.zeros(len(x), 3)).softmax(1)

    assert "ends in a softmax" in refusal(Added, module__n_outputs=3)


@pytest.mark.parametrize("end", [nn.Identity(), nn.Softmax(1)])
def test_what_is_no_logarithm_of_probabilities_before_nllloss_is_refused(end):
    said = refusal(Ends, module__end=end, loss=nn.NLLLoss)
    assert "Let it end in nn.LogSoftmax(1)" in said


def test_a_sigmoid_before_the_loss_with_logits_is_refused():
    said = refusal(Ends, y=(Y > 0).astype(int), module__end=nn.Sigmoid(), module__n_outputs=1)
    assert "ends in a sigmoid" in said
    assert "Leave the sigmoid out" in said


@pytest.mark.parametrize("loss", [None, nn.CrossEntropyLoss])
def test_too_few_outputs_are_refused(loss):
    assert "gives 2 outputs for a row, but y has 3 classes" in refusal(
        module__n_outputs=2, loss=loss
    )


def test_a_single_output_does_not_go_with_cross_entropy():
    said = refusal(y=(Y > 0).astype(int), module__n_outputs=1, loss=nn.CrossEntropyLoss)
    assert "BCEWithLogitsLoss" in said


def test_labels_need_an_output_each():
    labels = np.eye(3, dtype=int)[Y] | np.eye(3, dtype=int)[0]
    assert "but y has 3 labels" in refusal(y=labels, module__n_outputs=2)


def test_values_need_an_output_each():
    assert "gives 3 outputs for a row, but y has 1" in refusal(
        y=VALUES, face=ModuleRegressorCV, module__n_outputs=3
    )


def test_rows_that_the_network_cannot_take_are_described():
    said = refusal(inputs=X[:, :4], module__n_inputs=6)
    assert said.startswith("Net cannot take these rows")
    assert "A row of X is (4,) of float32" in said


def test_indices_where_numbers_are_expected():
    for kind in (np.int64, np.uint8):
        said = refusal(inputs=np.abs(X).astype(kind))
        assert f"of {np.dtype(kind)}; whole numbers stay whole" in said
        assert "X.astype('float32')" in said


def test_images_with_their_channels_last():
    said = refusal(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout()), np.ones((90, 8, 8, 3)))
    assert "np.moveaxis(X, -1, 1)" in said


def test_a_module_without_forward():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net(6, 3)

    assert "Write a forward that returns the outputs" in refusal(Steps)


def test_complex_weights_are_asked_for_in_two_parts():
    class Spectral(Net):
        def __init__(self):
            super().__init__(6, 3)
            self.filter = nn.Parameter(torch.ones(4, dtype=torch.complex64))

        def forward(self, x):
            return super().forward(torch.fft.irfft(torch.fft.rfft(x) * self.filter, n=6))

    said = refusal(Spectral)
    assert "filter of Spectral is complex" in said
    assert "torch.view_as_complex(self.filter)" in said


def test_targets_of_more_axes_belong_to_another_class():
    said = refusal(y=np.ones((90, 1, 4, 4)), face=ModuleRegressorCV)
    assert "ModuleCV takes targets of any shape" in said


def test_lists_of_labels_of_different_lengths():
    assert "y has rows of different lengths" in refusal(y=[["a"], ["a", "b"], []] * 30)


def test_numbers_where_indices_are_expected():
    class Lookup(Net):
        def __init__(self):
            super().__init__(6, 3)
            self.table = nn.Embedding(9, 6)

        def forward(self, x):
            return super().forward(self.table(x[:, 0]))

    assert "of float32" in refusal(Lookup)


def test_an_index_beyond_its_table_is_refused_whichever_row_it_is_in():
    class Lookup(Net):
        def __init__(self):
            super().__init__(6, 3)
            self.table = nn.Embedding(9, 6)

        def forward(self, x):
            return super().forward(self.table(x[:, 0]))

    numbers = np.zeros((N_ROWS, 1), np.int64)
    numbers[70] = 9
    said = refusal(Lookup, numbers)
    assert "index out of range" in said
    assert "row 71" in said


def test_names_that_forward_does_not_have():
    said = refusal(inputs={"left": X})
    assert "X is a dict with left, none of which forward knows" in said

    class Pair(Net):
        def forward(self, left, right):
            return super().forward(left + right)

    said = refusal(Pair, {"left": X, "wrong": X})
    assert "unexpected keyword argument 'wrong'" in said


@pytest.mark.parametrize(
    ("end", "kind"),
    [(lambda x: {}, "dict"), (lambda x: [None, x], "list"), (lambda x: None, "NoneType")],
)
def test_what_does_not_begin_with_a_tensor_is_refused(end, kind):
    said = refusal(Ends, module__end=end)
    assert f"gives a {kind}" in said
    assert ".logits" in said


@pytest.mark.parametrize(
    ("end", "given", "how"),
    [
        (lambda x: (x, x[:, :1]), "((3,), (1,))", "outputs[0]"),
        (lambda x: {"a": x, "b": [x[:, 0]]}, "{'a': (3,), 'b': [()]}", "outputs['a']"),
        (lambda x: (x,), "((3,))", "outputs[0]"),
    ],
)
def test_a_loss_that_does_not_know_of_several_outputs_is_told_what_it_gets(end, given, how):
    said = refusal(
        Ends, face=ModuleCV, y=VALUES, module__end=end, module__n_outputs=3,
        loss=lambda outputs, y: outputs[:, 0] - y,
    )  # fmt: skip
    assert f"outputs of shape {given} a row" in said
    assert f"gets all that forward returns, as it is: {how} is the first part" in said


def test_a_loss_of_three_things_is_to_be_wrapped():
    said = refusal(
        Ends, face=ModuleCV, y=VALUES, module__end=lambda x: (x, x), module__n_outputs=3,
        loss=lambda one, other, label: one[:, 0] - label,
    )  # fmt: skip
    assert "wrap it into a function (outputs, targets) that takes the parts" in said


def test_a_distribution_is_to_be_returned_beside_its_mean():
    said = refusal(
        Ends, face=ModuleCV, y=VALUES, module__n_outputs=1,
        module__end=lambda x: torch.distributions.Normal(x[:, 0], 1.0),
        loss=lambda found, y: -found.log_prob(y),
    )  # fmt: skip
    assert said.endswith("Return (found.mean, found).")


def test_classes_ask_for_logits_as_the_first_of_several():
    said = refusal(Ends, module__n_outputs=4, module__end=lambda x: (x, x[:, :3]))
    assert "gives 4 outputs for a row, but y has 3 classes. Give one output a class as the" in said


def test_a_loss_of_torch_gets_the_first_of_several_outputs_and_says_so():
    said = refusal(
        Ends, face=ModuleCV, y=Y[:, None] + [0, 1], module__end=lambda x: (x, x),
        module__n_outputs=3, loss=nn.CrossEntropyLoss(),
    )  # fmt: skip
    assert "outputs of shape (3,) a row" in said
    assert "a function (outputs, targets) of your own gets all" in said


def test_a_loss_that_fails_on_what_training_gives_is_refused():
    class Auxiliary(Net):
        def forward(self, x):
            out = super().forward(x)
            return {"out": out, "early": out} if self.training else out

    said = refusal(
        Auxiliary, face=ModuleCV, y=VALUES, module__n_outputs=1,
        loss=lambda outputs, y: (outputs[:, 0] - y) ** 2,
    )  # fmt: skip
    assert "{'out': (1,), 'early': (1,)}" in said
    assert "in training mode" in said


def test_a_loss_without_a_gradient_is_refused():
    said = refusal(loss=lambda outputs, y: (outputs.argmax(1) != y).float())
    assert "has no gradient" in said


def test_a_loss_that_compares_every_row_with_every_other_is_refused():
    said = refusal(
        Ends, face=ModuleCV, y=VALUES, module__n_outputs=1, module__end=lambda x: (x, x[:, 0]),
        loss=lambda outputs, y: (outputs[1] - y.reshape(-1, 1)) ** 2,
    )  # fmt: skip
    assert "compares every row with every other: it gave (7, 7) for 7 rows" in said


def test_outputs_that_do_not_begin_with_the_rows_are_refused():
    assert "The first axis must be the rows" in refusal(Ends, module__end=lambda x: x.mean(0))
    assert "The first axis must be the rows" in refusal(Ends, module__end=lambda x: x.sum())
    said = refusal(Ends, module__end=lambda x: {"loss": x.mean(), "out": x})
    assert said.endswith("Return the prediction as the first.")


def test_outputs_that_are_no_floating_numbers_are_refused():
    assert "int64" in refusal(Ends, module__end=lambda x: x.argmax(1, keepdim=True).expand(-1, 3))


def test_outputs_without_a_gradient_are_refused():
    said = refusal(Ends, module__end=lambda x: x.detach())
    assert "no gradient" in said


def test_nan_before_training_is_refused():
    said = refusal(Ends, module__end=lambda x: x.log())
    assert "NaN or infinite before training" in said


def test_a_loss_that_averages_rows_is_refused():
    said = refusal(loss=lambda outputs, targets: outputs.square().mean())
    assert "loss must return one value a row" in said


def test_a_loss_that_cannot_compare_is_described():
    said = refusal(
        y=VALUES, face=ModuleRegressorCV,
        loss=lambda outputs, targets: outputs - targets.view(7, -1),
    )  # fmt: skip
    assert "cannot compare outputs of shape" in said


def test_a_loss_that_is_none():
    assert "must be a loss of torch" in refusal(loss="mse")
    assert "loss is needed" in refusal(face=ModuleCV)


def test_weights_of_classes_belong_elsewhere():
    said = refusal(loss=nn.CrossEntropyLoss(weight=torch.ones(3)))
    assert "class_weight" in said


def test_a_loss_of_values_does_not_go_with_classes():
    said = refusal(loss=nn.MSELoss)
    assert "MSELoss needs both alike" in said


def test_y_of_another_length():
    assert "X has 90 rows but y has 80" in refusal(y=Y[:80])


def test_values_are_no_classes():
    assert "Use a regressor" in refusal(y=VALUES)


def test_text_is_no_value():
    said = refusal(y=np.array(["a", "b"] * 45), face=ModuleRegressorCV)
    assert "y" in said


@pytest.mark.parametrize("face", [ModuleRegressorCV, ModuleCV])
def test_nan_in_y(face):
    y = VALUES.copy()
    y[3] = np.nan
    said = refusal(y=y, face=face, loss=nn.MSELoss, module__n_outputs=1)
    assert "NaN" in said


def test_lazy_layers_are_made_by_the_first_rows():
    net = nn.Sequential(nn.LazyLinear(8), nn.Dropout(0.1), nn.Linear(8, 2))
    assert "gives 2 outputs" in refusal(net)


def test_an_instance_without_weights_is_nothing_to_start_from():
    net = nn.Sequential(nn.LazyLinear(8), nn.Dropout(0.1), nn.LazyLinear(3))
    said = refusal(net, init="given")
    assert "init='given' starts from the weights of the instance" in said
    assert "Run a batch through it" in said


class AlwaysDrops(Net):
    def forward(self, x):
        return self.out(nn.functional.dropout(self.hidden(x), 0.2))


class AlwaysDropsAttention(Net):
    def forward(self, x):
        x = self.hidden(x).unsqueeze(1)
        seen = nn.functional.scaled_dot_product_attention(x, x, x, dropout_p=0.1)
        return self.out(seen[:, 0])


class MakesDropoutInForward(Net):
    def forward(self, x):
        return self.out(nn.Dropout(0.2)(self.hidden(x)))


class KeepsDropoutInAList(Net):
    def __init__(self, n_inputs=6, n_outputs=2):
        super().__init__(n_inputs, n_outputs)
        self.parts = [nn.Dropout(0.2)]

    def forward(self, x):
        return self.out(self.parts[0](self.hidden(x)))


@pytest.mark.parametrize(
    ("module", "where", "remedy"),
    [
        (AlwaysDrops, "(F.dropout at test_trial.py:", "Give it training=self.training."),
        (AlwaysDropsAttention, "(F.scaled_dot_product_attention at", "dropout_p=self.p if self."),
        (MakesDropoutInForward, "a dropout layer that is none of its parts", "in __init__"),
        (KeepsDropoutInAList, "a dropout layer that is none of its parts", "nn.ModuleList"),
    ],
)
def test_dropout_in_evaluation_mode_is_refused(module, where, remedy):
    said = refusal(module)
    assert said.startswith(f"{module.__name__} drops units in evaluation mode as well")
    assert where in said
    assert remedy in said


def test_layers_in_a_list_of_python_are_refused():
    class Listed(Net):
        def __init__(self):
            super().__init__(6, 3)
            self.layers = [nn.Linear(6, 6)]

        def forward(self, x):
            return super().forward(self.layers[0](x))

    said = refusal(Listed)
    assert "a weight of shape (6, 6) that is none of its parameters" in said
    assert "nn.ModuleList" in said


def test_gradients_that_cannot_be_taken_are_refused():
    net = nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(inplace=True), nn.Dropout(0.1, inplace=True), nn.Linear(8, 3)
    )
    said = refusal(net)
    assert said.startswith("Sequential cannot be trained (one of the variables needed for gradient")
    assert "Leave out inplace=True" in said


class CompiledForward(Net):
    @torch.compile(backend="eager")
    def forward(self, x):
        return super().forward(x)


def compiled_in_place():
    net = Net(6, 3)
    net.compile(backend="eager")
    return net


@pytest.mark.parametrize("module", [CompiledForward, compiled_in_place])
def test_a_compiled_forward_is_refused(module):
    assert refusal(module).endswith("torch.compile changed its forward: leave torch.compile out.")


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize("init", ["fresh", "given"])
def test_a_scripted_module_is_refused_for_what_it_was_made_of(init):
    scripted = torch.jit.trace(Net(6, 3), torch.ones(2, 6), check_trace=False)
    assert "the module that torch.jit.script or torch.jit.trace" in refusal(scripted, init=init)


def test_a_class_that_fails_is_said_to_fail():
    class Fails(Net):
        def __init__(self):
            raise KeyError("weights.pt")

    said = refusal(Fails)
    assert said.startswith("Fails cannot be made (KeyError: 'weights.pt')")


def test_doubles_made_in_forward_are_refused_with_the_precision():
    class ToDouble(Net):
        def forward(self, x):
            return super().forward(x.double())

    assert "Its parameters and inputs are float32 here" in refusal(ToDouble)


def test_a_loss_that_takes_more_than_outputs_and_targets():
    said = refusal(y=VALUES, face=ModuleRegressorCV, module__n_outputs=1, loss=nn.GaussianNLLLoss())
    assert "It is called with outputs and targets alone" in said


def test_two_modules_may_not_share_parameters_between_instances():
    shared = nn.Linear(6, 6)

    def net():
        return nn.Sequential(shared, nn.Dropout(0.1), nn.Linear(6, 3))

    said = refusal(net)
    assert "share 0.weight" in said
    assert "inside" in said
    same = Net(6, 3)
    assert "share hidden.weight" in refusal(lambda: same)


def test_a_module_on_another_device_is_moved():
    on_meta = Net(6, 3).to("meta")
    for init in ("given", "fresh"):
        said = refusal(on_meta, init=init)
        assert "hidden.weight of Net is on the device 'meta'" in said
        assert "to_empty(device='cpu')" in said


def test_a_module_that_makes_tensors_on_a_device_of_its_own():
    class Elsewhere(Net):
        def forward(self, x):
            return super().forward(x) + torch.ones(3, device="meta")

    said = refusal(Elsewhere, module__n_outputs=3)
    assert "cannot take these rows" in said
    assert "make and move tensors to the device of its inputs" in said

    class OnCuda(Net):
        def forward(self, x):
            return super().forward(x.cuda())

    if not torch.cuda.is_available():
        assert "make and move tensors to the device of its inputs" in refusal(OnCuda)


def test_scores_have_no_meaning_for_any_loss():
    for changes in ({"scoring": "r2"}, {"criterion": "score"}):
        assert "has no meaning for a ModuleCV" in refusal(
            face=ModuleCV, loss=nn.MSELoss, y=VALUES, module__n_outputs=1, **changes
        )


def test_a_scorer_that_does_not_fit():
    said = refusal(y=VALUES, face=ModuleRegressorCV, module__n_outputs=1, scoring="roc_auc")
    assert "roc_auc" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sites": 3}, "sites must be a pattern"),
        ({"decays": "out.weight"}, "decays must be a function"),
        ({"augment": "flip"}, "augment must be a function"),
        ({"axes": ["lr"]}, "axes must map names to values"),
        ({"scheduler": lambda optimizer: None}, "scheduler must return a scheduler"),
        ({"optimizer": "adam"}, "optimizer must be a class"),
        ({"augment": lambda x: x}, "takes 1 positional argument"),
        ({"augment": lambda x, generator: None}, "gives what Net does not take"),
        ({"augment": lambda x, generator: x[:3]}, "augment gives 3 rows for 8"),
    ],
)
def test_parameters_that_are_functions_are_tried_or_refused(changes, said):
    assert said in refusal(**changes)


def test_the_best_constant_is_looked_for_where_the_numbers_of_a_loss_are():
    seen = []

    def loss(outputs, targets):
        seen.extend((outputs.device.type, targets.device.type))
        raise ValueError("tensors without values have no loss")

    recipe = Recipe(
        make=lambda _: Net(), name="Net", targets="any", is_single=False,
        loss=row_loss(loss, "any"), optimizer=torch.optim.SGD, device="meta",
    )  # fmt: skip
    assert np.isnan(best_constant_loss(recipe, torch.zeros(8, 1), VALUES[:, None], None))
    assert seen == ["meta", "meta"]
