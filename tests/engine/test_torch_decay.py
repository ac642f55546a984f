"""Weight decay acts on what multiplies activations, and on nothing else, unless told otherwise."""

import warnings

import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn.utils import parametrizations

from dropdecay.engine.torch_decay import decayed, described_decay
from dropdecay.errors import BadInput


class Own(nn.Module):
    """A module that holds parameters itself."""

    def __init__(self, **shapes):
        super().__init__()
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.ones(shape)))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 4)
        self.head = nn.Linear(4, 20, bias=False)
        self.head.weight = self.table.weight


MATRICES = {
    "Linear": (nn.Linear(3, 2), {"weight"}),
    "Linear with one output": (nn.Linear(3, 1), {"weight"}),
    "Bilinear": (nn.Bilinear(3, 2, 4), {"weight"}),
    "Conv1d": (nn.Conv1d(3, 2, 5), {"weight"}),
    "Conv2d, depthwise": (nn.Conv2d(4, 4, 3, groups=4), {"weight"}),
    "ConvTranspose3d": (nn.ConvTranspose3d(1, 1, 1), {"weight"}),
    "LSTM": (
        nn.LSTM(3, 4, num_layers=2, proj_size=2),
        {f"weight_{kind}_l{layer}" for kind in ("ih", "hh", "hr") for layer in (0, 1)},
    ),
    "GRUCell": (nn.GRUCell(3, 4), {"weight_ih", "weight_hh"}),
    "attention": (nn.MultiheadAttention(8, 2), {"in_proj_weight", "out_proj.weight"}),
    "attention, its added biases three-dimensional": (
        nn.MultiheadAttention(8, 2, kdim=3, vdim=5, add_bias_kv=True),
        {"q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"},
    ),
    "spectral_norm": (
        parametrizations.spectral_norm(nn.Linear(3, 2)),
        {"parametrizations.weight.original"},
    ),
    "a layer that extends torch's": (type("MaskedLinear", (nn.Linear,), {})(3, 2), {"weight"}),
}


@pytest.mark.parametrize(("module", "names"), MATRICES.values(), ids=MATRICES)
def test_matrices_and_kernels_decay_and_their_biases_do_not(module, names):
    assert set(decayed(module)) == names


@pytest.mark.parametrize(
    "module",
    [
        nn.BatchNorm1d(3),
        nn.BatchNorm2d(3),
        nn.SyncBatchNorm(3),
        nn.InstanceNorm2d(3, affine=True),
        nn.GroupNorm(2, 4),
        nn.LayerNorm(4),
        nn.LayerNorm((4, 3, 3)),  # weights of three axes
        nn.RMSNorm((4, 3)),
        nn.PReLU(4),
        type("RMSNorm", (Own,), {})(weight=(8,)),
        type("LayerNorm2d", (Own,), {})(gain=(8, 3, 3)),
        type("ChannelNorm", (Own,), {})(gamma=(1, 8, 1, 1), beta=(1, 8, 1, 1)),
    ],
    ids=lambda module: type(module).__name__,
)
def test_norms_do_not_decay(module):
    assert list(module.parameters())
    assert decayed(module) == ()


@pytest.mark.parametrize(
    "table",
    [
        nn.Embedding(9, 4, padding_idx=0),
        nn.EmbeddingBag(9, 4),
        type("ScaledWords", (nn.Embedding,), {})(9, 4),
    ],
    ids=repr,
)
def test_tables_that_are_looked_up_do_not_decay(table):
    assert decayed(nn.Sequential(table, nn.Linear(4, 1))) == ("1.weight",)


def test_a_table_that_is_also_the_output_layer_decays_once_under_its_first_name():
    assert decayed(Tied()) == ("table.weight",)


def test_parts_that_are_used_twice_are_named_once():
    shared = nn.Linear(4, 4)

    assert decayed(nn.ModuleDict({"left": shared, "right": shared})) == ("left.weight",)


@pytest.mark.parametrize("dim", [0, None])
def test_a_weight_under_weight_norm_decays_as_a_whole_when_its_length_does(dim):
    layer = parametrizations.weight_norm(nn.Conv1d(2, 3, 4), dim=dim)
    before = layer.weight.detach().clone()

    (name,) = decayed(layer)
    with torch.no_grad():
        layer.get_parameter(name).mul_(0.9)

    assert name == "parametrizations.weight.original0"
    torch.testing.assert_close(layer.weight, 0.9 * before)


def test_weight_norm_of_old_is_known_too():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        layer = nn.utils.weight_norm(nn.Conv1d(2, 3, 4))

    assert decayed(nn.Sequential(layer)) == ("0.weight_g",)


def test_frozen_parameters_never_decay():
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    module[0].requires_grad_(False)

    assert decayed(module) == ("1.weight",)
    assert decayed(module, lambda name, parameter: True) == ("1.weight", "1.bias")


