"""The chosen setting as code to copy into torch and Keras."""

from dropdecay.commands.equivalents import momentum_words
from dropdecay.functional import convert_decay
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Setting


def snippets(setting: Setting) -> dict[str, str]:
    """Return a block of code by library; a library that has no such optimizer is left out.

    Dropout stands behind each hidden layer; biases are not decayed.
    """
    regularization, schedule = setting.regularization, setting.schedule
    if regularization.decay == "cautious":
        return {}  # no library has it
    is_l2 = regularization.decay == "l2"
    ours = "dropdecay_l2" if is_l2 else "dropdecay"

    def other(to: str) -> str:
        strength = regularization.weight_decay
        batch_size = schedule.batch_size
        return f"{convert_decay(strength, source=ours, to=to, batch_size=batch_size):.4g}"

    optimizer, lr = OPTIMIZERS[schedule.optimizer], f"{schedule.learning_rate:g}"
    moving, found = momentum_words(setting), {}
    torch = optimizer.torch if is_l2 else optimizer.torch_decoupled
    if torch is not None:
        decay = other("torch" if is_l2 else "torch_adamw")
        call = f"optim.{torch}("
        found["torch"] = "\n".join([
            *_dropouts(setting, "nn."),
            f'{call}[{{"params": weights, "weight_decay": {decay}}},',
            f'{" " * (len(call) + 1)}{{"params": biases, "weight_decay": 0}}], lr={lr}{moving})',
        ])  # fmt: skip
    keras = [*_dropouts(setting, "layers.")]
    if is_l2:
        l2 = other("keras_l2")
        keras += [
            f"layers.Dense(units, kernel_regularizer=regularizers.L2({l2}))",
            f"optimizer = optimizers.{optimizer.keras}({lr}{moving})",
        ]
    else:
        decay = other("keras_adamw")
        keras += [
            f"optimizer = optimizers.{optimizer.keras}({lr}{moving}, weight_decay={decay})",
            'optimizer.exclude_from_weight_decay(var_names=["bias"])',
        ]
    return {**found, "Keras": "\n".join(keras)}


def _dropouts(setting: Setting, room: str) -> list[str]:
    rates = setting.regularization.dropout
    if isinstance(rates, tuple):
        return [f"{room}Dropout({rate:g})  # layer {k}" for k, rate in enumerate(rates, 1)]
    return [f"{room}Dropout({rates:g})"] if rates else []
