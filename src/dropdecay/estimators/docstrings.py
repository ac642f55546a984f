"""The parts of docstrings that several estimators share."""

from collections.abc import Iterable

from dropdecay.parts import ACTIVATIONS, SOLVERS


def choices(names: Iterable[str]) -> str:
    """Return names as a docstring lists them: {"a", "b"}."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"{{{quoted}}}"


SINGLE_PARAMETERS = f"""
    hidden_layer_sizes : int or array of int, default (100,)
        Units of each hidden layer.
    activation : {choices(ACTIVATIONS)}, default "relu"
    dropout : float or sequence of float, default 0.0
        Probability that a hidden unit is zeroed while training, [0, 1); one for all hidden layers
        or one for each (Srivastava et al. 2014, inverted as in torch).
    input_dropout : float, default 0.0
        The same for the inputs.
    weight_decay : float, default 0.0
        Strength, >= 0, of the decay named by ``decay``; biases are never decayed.
    decay : {{"decoupled", "l2"}}, default "decoupled"
        ``"decoupled"``: W <- W - learning rate * weight_decay * W beside the gradient step, as in
        ``torch.optim.AdamW`` (Loshchilov & Hutter 2019). ``"l2"``: weight_decay * sum(W ** 2) is
        added to the loss.
    max_norm : float or None, default None
        Longest vector of weights into a hidden unit: longer ones are shortened after every step
        (Srivastava et al. 2014, who found dropout to work best with it).
    max_grad_norm : float or None, default None
        Gradients longer than this, over all parameters, are shortened to it.
    solver : {choices((*SOLVERS, "lbfgs"))}, default "adam"
        "lbfgs": scipy's L-BFGS-B on all rows in float64; it knows no dropout.
    alpha : float, default 0.0001
        scikit-learn's penalty with scikit-learn's meaning: 0.5 * alpha * sum(W ** 2) / n_batch.
    batch_size : int or "auto", default "auto"
        Rows a step; "auto" is min(200, n_rows).
    learning_rate : str, default "constant"
        "constant"; "invscaling" and "adaptive", as scikit-learn's, for solver="sgd"; for either
        solver "cosine", which falls to 0 over ``max_iter`` epochs, and "one_cycle", which rises to
        ``learning_rate_init`` over 30 % of the steps first, as torch's ``OneCycleLR``.
    learning_rate_init : float, default 0.001
    power_t : float, default 0.5
        Exponent of "invscaling".
    max_iter : int, default 200
        Epochs at most.
    shuffle : bool, default True
        Whether every epoch sees the rows in a new order.
    random_state : int, RandomState or None, default None
    tol : float, default 1e-4
        Improvement that counts for ``n_iter_no_change``.
    verbose : bool, default False
        Print a line an epoch.
    warm_start : bool, default False
        Whether ``fit`` begins with the network of the last one.
    momentum : float, default 0.9
    nesterovs_momentum : bool, default True
    early_stopping : bool, default False
        Hold out ``validation_fraction`` of the rows, stop when their score stops rising, and keep
        the network of the best epoch.
    validation_fraction : float, default 0.1
    beta_1, beta_2, epsilon : float, default 0.9, 0.999, 1e-8
    n_iter_no_change : int, default 10
        Epochs without improvement before training ends.
    max_fun : int, default 15000
        Evaluations of the loss "lbfgs" may take."""

SINGLE_ATTRIBUTES = """
    coefs_, intercepts_ : list of arrays
        Weights (n_inputs, n_outputs) and biases (n_outputs,) of every layer, in the dtype of ``X``.
    loss_curve_ : list of float
        Training loss of every epoch, dropout at work and penalty included.
    validation_scores_, validation_loss_curve_ : list of float or None
        With early stopping: of the held-out rows, by epoch.
    loss_, best_loss_, best_validation_score_, n_iter_, t_, n_layers_, n_outputs_,
    out_activation_, n_features_in_, feature_names_in_
        As scikit-learn's."""

