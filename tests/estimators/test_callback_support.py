import subprocess
import sys

WITHOUT = """
import sys, warnings
import sklearn.model_selection, sklearn.pipeline
from sklearn.datasets import load_iris

sys.modules["sklearn.callback"] = None
from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor
from dropdecay.errors import BadInput
del sys.modules["sklearn.callback"]  # which scikit-learn and skrub may import later

warnings.simplefilter("ignore")
X, y = load_iris(return_X_y=True)
surface = MLPClassifierCV(
    4, dropouts=(0,), weight_decays=(0,), max_iter=2, cv=2, n_repeats=1, n_jobs=1
)
for estimator in (
    MLPClassifier(4, max_iter=2), MLPRegressor(hidden_layer_sizes=4, solver="lbfgs"), surface,
):
    assert estimator.fit(X, y).predict(X).shape == (150,)
    try:
        estimator.set_callbacks()
    except BadInput as error:
        print(error)
"""


def test_before_scikit_learn_1_9_everything_is_fitted_and_callbacks_are_refused():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(
        line.startswith("Callbacks need scikit-learn 1.9 or later; this is") for line in lines
    )
