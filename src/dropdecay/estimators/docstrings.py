"""The parts of docstrings that several estimators share."""

from collections.abc import Iterable

from dropdecay.data.category_encoding import CATEGORY_ENCODINGS
from dropdecay.engine.choose import ENGINES
from dropdecay.parts import ACTIVATIONS, SOLVERS
from dropdecay.settings import HORIZON_SCHEDULES, LEARNING_RATE_SCHEDULES
from dropdecay.table.numeric_encoding import NUMERIC_ENCODINGS


def choices(names: Iterable[str]) -> str:
    """Return names as a docstring lists them: {"a", "b"}."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"{{{quoted}}}"


SINGLE_PARAMETERS = f"""
    hidden_layer_sizes : int or sequence of int, default (100,)
        Number of units in each hidden layer.
    activation : {choices(ACTIVATIONS)}, default "relu"
        Activation of the hidden layers.
    dropout : float or sequence of float, default 0.0
        Probability, [0, 1), of dropping a hidden unit during training: one for all hidden layers,
        or one per layer (Srivastava et al. 2014). Surviving units are scaled up, as in torch.
    input_dropout : float, default 0.0
        The same for the inputs.
    input_noise : float, default 0.0
        Standard deviation of Gaussian noise that every step adds to the inputs (Bishop 1995).
    weight_decay : float, default 0.0
        Strength, >= 0, of the weight decay. Biases are never decayed.
    decay : {{"decoupled", "cautious", "l2"}}, default "decoupled"
        The kind of weight decay. ``"decoupled"``: every step also subtracts
        learning rate * weight_decay * W, as in ``torch.optim.AdamW`` (Loshchilov & Hutter 2019).
        ``"cautious"``: only from weights that the step takes towards zero (Chen et al. 2025).
        ``"l2"``: weight_decay * sum(W ** 2) is added to the loss.
    max_norm : float or None, default None
        Limit on the norm of the weights into each hidden unit; larger weights are scaled down to it
        after every step. Works well with dropout (Srivastava et al. 2014). None: no limit.
    l1 : float, default 0.0
        Strength, >= 0, of an L1 penalty on weights: after every step, each of them moves towards
        zero by learning rate * l1, and no further (Duchi & Singer 2009), so that some become
        exactly zero. It does not go through the optimizer, and ``loss_`` does not include it.
    weight_average : float, default 0.0
        Memory, [0, 1), of an exponential moving average of all parameters over the steps (Polyak &
        Juditsky 1992): 0.99 is about the last 100. The average is the network that is kept.
    mixup, cutmix : float, default 0.0
        Whether rows of a batch are trained on mixed in pairs, inputs and targets: mixup adds two
        rows by shares from Beta(mixup, mixup) (Zhang et al. 2018), cutmix takes a share of the
        columns, from Beta(cutmix, cutmix), from one and the rest from the other (Yun et al. 2019).
        With both, a coin decides for each batch. 0: not.
    dropconnect : float, default 0.0
        Probability, [0, 1), of dropping a weight into a hidden unit for a step (Wan et al. 2013).
    max_grad_norm : float or None, default None
        Limit on the norm of the gradient over all parameters; larger gradients are scaled down to
        it. None: no limit.
    solver : {choices((*SOLVERS, "lbfgs"))}, default "adam"
        "lbfgs" is SciPy's L-BFGS-B on all rows in float64, and does not support dropout.
    alpha : float, default 0.0001
        scikit-learn's L2 penalty, as defined there: 0.5 * alpha * sum(W ** 2) / n_batch.
    batch_size : int or "auto", default "auto"
        Rows per step; "auto" is min(200, n_rows).
    learning_rate : {choices(LEARNING_RATE_SCHEDULES)}, default "constant"
        Learning-rate schedule. "invscaling" and "adaptive" are scikit-learn's and apply to
        solver="sgd". "cosine" falls to 0 over ``max_iter`` epochs. "one_cycle" first rises to
        ``learning_rate_init`` over 30 % of the steps, as in torch's ``OneCycleLR``.
    learning_rate_init : float, default 0.001
        Initial learning rate; for "one_cycle", the highest one.
    power_t : float, default 0.5
        Exponent of "invscaling".
    max_iter : int, default 200
        Maximum number of epochs.
    shuffle : bool, default True
        Whether to shuffle the rows in every epoch.
    random_state : int, RandomState or None, default None
        Determines initial weights, batches, dropout masks and held-out rows.
    tol : float, default 1e-4
        Smallest change of loss or score that counts as an improvement.
    verbose : bool, default False
        Whether to print a line per epoch.
    warm_start : bool, default False
        Whether ``fit`` continues from the network of the previous fit.
    momentum : float, default 0.9
        Momentum of solver="sgd", [0, 1).
    nesterovs_momentum : bool, default True
        Whether to use Nesterov's momentum.
    early_stopping : bool, default False
        Whether to hold out ``validation_fraction`` of the rows, stop when their score no longer
        improves, and keep the network with the best score.
    validation_fraction : float, default 0.1
        Share of rows to hold out for early stopping.
    beta_1, beta_2, epsilon : float, default 0.9, 0.999, 1e-8
        Constants of Adam.
    n_iter_no_change : int, default 10
        Number of epochs without improvement after which training stops.
    max_fun : int, default 15000
        Maximum number of loss evaluations by "lbfgs".
    n_ensemble : int, default 1
        Networks, trained one after another with seeds that follow from ``random_state``, whose
        probabilities or values are averaged (Lakshminarayanan et al. 2017). The first is the one
        that 1 gives; all fitted attributes but ``ensemble_params_`` are its own."""

SINGLE_ATTRIBUTES = """
    coefs_, intercepts_ : list of arrays
        Weights (n_inputs, n_outputs) and biases (n_outputs,) of each layer, in the dtype of ``X``.
    loss_curve_ : list of float
        Training loss of each epoch, with dropout on and penalties included.
    ensemble_params_ : array, shape (n_ensemble, n_params), or None
        Weights, then biases, of each network of an ensemble.
    validation_scores_, validation_loss_curve_ : list of float or None
        Score and loss of the held-out rows after each epoch, with early stopping.
    loss_, best_loss_, best_validation_score_, n_iter_, t_, n_layers_, n_outputs_,
    out_activation_, n_features_in_, feature_names_in_
        As in scikit-learn."""

SURFACE_PARAMETERS = f"""
    hidden_layer_sizes : int or sequence of int, default (128, 128)
        Number of units in each hidden layer.
    activation : {choices(ACTIVATIONS)}, default "relu"
        Activation of the hidden layers.
    dropouts : sequence of float or "auto", default "auto"
        Dropout rates to try in the hidden layers, [0, 1): the first axis of the surface. A tuple
        among them has one rate per layer. ``"auto"``: 0, 0.1, ..., 0.5; from 256 units in the
        widest layer on 0, 0.1, 0.2, 0.3, 0.5 and 0.7.
    weight_decays : sequence of float, "auto" or "tau:...", default "auto"
        Strengths of weight decay to try, >= 0: the second axis. ``"auto"``: none, and those that
        forget over 400, 130, 40, 13 and 4 epochs: 1 / (learning rate * epochs * steps per epoch)
        in two digits, with the steps of the smallest training fold and the middle one of several
        learning rates; 0, 0.01, 0.03, 0.1, 0.3, 1, 3 and 10 for every other ``decay`` or
        ``solver``. ``"tau:none,400,40"`` asks for these epochs of memory. Everything found is in
        raw strengths.
    axes : mapping of str to sequence, optional
        Values to try for more parameters, by name, such as
        ``{{"input_dropout": (0, 0.1), "max_norm": (None, 2, 4)}}``. The surface is the grid of all
        axes. A parameter that is an axis ignores its single value below.
    dropout : float, sequence of float or None, default None
        A single rate, or one per layer, to use instead of ``dropouts``.
    weight_decay : float or None, default None
        A single strength to use instead of ``weight_decays``.
    input_dropout : float, default 0.0
        Dropout rate of the inputs.
    input_noise : float, default 0.0
        Standard deviation of Gaussian noise that every step adds to the encoded inputs.
    decay : {{"decoupled", "cautious", "l2"}}, default "decoupled"
        The kind of weight decay: as in torch's AdamW; that, but only of weights that the step takes
        towards zero; or weight_decay * sum(W ** 2) in the loss.
    max_norm : float or None, default None
        Limit on the norm of the weights into each hidden unit; None: no limit.
    l1 : float, default 0.0
        What every step moves each weight towards zero by, divided by the learning rate.
    weight_average : float, default 0.0
        Memory, [0, 1), of an exponential moving average of all parameters over the steps: 0.99 is
        about the last 100. Curves, choice and refit are of the averaged network. 0: no average.
    mixup, cutmix : float, default 0.0
        Parameters of Beta distributions of a row's own share where the rows of a batch are trained
        on mixed in pairs, number by number or column by column. 0: they are not.
    dropconnect : float, default 0.0
        Probability, [0, 1), of dropping a weight into a hidden unit for a step.
    max_grad_norm : float or None, default None
        Limit on the norm of the gradient over all parameters; None: no limit.
    cv : int, splitter or iterable, default 5
        Number of folds, a scikit-learn splitter, or pairs of training and validation rows. An int
        means shuffled folds, stratified for classes.
    n_seeds : int, default 1
        Number of networks per point and fold, with different initial weights, batches and masks.
    n_ensemble : int or "folds", default 1
        Networks that are trained at the chosen point on all rows, with different seeds, and whose
        probabilities or values are averaged (Lakshminarayanan et al. 2017); the first is the one
        that 1 gives. The verdict, other models, outputs by row and the networks of the folds are
        then of ensembles too, so that all repeats cost so many times as much; the surface is not.
        ``"folds"``: the networks of the folds are averaged in place of a refit; ``coefs_`` is the
        first of them, and all figures are of one network.
    rule : {{"best", "one_se"}}, default "best"
        ``"best"``: the point with the lowest mean validation loss. ``"one_se"``: of the points
        within one standard error of it (Breiman et al. 1984), the one with the smallest gap between
        training and validation loss.
    criterion : {{"loss", "score"}}, default "loss"
        What ``rule`` compares: log loss or mean squared error, or the score by ``scoring``. The
        verdict is about the same; a score that is no mean over rows is judged by a jackknife.
    extend : bool, default True
        Whether to add values to an axis while the best point is at its end: dropout rates up to
        0.8, decays that forget over 1 to 1,300 epochs (up to 30 if they have no memory). An axis of
        a single value is never extended.
    race : bool or "auto", default "auto"
        Whether to drop points after three folds if a corrected paired test finds them worse than
        the best one (F-race, Birattari et al. 2002). "auto": with at least 20 points and 5 folds.
        From 20,000 rows on most are dropped before, by a pilot on an eighth of the rows, which no
        fold holds out; where ``cv`` is a number, epochs are not fixed, and decays have a memory.
    futility : bool, default False
        Whether points are given up that would stay more than a standard error above the best one if
        they fell in every further doubling of epochs as much as in the last. Their losses are upper
        bounds, and they cannot be chosen. It saves about a fifth of the epochs. It judges by the
        loss, so it is refused with ``criterion="score"``; and with ``fixed_epochs`` or a
        learning-rate schedule, since all networks are trained to a known end then.
    tune : bool or mapping of str to sequence, default False
        Whether to choose the network too, before the surface and once after it. Each of these
        parameters in turn is compared, on all folds, with values near the one given: numeric
        encoding, learning rate, hidden layers, activation, batch size; first at dropout 0.1 and a
        memory of 40 epochs, after the surface at the point that it chose. Another value is taken
        where it is ahead by more than one corrected standard error of the paired difference. A
        mapping names other values, ``{{"hidden_layer_sizes": ((64,), (256, 256))}}``, and only its
        parameters are tuned. Where it took something, the whole search is made once more without a
        fold of the rows, which then say what to expect; not with ``nested``, which does that for
        every fold, nor within a ``budget``. For rows on disk the encoding stays as it is.
    cocktail : bool, default False
        Whether to try further regularizers at the point that the surface chose (Kadra et al. 2021):
        each that ``axes`` knows and the surface has not, in turn, at two usual values; what is
        ahead by more than one corrected standard error stays, four at most. If any does, there is a
        second pass, with weaker and stronger values of what stayed; then all that stayed become
        axes of the surface, which is searched again. What to expect is found as for ``tune``, which
        goes before it. It is for tables in memory.
    n_repeats : int, default 10
        On how many cuts of the rows, at most, the contenders (no regularization, and what was
        picked) are trained, which sharpens the verdict (corrected for shared rows by Nadeau &
        Bengio 2003); 1: on the folds alone. It stops when the answer is sure or more would not
        help.
    until_sure : bool, default False
        Whether up to 20 cuts are made before the verdict stays open.
    budget : float or None, default None
        Seconds for everything but ``nested``: the surface first, then repeats while there is time.
        None: no limit.
    nested : bool, default False
        Whether to also estimate performance by nested cross-validation: the whole search is
        repeated without each fold, and its refit evaluated on that fold. This multiplies the time
        by the number of folds.
    baselines : bool, dict or list of estimators, default True
        Other models to judge on the same folds, with the table's own encoding. True: a constant, a
        regularized linear model and gradient boosting. Estimators of scikit-learn's kind, in a dict
        with their names or a list, take their place: a clone is fitted on the encoded rows, and one
        that fails is left out. False: none; there are none inside scikit-learn's searches and
        validations either.
    scoring : str, callable or None, default None
        A scikit-learn scorer, reported beside the loss. None: R2 or accuracy; balanced accuracy
        if the largest class has at least three times as many rows as the smallest.
    search_rows : int or None, default None
        Number of rows, drawn at random, to search on; the chosen point is then trained on all. Its
        weight decay forgets over as many epochs as on the part, and a tenth of all rows says how
        long. The verdict and all figures speak of the part. None: all rows are searched.
    encoder : "auto", transformer or None, default "auto"
        How columns become numbers, fitted within each fold. ``"auto"``: numbers are scaled
        robustly, sparse ones by their largest value; text, dates, categories and missing values of
        a DataFrame are encoded. None: ``X`` is used as it is.
    numeric_encoding : {choices(NUMERIC_ENCODINGS)} or None, default None
        What each number becomes, fitted within each fold (Gorishniy et al. 2022). ``"quantile"``
        and ``"target"``: up to 8 numbers, one per bin, in which a small network sees steps; bins
        end at quantiles, or where a decision tree of the column cuts to tell the target of training
        rows. ``"periodic"``: itself, 8 sines and 8 cosines of fixed random frequencies; those that
        a network would train are not here. It needs ``encoder="auto"`` and dense rows. None: one
        number.
    category_encoding : {choices(CATEGORY_ENCODINGS)}, default "one_hot"
        How the network sees categories of a DataFrame, with ``encoder="auto"``. ``"one_hot"``: by a
        column each. ``"embedding"``: by 8 numbers each, learnt along with the network, where a
        column has 9 to 39 categories, as for RealMLP (Holzmueller et al. 2024); fewer stay one-hot.
        Weight decay leaves these numbers alone. The fitted network is an ordinary one, over one-hot
        columns: embeddings are multiplied out.
    solver : {choices(SOLVERS)}, default "adam"
        Optimizer.
    batch_size : int or "auto", default "auto"
        Rows per step; "auto" is about n_rows / 64, as a power of two in [32, 256].
    learning_rate : {choices(("constant", *HORIZON_SCHEDULES))}, default "constant"
        Learning-rate schedule over ``max_iter`` epochs: "cosine" falls to 0; "one_cycle" first
        rises to ``learning_rate_init`` over 30 % of the steps. The refit follows the same schedule
        up to the chosen epoch.
    learning_rate_init : float, default 0.001
        Initial learning rate; for "one_cycle", the highest one.
    max_iter : int or "auto", default "auto"
        Most epochs of a network; "auto": enough for 40,000 steps, in [200, 1000]. The networks of a
        point are trained until their mean validation curve, smoothed, is past its minimum or flat,
        and its lowest epoch is the point's. A schedule needs a number, which is its horizon; then
        every network is trained to it.
    fixed_epochs : bool, default False
        Whether to train every network for ``max_iter`` epochs instead, "auto" being a tenth of the
        above, and to read each point's epoch off the mean curve as it is.
    momentum, nesterovs_momentum, beta_1, beta_2, epsilon
        As in scikit-learn.
    random_state : int, RandomState or None, default None
        Determines folds, initial weights, batches and dropout masks.
    n_jobs : int or None, default -1
        Number of threads, or of processes with ``cluster="processes"``; -1: all cores. Results do
        not depend on it.
    cluster : str or None, default None
        Where networks are trained, by an address: ``"processes"`` of this machine;
        ``"tcp://host:8786"`` or ``"tls://host:8786"``, a scheduler of Dask; ``"ray://host:10001"``,
        or ``"ray"`` for the cluster of Ray that this machine is part of. Everything goes there:
        repeats, nested cross-validation and the refit too. None: threads of this process. Results
        do not depend on it, nor does a store. A live object is given by
        :func:`dropdecay.on_cluster`.
    engine : {choices(ENGINES)}, default "numba"
        What trains the networks: our kernels on the processor, or torch, which must be installed
        (``pip install "dropdecay[torch]"``). Both draw the same random numbers and give the same
        curves but for rounding. On a processor our kernels are faster.
    device : str, default "auto"
        Where ``engine="torch"`` trains: "cpu", "cuda", "cuda:1"; "auto" takes a GPU if there is
        one.
    verbose : bool, default False
        Whether to report progress on standard error: a bar in a terminal or a notebook, otherwise a
        line every few seconds.
    store : path or None, default None
        A file that keeps every finished run, so that an interrupted fit continues where it stopped,
        with the same results as an uninterrupted one. It refuses other data or settings.
    keep_folds : bool or "auto", default "auto"
        Whether the networks of the folds at the chosen point are kept, with their encoders, for
        intervals, sets and importance; saved with the model too. It costs what one point costs.
        "auto": up to 50 MB. Never inside scikit-learn's cross-validation."""

