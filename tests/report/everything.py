"""What the other parts of the program add to a summary, by hand: as full as a page gets."""

import math

CLASSES = ["malignant", "benign"]


def _gain(mean, error):
    return {
        "mean": mean, "standard_error": error, "lower": mean - 2 * error, "upper": mean + 2 * error,
    }  # fmt: skip


def _model(name, about, loss, against, none, chance, error=0.006):
    return {
        "name": name, "about": about, "in_python": "Model()", "loss": loss, "standard_error": 0.01,
        "score": 0.96, "score_standard_error": 0.01, "against_network": _gain(against, error),
        "chance_better": chance, "against_none": _gain(none, error), "network_loss": 0.063,
        "margin": 0.001,
        "n_repeats": 1, "seconds": 1.9, "failed": None,
    }  # fmt: skip


BASELINES = {
    "level": 0.95,
    "folds": "the folds of the surface",
    "measure": "log loss",
    "models": [
        _model("logistic regression", "penalty tuned inside", 0.065, 0.002, 0.009, 0.32),
        _model("gradient boosting", "stopped early inside", 0.117, 0.054, -0.042, 0.0004, 0.015),
        _model("always the same odds", "no column used", 0.653, 0.59, -0.578, 0.0, 0.02),
        {**_model("a model that broke", "", 0, 0, 0, 0), "loss": None,
         "against_network": _gain(0.0, 0.0),
         "against_none": None, "failed": "It raised ValueError."},
    ],
    "better": None,
    "sentence": "No other model is better.",
}  # fmt: skip

IMPORTANCE = {
    "loss": "log loss",
    "columns": [
        {"column": f"{kind} {what}", "rise": 0.046 * 0.85**k, "standard_error": 0.004,
         "lower": 0.046 * 0.85**k - 0.008, "upper": 0.046 * 0.85**k + 0.008, "by_fold": []}
        for k, (kind, what) in enumerate(
            (kind, what)
            for what in ("area", "texture", "radius", "concavity", "smoothness", "perimeter")
            for kind in ("worst", "mean")
        )
    ],
    "n_rows": 569,
    "n_orders": 5,
    "n_left_out": 0,
    "sentence": "The ten columns of greatest importance, of 12. Similar columns share theirs.",
}  # fmt: skip


def _dependence(column, kind="number"):
    values = [5.0 + 2 * k for k in range(16)] if kind == "number" else ["left", "right", "both"]
    mean = [1 / (1 + math.exp(0.3 * (k - 7))) for k in range(len(values))]
    return {
        "column": column, "kind": kind, "values": values, "output": "benign", "mean": mean,
        "lower": [value - 0.06 for value in mean], "upper": [value + 0.06 for value in mean],
    }  # fmt: skip


DEPENDENCE = [
    _dependence("worst area"), _dependence("mean texture"), _dependence("side", "category"),
]  # fmt: skip

BINS = [
    (0.002, 0.0, 182), (0.047, 0.0, 10), (0.189, 0.0, 9), (0.419, 0.2, 5), (0.581, 0.909, 11),
    (0.835, 0.933, 15), (0.953, 0.905, 42), (0.997, 0.997, 295),
]  # fmt: skip

CALIBRATION = {
    "outputs": [
        {
            "name": name,
            "bins": [
                {"said": said, "happened": happened, "lower": max(0.0, happened - 0.5 / rows**0.5),
                 "upper": min(1.0, happened + 0.5 / rows**0.5), "rows": rows}
                for said, happened, rows in BINS
            ],
        }
        for name in CLASSES
    ],
    "error": 0.019, "temperature": 1.1, "loss_after_temperature": 0.062,
    "sentence": "Right where it is certain: 477 of 569 rows get less than 2 % or more than 98 %. "
    "Between, rows are few; calibration error in all 1.9 points.",
}  # fmt: skip

MISTAKES = {
    "classes": CLASSES, "counts": [[205, 7], [1, 356]], "wrong": 8, "rows": 569,
    "threshold": {"class": "benign", "value": 0.6, "measure": "balanced accuracy", "before": 0.98,
                  "after": 0.985, "sentence": "With a threshold of 0.6 for benign, 6 are wrong."},
    "sentence": "On held-out rows 8 of 569 are wrong: 7 malignant taken for benign, 1 benign taken "
    "for malignant.",
}  # fmt: skip


def _curve(name, bend):
    xs = [k / 40 for k in range(41)]
    return {"class": name, "x": xs, "y": [x**bend for x in xs], "area": 1 / (1 + bend)}


CURVES = {
    "roc": [_curve(name, 0.03) for name in CLASSES],
    "precision_recall": [
        {"class": name, "x": [0.0, 0.9, 1.0], "y": [1.0, 0.99, 0.7], "area": 0.985}
        for name in CLASSES
    ],
}

VALUES = [
    {
        "output": "price",
        "true": [k / 100 for k in range(300)],
        "predicted": [k / 110 + 0.2 * math.sin(k) for k in range(300)],
        "slope": 0.9, "intercept": 0.1, "r2": 0.81, "rmse": 0.61,
        "sentence": "Off by 0.61 on average; high values are predicted too low.",
    }
]  # fmt: skip

ODD_ROWS = {
    "file": "rows.csv",
    "hardest": [
        {"row": 17 * k, "loss": 3.2 / k, "true": "malignant", "predicted": "benign"}
        for k in range(1, 11)
    ],
    "labels": {
        "n": 3,
        "rows": [
            {"row": 1042 * k, "given": "benign", "looks_like": "malignant", "probability": 0.99}
            for k in range(1, 4)
        ],
    },
    "folds": [{"fold": 3, "loss": 0.11, "sentence": "Fold 3 is harder than the others."}],
    "sentence": "Three labels look wrong.",
}

INTERVALS = {
    "level": 0.9, "covered": 0.91, "width": None, "set_size": 1.1,
    "sentence": "Sets of 90 % hold 1.1 classes.",
}  # fmt: skip

ANSWER = {
    "label": "helps",
    "tone": "better",
    "headline": "Use dropout 0.2 with weight decay 3",
    "lead": "It lowers the log loss on held-out rows by 14 %, compared with no regularization. "
    "Weight decay alone does as well.",
    "facts": [
        {"title": "What to expect on new rows", "figure": "0.07", "unit": "log loss",
         "text": "95 % interval 0.03 to 0.14; the same odds for every row would cost 0.66."},
        {"title": "How sure", "figure": "99 %", "unit": "chance that it helps",
         "text": "98 % that it gains more than 1 %."},
        {"title": "What beats it", "figure": "Nothing", "unit": "of three tried", "text": ""},
    ],
    "warning": [],
}  # fmt: skip

ELSEWHERE = {"torch": "nn.Dropout(0.2)", "Keras": "layers.Dropout(0.2)"}

ADDED = {
    "answer": ANSWER, "baselines": BASELINES, "importance": IMPORTANCE,
    "partial_dependence": DEPENDENCE, "calibration": CALIBRATION, "mistakes": MISTAKES,
    "curves_of_classes": CURVES, "odd_rows": ODD_ROWS, "intervals": INTERVALS,
    "elsewhere": ELSEWHERE,
}  # fmt: skip
"""All keys that a run of classes may have."""
