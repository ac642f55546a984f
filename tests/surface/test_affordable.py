import pytest

from dropdecay.axes import Axes
from dropdecay.engine import memory
from dropdecay.errors import BadSetting
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.surface.affordable import check_memory_of_plan, check_time_of_plan
from dropdecay.surface.forecast import Forecast
from dropdecay.surface.plan import Plan


def plan(hidden=(10,), *, epochs=50, n_seeds=1, adaptive=False):
    setting = Setting(
        Network(None, hidden, 1, loss="half_squared_error"), Regularization(), Schedule(epochs, 32)
    )
    axes = Axes.of({"dropout": (0.0, 0.5)})
    return Plan(axes, setting, 2, n_seeds, 0, adaptive=adaptive)


@pytest.fixture
def megabyte(monkeypatch):
    monkeypatch.setattr(memory, "memory_limit", lambda: 2**20)


def test_networks_that_do_not_fit_into_memory_are_refused_with_the_figure(megabyte):
    # 4 arrays of float32 for 100 * 1000 + 1000 + 1000 + 1 parameters are 1.6 MB.
    with pytest.raises(BadSetting, match=r"1,000, 1 units would take 1\.8 MB of memory at least"):
        check_memory_of_plan(plan((1000,)), 100, 40, 1)

    check_memory_of_plan(plan((100,)), 100, 40, 4)
    with pytest.raises(BadSetting, match="4 networks at a time"):
        check_memory_of_plan(plan((200,)), 100, 40, 5)


def test_results_that_do_not_fit_into_memory_are_refused_with_the_figure(megabyte):
    with pytest.raises(BadSetting, match="The results of 4 networks, over up to 2,000 epochs"):
        check_memory_of_plan(plan(epochs=2000), 3, 200, 1)

    check_memory_of_plan(plan(epochs=2000, adaptive=True), 3, 200, 1)


def test_a_surface_that_takes_longer_than_a_year_is_refused_with_the_figure():
    year_s = 365 * 24 * 3600
    with pytest.raises(BadSetting, match=r"10 networks\) would take about 17520 h 0 min"):
        check_time_of_plan(Forecast(10, 2.0 * year_s, 0))

    check_time_of_plan(Forecast(10, 0.9 * year_s, 0, seconds_of_repeats=9.0 * year_s))


def test_the_least_of_machine_container_and_shell_is_the_limit(monkeypatch, tmp_path):
    (tmp_path / "max").write_text("12345\n")
    monkeypatch.setattr(memory, "GROUP_LIMITS", (tmp_path / "max", tmp_path / "none"))

    assert memory.memory_limit() == 12345

    (tmp_path / "max").write_text("max\n")
    assert memory.memory_limit() > 2**28