USE_OF_OUTPUTS = """    temperature : bool, default False
        Whether logits are divided by the temperature that has the lowest log loss on rows while
        they were held out, so that probabilities are as sure as they are right (Guo et al. 2017).
        The order of classes stays. Refused where the loss is no log loss.
    threshold : str, float, pair of float or None, default None
        From which probability on ``predict`` gives the second of two classes: a number; the best
        by "balanced_accuracy", "f1", "matthews_corrcoef" or "accuracy" on rows while they were held
        out; or by the costs of a false positive and of a false negative, ``(1, 5)``. None: a half,
        of which the figures of the surface are in any case."""

FOUND_BY_OUTPUTS = """
    threshold_ : float or None
        From which probability on the second class is predicted; None: a half.
    temperature_ : float or None
        What logits are divided by; None: they are not."""

SURFACE_ATTRIBUTES = """
    best_params_, one_se_params_, chosen_params_ : dict
        Value of each axis at the best point, at the point of the one-standard-error rule, and at
        the point chosen by ``rule``; parameters of the single-network estimators.
    epochs_ : int
        Number of epochs of the refit.
    best_score_, best_loss_ : float
        Mean over folds at the best point.
    verdict_ : Verdict
        Whether regularization helps, and how certain that is; prints as a sentence.
    baselines_ : Baselines or None
        What the models of ``baselines`` lose on the same folds, how much less or more than the
        network, and how sure that is; prints as a sentence, ``to_frame()`` gives a table.
    optimism_ : Optimism or None
        Loss to expect on new rows, and selection bias of the best point; None with ``times``. With
        class weights by the weighted loss, and without them in ``optimism_.plain``.
    ensemble_ : Ensemble or None
        With ``n_ensemble``: what averaging brings at the chosen point, on rows held out; prints as
        a sentence.
    time_order_ : TimeOrder or None
        With ``times``: the chosen point on shuffled folds beside later rows; prints as a sentence.
    nested_ : Nested or None
        With ``nested``: mean loss and score over the outer folds with confidence intervals, and the
        point chosen without each fold.
    tuning_ : Tuning or None
        With ``tune`` or ``cocktail``: what was compared, what was taken and by how much it led;
        prints as a sentence. The parameters of the estimator stay as they were given; ``setting_``
        has those that were taken, ``axes_`` what a cocktail kept.
    set_aside_ : SetAside or None
        With ``tune`` or ``cocktail``, where it took something: the loss of the whole search, made
        again without a fold of the rows, on these. None with ``nested`` or ``budget``, or where
        rows cannot be cut.
    choice_ : Choice
        The points chosen by both rules, those as good as the best, and edges.
    notices_ : tuple of str
        Changes made during the search: extended axes.
    axes_ : Axes
        The axes of the surface, after extension.
    results_ : xarray.Dataset
        All curves, by axes, fold, seed and epoch: losses, score, ``weight_norm`` (L2 norm without
        biases) and ``near_zero_share`` (share of weights below 0.001 in absolute value). By row,
        while it was held out: ``out_of_fold_output`` of the chosen point, none and points as good
        as the best, ``picked_output`` of the picks, and ``contender_loss``.
    cv_results_ : dict
        The same at the best epoch of each point, in the format of GridSearchCV. With class weights
        losses are weighted, and ``mean_test_plain_loss`` is without.
    output_scores_ : DataFrame or None
        With several values: R2, loss and RMSE of each output at the chosen point, of rows while
        they were held out; a row an output, called as the columns of y, or numbered. Notebooks
        show it below the surface.
        ``results_`` has them by fold for all recorded points, as ``output_r2`` and
        ``output_loss``.
    fold_networks_ : FoldNetworks or None
        For each fold the parameters of its networks, its encoder, the rows that it holds out and
        how far these are from what the networks say; None: not kept. Intervals and sets by CV+ hold
        the truth of about ``level`` of new rows, however good the networks are, as long as these
        come from where the rows of the fit came from; of groups and of times, as the folds hold
        them out. Rows count alike, whatever their weights.
    importance_ : Importance or None
        How much the loss of held-out rows rises when a column is shuffled, with intervals over
        folds; prints as a sentence. It and the next two need the networks of the folds.
    partial_dependence_ : tuple of PartialDependence
        What the networks say on average along the values of the most important columns.
    coverage_ : Coverage or None
        How often intervals or sets at level 0.9 hold the truth of held-out rows.
    coefs_, intercepts_, encoder_, loss_curve_, n_iter_
        The network refitted on all rows, and its encoder; the first of an ensemble.
    ensemble_params_ : array, shape (n_ensemble, n_params), or None
        Weights, then biases, of each network of an ensemble; the first is the one above."""
