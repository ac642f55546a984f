"""Train one network with L-BFGS, on all rows at once."""

from collections.abc import Callable

from scipy.optimize import OptimizeResult, minimize
from sklearn.exceptions import ConvergenceWarning

from dropdecay.arrays import AnyArray, Floating
from dropdecay.engine.protocol import TrainingListener
from dropdecay.engine.training import TrainingSetup, mean_loss_and_gradient
from dropdecay.parts import LOSSES
from dropdecay.warn_user import warn_user


def minimize_with_lbfgs(
    setup: TrainingSetup,
    params: Floating,
    listener: TrainingListener,
    attributes: Callable[[Floating, float], dict[str, object]],
    *,
    tol: float,
    max_iter: int,
    max_fun: int,
) -> tuple[Floating, float, int]:
    """Minimize the penalized loss of all rows in float64, starting from ``params``.

    Returns parameters, loss and the number of iterations. ``listener`` is told of every iteration,
    with the fitted ``attributes`` for its parameters and loss.
    """
    n_weights, rows, weights = setup.n_weights, setup.rows, setup.dataset.sample_weight
    regularization, network = setup.setting.regularization, setup.setting.layers
    total = rows.size if weights is None else float(weights[rows].sum())
    strength = 0.5 * regularization.alpha / total
    if regularization.decay == "l2":
        strength += regularization.weight_decay
    loss = LOSSES[network.loss]
    n_summed = network.n_outputs if loss.sums_outputs else 1
    factor = loss.training_factor * n_summed

    def reported(params: Floating, minimized: float) -> float:
        decay = strength * float(params[:n_weights] @ params[:n_weights])
        return (minimized - decay) / n_summed + decay

    # The loss must match the gradient, or line searches fail. In scikit-learn it does not: the loss
    # is a mean over outputs, the gradient that of their sum.
    def objective(params: Floating) -> tuple[float, AnyArray]:
        listener.begin()
        measured, gradient = mean_loss_and_gradient(setup, params)
        kept = params[:n_weights]
        gradient[:n_weights] += 2.0 * strength * kept
        return factor * measured + strength * float(kept @ kept), gradient

    # SciPy passes the loss only to a callback whose argument has this name.
    def on_iteration(intermediate_result: OptimizeResult) -> None:
        params = intermediate_result.x.copy()
        if listener.end(
            lambda: attributes(params, reported(params, float(intermediate_result.fun)))
        ):
            raise StopIteration

    found = minimize(
        objective, params, method="L-BFGS-B", jac=True, callback=on_iteration,
        options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
    )  # fmt: skip
    if found.status != 0 and not listener.stopped:
        warn_user(
            f"lbfgs failed to converge after {found.nit} iteration(s) (status={found.status}): "
            f"{found.message}. Raise max_iter or max_fun, scale X, or accept the network as it is.",
            ConvergenceWarning,
        )
    return found.x, reported(found.x, float(found.fun)), min(int(found.nit), max_iter)
