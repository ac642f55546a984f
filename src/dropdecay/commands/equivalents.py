"""The chosen setting as torch, Keras and scikit-learn spell it."""

from dataclasses import replace

from dropdecay.axes import printed_value
from dropdecay.decay_memory import Pace, epochs_in_words
from dropdecay.functional import convert_decay
from dropdecay.knobs import AXES
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Setting

IN_EVERY_LINE = ("dropout", "weight_decay")


def equivalents(setting: Setting, pace: Pace | None) -> list[str]:
    """Return one line per library, and one per further regularizer that is switched on.

    With Adam no penalty is equivalent to a decoupled decay, so scikit-learn's ``alpha`` appears
    only for ``decay="l2"``. Where decays have a memory, the last line says how to keep it on a
    table of another size.
    """
    return [*_libraries(setting), *_further_knobs(setting), *_other_tables(setting, pace)]


def _libraries(setting: Setting) -> list[str]:
    regularization, schedule = setting.regularization, setting.schedule
    batch_size = schedule.batch_size
    ours = "dropdecay_l2" if regularization.decay == "l2" else "dropdecay"

    def other(to: str) -> str:
        strength = regularization.weight_decay
        return f"{convert_decay(strength, source=ours, to=to, batch_size=batch_size):.4g}"

    lr, dropped = f"{schedule.learning_rate:g}", _dropout(setting)
    optimizer, moving = OPTIMIZERS[schedule.optimizer], momentum_words(setting)
    if regularization.decay == "cautious":
        return [
            "torch and Keras have no cautious decay: of every weight w of which "
            f"{optimizer.torch}(lr={lr}{moving}) subtracts a u with u * w >= 0, also subtract "
            f"{lr} * {regularization.weight_decay:.4g} * w; nn.{dropped}, layers.{dropped}"
        ]
    if regularization.decay == "l2":
        return [
            f"torch: optim.{optimizer.torch}(weights, lr={lr}, weight_decay={other('torch')}"
            f"{moving}), biases in a group with weight_decay=0; nn.{dropped}",
            f"Keras: optimizers.{optimizer.keras}({lr}{moving}), "
            f"regularizers.L2({other('keras_l2')}) on every kernel; layers.{dropped}",
            f"scikit-learn: alpha={other('sklearn')}, batch_size={batch_size} (it has no dropout)",
        ]
    keras = (
        f"Keras: optimizers.{optimizer.keras}({lr}{moving}, weight_decay={other('keras_adamw')}), "
        f"biases excluded; layers.{dropped}"
    )
    if optimizer.torch_decoupled is None:
        # For plain and momentum SGD, torch's weight_decay is an L2 penalty, not decoupled decay.
        return [
            keras,
            f"torch: {optimizer.torch} has no decoupled decay; search with --decay l2. "
            f"nn.{dropped}",
        ]
    return [
        f"torch: optim.{optimizer.torch_decoupled}(weights, lr={lr}, "
        f"weight_decay={other('torch_adamw')}), "
        f"biases in a group with weight_decay=0; nn.{dropped}",
        keras,
    ]


def _other_tables(setting: Setting, pace: Pace | None) -> list[str]:
    """Say how the decay goes with the rows at the same learning rate, the only way measured."""
    strength, schedule = setting.regularization.weight_decay, setting.schedule
    if pace is None or strength == 0.0:
        return []
    memory = replace(pace, learning_rate=schedule.learning_rate).memory_of(strength)
    return [
        f"A table of another size: weight_decay={strength * pace.steps:.3g} / its steps per epoch "
        f"(forgets over {epochs_in_words(memory)}), with the same learning rate and batch size"
    ]


def _dropout(setting: Setting) -> str:
    rates = setting.regularization.dropout
    if isinstance(rates, tuple):
        return ", ".join(f"Dropout({rate:g})" for rate in rates) + ", layer by layer"
    return f"Dropout({rates:g})"


def momentum_words(setting: Setting) -> str:
    """Return the momentum arguments, which torch and Keras spell the same."""
    schedule = setting.schedule
    if schedule.optimizer not in ("momentum", "nesterov"):
        return ""
    ahead = ", nesterov=True" if schedule.optimizer == "nesterov" else ""
    return f", momentum={schedule.momentum:g}{ahead}"


def _further_knobs(setting: Setting) -> list[str]:
    lines = []
    for name, knob in AXES.items():
        value = getattr(getattr(setting, knob.home), knob.field)
        if name in IN_EVERY_LINE or not knob.regularizes or knob.is_neutral(value):
            continue
        text = printed_value(value)
        libraries = {"torch": knob.torch, "Keras": knob.keras, "scikit-learn": knob.sklearn}
        spellings = "; ".join(
            f"{library}: {words.format(value=text)}"
            for library, words in libraries.items()
            if words
        )
        lines.append(f"{knob.printed} {text}: {spellings}")
    return lines
