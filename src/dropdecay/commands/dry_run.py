"""``dropdecay fit --dry-run``: what the search would cost; nothing is trained for it."""

from typing import NoReturn

from dropdecay.commands.given import Given
from dropdecay.commands.make_estimator import make_estimator
from dropdecay.commands.options import FitOptions
from dropdecay.surface.forecast import Forecast


class _Heard(Exception):
    """Carries the forecast out of a fit before anything is trained."""

    def __init__(self, forecast: Forecast) -> None:
        super().__init__()
        self.forecast = forecast


def forecast_of(options: FitOptions, given: Given) -> Forecast:
    """Return what the surface would cost on this machine; an epoch of one network is timed.

    Raises
    ------
    BadInput
        As a fit would.
    """

    def stop(forecast: Forecast) -> NoReturn:
        raise _Heard(forecast)

    try:
        make_estimator(options, given.found.task, given.found.target).fit_with_hooks(
            given.X, given.y, given.groups, given.weights, times=given.times,
            reading=given.found.reading, on_forecast=stop, on_equal_rows=lambda _: None,
        )  # fmt: skip
    except _Heard as heard:
        return heard.forecast
    raise AssertionError("a search tells its forecast before it trains")


def cost_in_words(forecast: Forecast) -> str:
    """Return a forecast as a line for the user."""
    megabytes = forecast.memory_bytes / 2**20
    memory = f"{megabytes:,.0f} MB" if megabytes >= 1 else "less than 1 MB"
    return f"Would take {forecast}. Memory for its results: {memory} beside the table."


def cost_as_json(forecast: Forecast) -> dict[str, object]:
    """Return a forecast as JSON values."""
    return {
        "networks": forecast.networks,
        "seconds": round(forecast.seconds, 1),
        "seconds_of_tuning_at_most": round(forecast.seconds_of_tuning, 1),
        "seconds_of_repeats_at_most": round(forecast.seconds_of_repeats, 1),
        "memory_bytes": forecast.memory_bytes,
    }
