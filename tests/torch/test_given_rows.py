"""X and y as users of torch have them are taken as they are, or refused in one sentence."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import DataConversionWarning

torch = pytest.importorskip("torch")

from dropdecay.errors import BadInput, DropdecayWarning
from dropdecay.torch import ModuleClassifierCV
from dropdecay.torch.given_rows import GivenRows, inputs_of, warn_of_chance
from tests.torch.small import QUICK, Net, table

X, Y = table(2)


class Search:
    """Stands for an estimator, which is told the number of features."""


def refusal(inputs, y=Y):
    with pytest.raises(BadInput) as error:
        GivenRows().check(Search(), inputs, y, numeric=False)
    return str(error.value)


class Rows(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, number):
        return self.items[number]


PAIRS = [(torch.from_numpy(x), int(y)) for x, y in zip(X, Y, strict=True)]


def test_a_tensor_a_tuple_and_a_dict_are_inputs():
    assert inputs_of(torch.from_numpy(X)).shape == X.shape
    assert inputs_of((X, X[:, :2])).shape == (len(X), 8)
    named = inputs_of({"left": X, "right": X[:, 0]})
    assert named.names == ("left", "right")
    assert named.width is None


def test_numbers_of_any_kind_keep_their_kind():
    kinds = [np.float32, np.float64, np.int64, np.uint8, bool]
    arrays = inputs_of(tuple(np.ones((4, 2), kind) for kind in kinds)).arrays
    assert [each.dtype for each in arrays] == kinds


def test_half_precision_becomes_float32():
    (array,) = inputs_of(torch.ones(3, 2, dtype=torch.bfloat16)).arrays
    assert array.dtype == np.float32


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (X[:5], "X has 5 rows but y has 90"),
        ((X, X[:7]), r"X[0] has 90 rows but X[1] has 7"),
        ({"left": X, "right": X[:7]}, "left has 90 rows but right has 7"),
        ((), "X holds no inputs"),
        ([[1, 2], [3]], "Rows of different lengths cannot be stacked"),
        (PAIRS, "X is a list whose items are no rows of numbers, but a tuple each"),
        (np.array([["a"], ["b"]]), "X holds <U1, not numbers"),
        (np.float32(3), "X is a single number"),
        (np.ones((90, 2), complex), "X holds complex128, not numbers"),
        (csr_array(X), "X is sparse"),
        (
            np.where(np.arange(90)[:, None] == 4, np.nan, X),
            "infinity (row 5; rows count from 1)",
        ),
        (
            (X, np.where(np.arange(90) == 6, np.inf, 0)),
            "X[1] contains NaN or infinity (row 7;",
        ),
        (Rows([(torch.ones(n % 3 + 1), 0) for n in range(9)]), "cannot be stacked"),
    ],
)
def test_what_cannot_be_used_is_refused(inputs, said):
    assert said in refusal(inputs, None if isinstance(inputs, Rows) else Y)


def test_a_dataset_gives_inputs_and_targets():
    inputs, y = GivenRows().check(Search(), Rows(PAIRS), None, numeric=False)
    np.testing.assert_array_equal(inputs.arrays[0], X)
    np.testing.assert_array_equal(y, Y)


def test_a_dataset_of_inputs_alone_goes_with_y():
    inputs, _ = GivenRows().check(Search(), Rows([x for x, _ in PAIRS]), Y, numeric=False)
    np.testing.assert_array_equal(inputs.arrays[0], X)


def test_where_y_is_given_the_items_of_a_dataset_are_inputs():
    items = [(x, x[:2]) for x, _ in PAIRS]
    estimator = Search()
    inputs, y = GivenRows().check(estimator, Rows(items), Y, numeric=False)
    assert [each.shape for each in inputs.arrays] == [(90, 6), (90, 2)]
    np.testing.assert_array_equal(y, Y)
    assert len(GivenRows().apply(estimator, Rows(items), None).arrays) == 2


def test_a_dataset_of_dicts():
    items = [({"left": x, "right": x[:2]}, y) for x, y in PAIRS]
    inputs, _ = GivenRows().check(Search(), Rows(items), None, numeric=False)
    assert inputs.names == ("left", "right")


def test_a_dataset_without_targets_needs_y():
    assert "requires y" in refusal(Rows([x for x, _ in PAIRS]), None)


def test_a_dataset_that_ends_early_is_refused():
    class Short(Rows):
        def __len__(self):
            return len(self.items) + 1

    assert "says that it has 91 rows, but it ends before" in refusal(Short(PAIRS), None)


def test_a_dataset_of_dicts_does_not_say_which_is_the_target():
    said = refusal(Rows([{"x": each, "label": int(y)} for each, y in PAIRS]), None)
    assert said.endswith("Those of X are dicts of x, label.")


def test_a_dataset_of_pictures_is_refused():
    assert "tensors, arrays or numbers" in refusal(Rows([(object(), y) for _, y in PAIRS]), None)


def test_several_inputs_are_no_list():
    assert "as a tuple or a dict, not as a list" in refusal([X, X], Y)


@pytest.mark.parametrize("y", [{"class": Y, "value": X[:, 0]}, (Y, X[:, 0])])
def test_targets_are_one_array(y):
    assert "np.column_stack" in refusal(X, y)


class Drawn(Rows):
    """As with random transforms."""

    def __getitem__(self, number):
        x, y = super().__getitem__(number)
        return {"x": x + torch.randn(len(x)), "missing": torch.nan}, y


class Fixed(Rows):
    def __getitem__(self, number):
        x, y = super().__getitem__(number)
        return {"x": x, "missing": torch.nan}, y


def test_a_dataset_that_draws_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_chance(Fixed(PAIRS))
    with (
        pytest.warns(DropdecayWarning, match="others each time .*augment="),
        pytest.raises(BadInput, match="missing contains NaN"),
    ):
        GivenRows().check(Search(), Drawn(PAIRS), None, numeric=False)


def test_a_dataset_has_its_targets_with_it_for_a_score():
    search = ModuleClassifierCV(Net, **{**QUICK, "max_epochs": 1}).fit(X, Y)
    assert search.score(Rows(PAIRS)) == search.score(X, Y)
    with pytest.raises(BadInput, match="A score needs y"):
        search.score(X)


def test_a_dataset_whose_length_changes_is_refused():
    class Growing(Rows):
        n_read = 0

        def __getitem__(self, number):
            self.n_read += 1
            return super().__getitem__(number)

        def __len__(self):
            return 50 if self.n_read else 40

    assert "had 40 rows and now has 50" in refusal(Growing(PAIRS), None)


def test_a_stream_is_refused():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(PAIRS)

    assert "without a length" in refusal(Stream(), None)


def test_a_loader_is_refused_for_its_dataset():
    loader = torch.utils.data.DataLoader(Rows(PAIRS), batch_size=4)
    assert "loader.dataset" in refusal(loader, None)


def test_y_is_needed():
    assert "requires y" in refusal(X, None)


def test_any_loss_needs_a_y_but_gets_a_column_as_it_is():
    with pytest.raises(BadInput, match="Where the loss needs no target, give zeros"):
        GivenRows(is_other=True).check(Search(), X, None, numeric=False)
    _, column = GivenRows(is_other=True).check(Search(), X, Y[:, None], numeric=False)
    assert column.shape == (len(X), 1)
    with pytest.warns(DataConversionWarning):
        _, flat = GivenRows().check(Search(), X, Y[:, None], numeric=False)
    assert flat.shape == (len(X),)


@pytest.mark.parametrize("form", [tuple, list, dict])
def test_several_targets_in_a_dataset_are_asked_for_as_columns(form):
    made = (lambda pair: {"a": pair[0], "b": pair[1]}) if form is dict else form
    items = [(x, made((y, 2.0 * y))) for x, y in PAIRS]
    assert "Join its parts, as np.column_stack" in refusal(Rows(items), None)


def test_new_rows_of_another_width_are_refused():
    search = ModuleClassifierCV(Net, **{**QUICK, "max_epochs": 1})
    search.fit(X, Y)
    with pytest.raises(BadInput, match=r"X has 5 numbers in a row, but .* fitted on 6"):
        search.predict(X[:, :5])
