import importlib.util
import json
import re
import shlex
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.eliminated import folds_until_out
from dropdecay.report.page import page_data, page_html, short
from dropdecay.report.plot_data import surface_of
from dropdecay.report.reproduce import fit_command
from dropdecay.report.stored import read_run

CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None,
    reason="needs Chromium (apt-get install chromium) and playwright (pip install playwright)",
)


class Elements(HTMLParser):
    """Collects the names and addresses of all elements."""

    def __init__(self, text):
        super().__init__()
        self.names, self.addresses = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]


def test_the_page_is_one_file_that_loads_nothing_and_is_far_below_five_megabytes(run_folder):
    text = (run_folder / "report.html").read_text(encoding="utf-8")
    found = Elements(text)
    assert found.addresses == ["#surface"]
    assert "link" not in found.names
    assert len(text) < 500_000


def test_the_page_holds_verdict_marks_effects_settings_and_the_command(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, run.summary)
    answer, _, grounds = run.summary["verdict"]["sentence"].partition(": ")
    assert f"<h1>{answer.removesuffix('.')}.</h1>" in text
    assert grounds[1:] in text
    for part in ("★ best", "◆ one-SE", "✔ refitted", "both beyond the sum", "--seed=0", "numpy",
                 "--dropout=0,0.2,0.4", "optim.AdamW", run.summary["table_sha256"]):  # fmt: skip
        assert part in text


def test_no_name_from_the_data_becomes_an_element(run_folder):
    found = Elements((run_folder / "report.html").read_text(encoding="utf-8"))
    assert found.names.count("script") == 2
    assert "img" not in found.names
    assert found.names.count("style") == 1


def test_numbers_of_the_page_are_those_of_the_results(run_folder):
    run = read_run(run_folder)
    surface = surface_of(run.results, run.summary["choice"])
    data = page_data(run.results, surface, run.summary)
    curve = run.results["validation_loss"].sel(dropout=0.2, weight_decay=1).mean(["fold", "seed"])
    np.testing.assert_allclose(data["curves"]["validation"]["mean"][1][2], curve, rtol=1e-4)
    at = curve.values.min()
    assert data["metrics"]["loss"]["values"][1][2] == pytest.approx(at, rel=1e-4)


def test_a_large_surface_gives_thinner_curves_that_keep_their_ends(run_folder, monkeypatch):
    run = read_run(run_folder)
    monkeypatch.setattr("dropdecay.report.page.MAX_CURVE_NUMBERS", 9 * 6 * 4)
    data = page_data(run.results, surface_of(run.results, run.summary["choice"]), run.summary)
    assert data["at"] == [1, 3, 5, 7, 8]


def test_the_command_names_every_option_so_that_a_shell_reads_it_back():
    asked = {"table": "my table.csv", "target": "-y", "dropouts": [0.0, 0.25], "group": None,
             "max_iter": "auto", "hidden_layer_sizes": [8], "n_jobs": 3, "race": "on",
             "extend": False}  # fmt: skip
    assert fit_command(asked) == (
        "dropdecay fit 'my table.csv' --target=-y --dropout=0,0.25 --epochs=auto --hidden=8 "
        "--race=on --no-extend"
    )


def test_the_command_on_the_page_gives_the_same_numbers_again(run_folder, tmp_path):
    first = read_run(run_folder)
    program, *arguments = shlex.split(fit_command(first.summary["asked"]))
    assert program == "dropdecay"
    done = CliRunner().invoke(app, [*arguments, "--quiet", f"--out={tmp_path / 'again'}"])
    assert done.exit_code == 0, done.output
    again = read_run(tmp_path / "again")
    assert again.results.drop_vars("wall_s").identical(first.results.drop_vars("wall_s"))
    assert again.summary["choice"] == first.summary["choice"]


def test_a_page_of_the_demo_names_the_demo(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, {**run.summary, "command": "dropdecay demo"})
    assert "<code><span>dropdecay</span> <span>demo</span> </code>" in text


def test_a_figure_shows_two_digits_of_its_error():
    assert [short(0.12345, 0.012), short(12.3, 2.0, True), short(None)] == ["0.123", "+12.3", "–"]  # noqa: RUF001  # the dash for no figure


def test_a_thousand_points_over_five_hundred_epochs_stay_under_five_megabytes(run_folder):
    run = read_run(run_folder)
    shape = {"dropout": 20, "weight_decay": 50, "fold": 5, "seed": 1, "epoch": 500}
    drawn = np.random.default_rng(0).normal(0.5, 0.01, tuple(shape.values()))
    coords = {name: np.arange(size, dtype=float) for name, size in shape.items()}
    coords["epoch"] = np.arange(1, 501)
    names = ("training_loss", "validation_loss", "validation_score", "weight_norm",
             "near_zero_share")  # fmt: skip
    results = xr.Dataset(
        {name: (list(shape), drawn, run.results[name].attrs) for name in names}, coords,
        run.results.attrs,
    ).assign(diverged=(list(shape)[:4], np.zeros(drawn.shape[:4], bool)))  # fmt: skip
    assert len(page_html(results, run.summary).encode()) < 5_000_000


def test_a_run_made_before_weights_were_recorded_still_has_its_page(run_folder):
    run = read_run(run_folder)
    assert "What decay does to the weights" in page_html(run.results, run.summary)
    earlier = run.results.drop_vars(["weight_norm", "near_zero_share"])
    text = page_html(earlier, run.summary)
    assert "What decay does to the weights" not in text
    assert "The surface" in text