def test_a_lazy_layer_is_known_after_its_first_forward_and_asked_for_before():
    module = nn.Sequential(nn.LazyLinear(2))
    with pytest.raises(BadInput, match=r"0\.weight has no shape yet\. Run the module"):
        decayed(module)

    module(torch.ones(1, 3))

    assert decayed(module) == ("0.weight",)


def test_own_parameters_that_look_like_matrices_decay():
    assert decayed(Own(weight=(3, 4), bias=(3,))) == ("weight",)
    assert decayed(Own(experts=(5, 3, 4))) == ("experts",)
    assert decayed(nn.Sequential(nn.ParameterList([torch.ones(3, 4)]))) == ("0.0",)


def test_what_a_users_class_adds_to_a_layer_of_torch_is_judged_as_its_own():
    class LoraLinear(nn.Linear):
        def __init__(self):
            super().__init__(3, 4)
            self.down = nn.Parameter(torch.ones(2, 3))
            self.scale_token = nn.Parameter(torch.ones(2, 3))

    assert decayed(LoraLinear()) == ("weight", "down")


@pytest.mark.parametrize(
    "module",
    [
        Own(cls=(1, 1, 8)),
        Own(where=(1, 17, 8)),  # added to every row of the batch
        Own(scale=(1, 1)),
        Own(scale=()),
        Own(gamma=(8, 1, 1)),
        Own(pos_embed=(17, 8)),
        Own(register_tokens=(4, 8)),
        Own(relative_position_bias_table=(49, 4)),
        type("LearnedPositionalEmbedding", (Own,), {})(weight=(17, 8)),
        type("NumericTokenizer", (Own,), {})(weight=(5, 8)),
        nn.ParameterDict({"tokens": nn.ParameterList([torch.ones(4, 8)])}),
    ],
    ids=lambda module: next(name for name, _ in module.named_parameters()),
)
def test_own_tokens_positions_and_scales_do_not_decay(module):
    assert decayed(module) == ()


def test_a_rule_decides_in_place_of_all_that_by_name_and_parameter():
    module = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 1))

    assert decayed(module, lambda name, parameter: name.startswith("0")) == ("0.weight",)
    assert decayed(module, lambda name, parameter: parameter.ndim == 1) == ("1.bias",)


def test_in_words_parameters_are_counted_by_kind():
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3), nn.Flatten(), nn.Linear(8, 3)
    )
    module[0].requires_grad_(False)

    assert described_decay(module, decayed(module)) == [
        "weight decay acts on 2 tensors of 60 numbers: Conv2d weights (1), Linear weights (1)",
        "and leaves 4 tensors of 9 numbers: BatchNorm2d weights (1), biases (3)",
        "frozen: 2 tensors of 20 numbers: Conv2d weights (1), biases (1)",
    ]


def test_in_words_the_users_own_parameters_are_named_since_they_were_guessed():
    own = Own(cls_token=(1, 1, 8), mix=(8, 8), gain=(8,), shift=(8,))
    module = nn.ModuleDict({"stem": own, "tied": Tied()})

    assert described_decay(module, decayed(module)) == [
        "weight decay acts on 2 tensors of 144 numbers: "
        "Embedding weights tied to Linear weights (1), stem.mix",
        "and leaves 3 tensors of 24 numbers: vectors of your own (2), stem.cls_token",
    ]


def test_in_words_many_own_parameters_do_not_fill_the_screen():
    module = Own(**{f"mix{i}": (2, 2) for i in range(40)})

    (line,) = described_decay(module, decayed(module))

    assert line.endswith("mix0, mix1, mix2, mix3, and 36 more of your own")


def test_in_words_own_parameters_of_equal_blocks_are_named_together():
    module = nn.ModuleDict({"blocks": nn.ModuleList(Own(mix=(2, 2)) for _ in range(12))})

    (line,) = described_decay(module, decayed(module))

    assert line == "weight decay acts on 12 tensors of 48 numbers: blocks.*.mix (12)"


def test_in_words_nothing_is_said_to_decay_where_nothing_does():
    assert described_decay(nn.BatchNorm1d(2), ()) == [
        "weight decay acts on nothing",
        "and leaves 2 tensors of 4 numbers: BatchNorm1d weights (1), biases (1)",
    ]


def test_in_words_weight_norm_says_which_part_decays():
    module = parametrizations.weight_norm(nn.Conv1d(2, 3, 4, bias=False))

    assert described_decay(module, decayed(module)) == [
        "weight decay acts on 1 tensor of 3 numbers: Conv1d weight_norm lengths (1)",
        "and leaves 1 tensor of 24 numbers: Conv1d weight_norm directions (1)",
    ]
