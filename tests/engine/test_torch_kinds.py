"""The contract of engines for eight kinds of modules, one by one and stacked."""

import pytest

torch = pytest.importorskip("torch")

from tests.contract import kinds
from tests.contract.kinds import OneByOne, Stacked

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")


class TestMlp(OneByOne):
    kind = kinds.MLP


class TestMlpStacked(Stacked):
    kind = kinds.MLP


class TestCnn(OneByOne):
    kind = kinds.CNN
    test_rows_of_weight_0_are_as_good_as_left_out = None  # batch norm looks at them too


class TestCnnStacked(Stacked):
    kind = kinds.CNN
    test_rows_of_weight_0_are_as_good_as_left_out = None


class TestAttention(OneByOne):
    kind = kinds.ATTENTION


class TestAttentionStacked(Stacked):
    kind = kinds.ATTENTION


class TestEncoder(OneByOne):
    kind = kinds.ENCODER


class TestEncoderStacked(Stacked):
    kind = kinds.ENCODER


class TestLstm(OneByOne):
    kind = kinds.LSTM


class TestLstmStacked(Stacked):
    kind = kinds.LSTM


class TestTied(OneByOne):
    kind = kinds.TIED


class TestTiedStacked(Stacked):
    kind = kinds.TIED


class TestWhatCannotBeStacked(OneByOne):
    kind = kinds.NOT_STACKED


class TestHuggingFace(OneByOne):
    kind = kinds.HUGGING_FACE


class TestHuggingFaceStacked(Stacked, engine=staticmethod(kinds.stacked)):
    """Within a fold: it asks whether the mask of its inputs is needed."""

    kind = kinds.HUGGING_FACE