def test_the_page_tells_eliminated_cells_from_diverged_ones(raced_folder):
    run = read_run(raced_folder)
    text = page_html(run.results, run.summary)
    out_after = folds_until_out(run.results)
    assert len(re.findall(r'<td class="[^"]*\bout"', text)) == (out_after > 0).sum() > 0
    assert text.count('<abbr title="diverged">') == 3
    assert f"({(out_after > 0).sum()} point" in text


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


CONTRAST = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const card = light(getComputedStyle(document.querySelector("section")).backgroundColor);
  return Math.min(...[...document.querySelectorAll("figure .path")].map((path) => {
    const line = light(getComputedStyle(path).stroke);
    return Math.max(line, card) / Math.min(line, card);
  }));
}"""
"""The least contrast of a line of the weights with the card behind it."""


def opened_page(browser, run_folder, **options):
    """The page in a browser without network; what goes wrong is collected."""
    page = browser.new_context(offline=True, **options).new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto((run_folder / "report.html").as_uri())
    return page, wrong


@needs_browser
def test_clicking_a_cell_shows_its_curves_and_the_switch_changes_all_cells(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    data = json.loads(page.text_content("#data-of-page"))

    page.click("button[data-i='2'][data-j='1']")
    assert page.text_content("#cell-name") == "Learning curves: dropout 0.4, weight decay 0.1"
    assert page.locator("#curves path.mean").count() == 2
    assert data["metrics"]["gap"]["text"][2][1] in page.text_content("#cell-figures")

    for metric, n_curves in (("gap", 2), ("score", 1), ("loss", 2)):
        page.locator(f"label:has(input[value={metric}])").click()
        said = page.locator("#cells .value").all_text_contents()
        rows = data["metrics"][metric]["text"]
        assert said == [rows[i][j] for j in range(3) for i in range(3)]
        assert page.locator("#curves path.mean").count() == n_curves
    assert wrong == []
    assert page.evaluate("window.evil") is None


@needs_browser
def test_a_mouse_over_a_cell_shows_its_curves_and_leaving_brings_back_the_selected(
    browser, run_folder
):
    page, wrong = opened_page(browser, run_folder)
    before = page.text_content("#cell-name")
    page.hover("button[data-i='2'][data-j='2']")
    assert page.text_content("#cell-name") == "Learning curves: dropout 0.4, weight decay 1"
    page.hover("#points")
    assert page.text_content("#cell-name") == before
    assert wrong == []


@needs_browser
def test_the_surface_is_walked_with_the_arrow_keys(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    page.focus("button[data-i='0'][data-j='0']")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.text_content("#cell-name") == "Learning curves: dropout 0, weight decay 1"
    pressed = page.locator("#cells button[aria-pressed=true]")
    assert pressed.count() == 1
    assert "dropout 0, weight decay 1: log loss" in pressed.get_attribute("aria-label")
    assert wrong == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(browser, run_folder, scheme):
    page, wrong = opened_page(
        browser, run_folder, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", paper))) < 100 or scheme == "light"
    assert wrong == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_an_eliminated_cell_is_hatched_and_shows_the_curves_of_its_own_folds(
    browser, raced_folder, scheme, width
):
    page, wrong = opened_page(
        browser, raced_folder, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    (i, j), *_ = np.argwhere(folds_until_out(read_run(raced_folder).results) > 0)
    cell = page.locator(f"button[data-i='{i}'][data-j='{j}']")
    look = "e => getComputedStyle(e).background"
    assert cell.locator("..").evaluate(look).count("repeating-linear-gradient") == 1
    assert cell.evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.locator("td.gone").first.evaluate(look).count("repeating-linear-gradient") == 2
    cell.click()
    assert re.search(r"eliminated after [34] of 5 folds", page.text_content("#cell-figures"))
    assert re.search(r"eliminated after [34] of 5 folds", cell.get_attribute("aria-label"))
    assert page.locator("#curves path.mean").first.get_attribute("d").count("L") > 20
    # No word or figure sticks out of its cell.
    assert page.evaluate("""() => [...document.querySelectorAll(".surface td")].every(
        (cell) => cell.scrollWidth <= cell.clientWidth + 3 && cell.clientHeight < 60)""")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert wrong == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_weights_are_legible_on_a_phone_and_follow_the_cell_that_is_shown(
    browser, raced_folder, scheme
):
    page, wrong = opened_page(
        browser, raced_folder, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    page.focus("button[data-i='0'][data-j='0']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    here = page.locator("#cells button[aria-pressed=true]")
    assert [here.get_attribute(f"data-{axis}") for axis in "ij"] == ["1", "1"]
    seen = page.locator(".mark.seen")
    assert seen.count() == 2
    for axis in "ij":
        assert seen.first.get_attribute(f"data-{axis}") == here.get_attribute(f"data-{axis}")
    heights = page.evaluate("""() => [...document.querySelectorAll("figure text")].map(
        (text) => text.getBoundingClientRect().height)""")
    assert min(heights) >= 10
    # Every line stands out from the card by 3 to 1, as WCAG asks of graphics.
    assert page.evaluate(CONTRAST) >= 3
    page.focus("summary")
    page.keyboard.press("Enter")
    assert page.locator(".figures").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert wrong == []
