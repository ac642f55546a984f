"""The parts of docstrings that the estimators of modules share."""

PARAMETERS = """
    module : class, function or torch.nn.Module
        What makes a network: a class or a function, called with the ``module__`` arguments, or an
        instance, which is copied. Parameters ``n_inputs``, ``n_outputs`` and, of a DataFrame,
        ``n_numeric`` and ``cardinalities`` that are not given are filled in.
    dropouts : sequence of float or "auto", default "auto"
        Rates to try at every dropout site that ``sites`` picks; factors with
        ``dropout_mode="scale"``. ``"auto"``: 0, 0.1, ..., 0.5, or factors 0, 0.5, 1, 1.5 and 2.
    weight_decays : sequence of float, "auto" or "tau:...", default "auto"
        Strengths of weight decay to try, as in ``MLPClassifierCV``.
    axes : mapping, optional
        Values to try as well of learning rates, ``{"lr": (1e-3, 3e-3)}``, and of arguments of a
        class or function, ``{"module__width": (64, 128)}``: numbers, tuples of numbers, strings,
        classes or functions. In ``results_`` alone learning rates are called
        ``learning_rate_init``, and classes go by their names.
    dropout, weight_decay : float or None, default None
        A single value in place of ``dropouts`` or ``weight_decays``.
    dropout_mode : {"replace", "scale"}, default "replace"
        Whether a site gets the rate of a point, or its own rate times a factor.
    sites : str, callable or None, default None
        Which dropout sites the rates are for, by name: a pattern such as ``"encoder.*"``, or a
        function from a name to a bool. The others keep their rates. None: all of them, functional
        calls and attention included.
    decay : {"decoupled", "l2"}, default "decoupled"
        As in AdamW, or weight_decay * sum(W ** 2) in the loss.
    decays : callable or None, default None
        (name, parameter) -> whether weight decay acts on it. None: on matrices and kernels, not on
        biases, norms and embeddings; see the page on decay in torch.
    decay_to : {"zero", "start"}, default "zero"
        Where decay pulls: to 0, or to the weights before training (L2-SP, Li et al. 2018).
    init : {"fresh", "given"}, default "fresh"
        Of an instance: whether weights are drawn anew, or start where they are (fine-tuning).
    loss : class, instance or function, optional
        A loss of torch, or a function of outputs and targets that returns one value a row; it gets
        all that ``forward`` returns. One of torch gets the first tensor. Default: cross-entropy on
        logits, or squared error.
    optimizer : class, optional
        Of torch.optim; its arguments are ``optimizer__betas=...`` and the like. Its own weight
        decay is switched off: ours acts. ``optimizer__param_groups=[("body.*", {"lr": 1e-4})]``
        gives parameters, by patterns of their names, learning rates below ``lr``. Default: AdamW.
    lr : float, default 0.001
        Learning rate.
    scheduler : "cosine", "one_cycle", callable or None, default None
        A learning-rate schedule by steps, or a function from an optimizer to a scheduler of torch,
        stepped after every epoch. One with an end needs a number in ``max_epochs``.
    max_epochs : int or "auto", default "auto"
        Most epochs. Points end by their own mean curves, as everywhere. ``"auto"``: three times
        what networks need as a rule, 60 to 300: begin with a number.
    fixed_epochs : bool, default False
        Whether all networks are trained for ``max_epochs`` instead.
    batch_size : int or "auto", default "auto"
        Rows per step; "auto" is about n_rows / 64, as a power of two in [32, 256].
    max_grad_norm : float or None, default None
        Limit on the norm of the gradient.
    augment : callable or None, default None
        (inputs of a batch, torch.Generator) -> inputs, in training alone. All points of a fold and
        seed get the same random numbers.
    precision : {"float32", "float64", "tf32", "bf16"}, default "float32"
        "bf16": autocast, with weights in float32.
    device : str, default "auto"
        "cpu", "cuda", "cuda:1"; "auto" takes a GPU if there is one.
    stack : "auto" or bool, default "auto"
        Whether networks that share a fold are trained as one, by ``torch.func.vmap``. Losses are
        the same but for rounding. ``"auto"``: where a trial of a few steps says that it works and
        is faster, which on a processor is so for small networks alone.
    cv, n_seeds, rule, criterion, extend, race, futility, nested, n_repeats, until_sure, budget,
    scoring, random_state, cluster, verbose, store
        As in ``MLPClassifierCV``.
    baselines : bool, dict or list of estimators, default True
        As in ``MLPClassifierCV``, where rows are arrays of decimal numbers in columns, or a
        DataFrame, and the loss is log loss or the squared error of one value. Elsewhere a notice
        says why there are none.
    n_jobs : int or None, default -1
        On a processor: how many networks are trained at once, each in a process of its own with one
        thread; -1: one a core. Processes are started where they save 10 s or more, and end with the
        fit. Results do not depend on it. What cannot be pickled is trained in this process.
    encoder : "auto", transformer or None, default "auto"
        How a DataFrame becomes one matrix, fitted within each fold; or, with "auto", numbers and
        codes of categories where ``forward`` needs two inputs or ``module`` asks for
        ``cardinalities``. Arrays, tensors, tuples and dicts of them, and Datasets are handed over
        as they are. The items of a Dataset are pairs of inputs and target, with None in place of
        ``y``: ``fit(dataset, None)``.
    **arguments
        ``module__NAME`` and ``optimizer__NAME``."""

ATTRIBUTES = """
    best_module_ : torch.nn.Module
        Your module, trained on all rows at the chosen point, in evaluation mode, its rates written
        back; ``state_dict()`` has your own names.
    sites_ : tuple of Site
        The dropout sites that were found.
    decayed_ : tuple of str
        Names of the parameters that weight decay acts on.
    results_, choice_, verdict_, baselines_, optimism_, best_params_, chosen_params_, epochs_, ...
        As in ``MLPClassifierCV``."""