SURFACE_PARAMETERS = f"""
    hidden_layer_sizes : int or sequence of int, default (128, 128)
    activation : {choices(ACTIVATIONS)}, default "relu"
    dropouts : sequence of float, default (0, 0.1, 0.2, 0.3, 0.4, 0.5)
        Rates on the hidden layers, [0, 1): one axis of the surface.
    weight_decays : sequence of float, default (0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
        Strengths, >= 0: the other axis.
    axes : mapping of str to sequence, optional
        Further axes by the name of their parameter, such as
        ``{{"input_dropout": (0, 0.1), "max_norm": (None, 2, 4)}}``; the surface is the grid of all.
    input_dropout : float, default 0.0
        Rate on the inputs, the same at every point.
    decay : {{"decoupled", "l2"}}, default "decoupled"
        What ``weight_decays`` mean: as torch's AdamW, or weight_decay * sum(W ** 2) in the loss.
    max_norm : float or None, default None
        Longest vector of weights into a hidden unit, the same at every point.
    max_grad_norm : float or None, default None
        Gradients longer than this, over all parameters, are shortened to it.
    cv : int, splitter or iterable, default 5
        Folds: stratified and shuffled where an int is given for classes.
    n_seeds : int, default 1
        Networks at every point and fold, with other initial weights, batches and masks.
    rule : {{"best", "one_se"}}, default "best"
        ``"best"``: the lowest mean validation loss. ``"one_se"``: among the points within one
        standard error of it, the one with the smallest gap between validation and training.
    criterion : {{"loss", "score"}}, default "loss"
        What the rule looks at: the log loss or mean squared error, or ``scoring``.
    extend : bool, default True
        Make an axis longer while the best point lies at its end: rates up to 0.8, strengths by
        half-decades up to 30. An axis of one value stays as it is.
    race : bool or "auto", default "auto"
        After three folds drop the points that a corrected paired test puts behind the leader
        (F-race, Birattari et al. 2002). "auto": from 20 points and 5 folds on.
    nested : bool, default False
        Estimate by nested cross-validation too: the whole choice is made again without each fold,
        and its refit judged on that fold. It takes as many times longer as ``cv`` has folds.
    scoring : str, callable or None, default None
        Any scikit-learn scorer, reported beside the loss; None: R2, or accuracy, balanced where
        the commonest class has at least three times the rows of the rarest.
    encoder : "auto", transformer or None, default "auto"
        Fitted inside each fold. ``"auto"``: numbers are scaled robustly, sparse ones by their
        largest value; a DataFrame's text, dates, categories and missing values become numbers.
        None: ``X`` is taken as it is.
    solver : {choices(SOLVERS)}, default "adam"
    batch_size : int or "auto", default "auto"
        "auto": about n_rows / 64, a power of two in [32, 256].
    learning_rate : {{"constant", "cosine", "one_cycle"}}, default "constant"
        Schedule over ``max_iter`` epochs: "cosine" falls to 0, "one_cycle" rises to
        ``learning_rate_init`` over 30 % of the steps first. The refit follows the same schedule up
        to the chosen epoch.
    learning_rate_init : float, default 0.001
    max_iter : int or "auto", default "auto"
        Epochs every run is trained; "auto": enough for 4000 steps, in [20, 100]. How many of them
        are best is read from the mean validation curve.
    momentum, nesterovs_momentum, beta_1, beta_2, epsilon
        As scikit-learn's.
    random_state : int, RandomState or None, default None
    n_jobs : int or None, default -1
        Threads; -1: all cores. Results are the same for any number.
    verbose : bool, default False
        Show how far the work is: a bar in a terminal or a notebook, a line every few seconds
        elsewhere, on standard error.
    store : path or None, default None
        File that keeps every finished run. A fit that was interrupted, by whatever, goes on where
        it ended and gives the numbers of one that was not; other data or settings are refused."""

SURFACE_ATTRIBUTES = """
    best_params_, one_se_params_, chosen_params_ : dict
        ``dropout`` and ``weight_decay`` by either rule, and by ``rule``.
    epochs_ : int
        Epochs of the refit.
    best_score_, best_loss_ : float
        Mean over folds at the best point.
    verdict_ : Verdict
        Whether regularization helps and how sure that is; prints as one sentence.
    optimism_ : Optimism
        How much the best point flatters itself.
    nested_ : Nested or None
        With ``nested``: mean loss and score on outer folds, with intervals, and what was chosen
        without each.
    choice_ : Choice
        The points by either rule, those as good as the best, and edges.
    notices_ : tuple of str
        What was changed on the way: axes made longer.
    results_ : xarray.Dataset
        Every curve, by dropout, weight_decay, fold, seed and epoch: losses, score, ``weight_norm``
        (L2, biases left out) and ``near_zero_share`` (weights below 0.001 in absolute value).
    cv_results_ : dict
        The same at each point's best epoch, in the form of GridSearchCV's.
    coefs_, intercepts_, encoder_, loss_curve_, n_iter_
        Of the network refitted on all rows."""
