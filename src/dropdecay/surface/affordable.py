"""Whether a plan can be carried out on this machine at all, asked before anything is trained."""

from dropdecay.engine.memory import SMALLER, check_memory, memory_of_network
from dropdecay.engine.protocol import CURVES, N_BLOCKS
from dropdecay.errors import BadSetting, Parameter
from dropdecay.settings import Network
from dropdecay.statistics.smoothing import evaluated_epochs
from dropdecay.surface.forecast import Forecast, printed_time
from dropdecay.surface.plan import Plan

RUN_BYTES = 500
"""Of a run and what is known of it, apart from its curves."""

LONGEST_S = 365 * 24 * 3600.0
"""Nobody waits for longer than a year."""


def check_memory_of_plan(plan: Plan, n_inputs: int, n_rows: int, n_at_once: int) -> None:
    """Refuse a plan whose networks or results do not fit into memory.

    Parameters
    ----------
    plan : Plan
    n_inputs : int
        Columns of the encoded rows.
    n_rows : int
    n_at_once : int
        Networks that are trained at the same time.

    Raises
    ------
    BadSetting
        With the figures. Plans that are refused would surely fail; others may still.
    """
    setting, n_runs = plan.setting, plan.axes.n_points * plan.n_folds * plan.n_seeds
    epochs = setting.schedule.epochs
    n_evaluated = len(evaluated_epochs(epochs)) if plan.adaptive else epochs
    an_epoch = 8 * len(CURVES) + 4 * min(N_BLOCKS, n_rows // plan.n_folds)
    check_memory(
        n_runs * (RUN_BYTES + n_evaluated * an_epoch),
        f"The results of {n_runs:,} networks, over up to {epochs:,} epochs,",
        "Use fewer points, fewer epochs (",
        Parameter("max_iter"),
        ") or fewer ",
        Parameter("n_seeds"),
        ".",
    )
    if isinstance(setting.network, Network):
        network = setting.network.of_inputs(n_inputs)
        n_networks = min(n_at_once, n_runs)
        a_network = memory_of_network(network, setting.schedule)
        what = "A network" if n_networks == 1 else f"{n_networks} networks at a time"
        layers = ", ".join(f"{size:,}" for size in network.sizes)
        check_memory(n_networks * a_network, f"{what} with layers of {layers} units", *SMALLER)


def check_time_of_plan(forecast: Forecast) -> None:
    """Refuse a surface that takes longer than anybody waits.

    Raises
    ------
    BadSetting
        With the figure.
    """
    if forecast.seconds > LONGEST_S:
        raise BadSetting(
            f"The surface ({forecast.networks:,} networks) would take about "
            f"{printed_time(forecast.seconds)}, and more than a year is not begun. Use fewer ",
            Parameter("n_seeds"),
            ", fewer epochs (",
            Parameter("max_iter"),
            "), fewer points or smaller ",
            Parameter("hidden_layer_sizes"),
            ".",
        )
