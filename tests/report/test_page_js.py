import importlib.util
import json
import re
import shutil

import numpy as np
import pytest

from dropdecay.decay_memory import Pace
from dropdecay.report.eliminated import folds_until_out
from dropdecay.report.stored import read_run
from tests.report.worlds import Cells, bowl, grid, repeated, results_at, summary_of, write_folder

CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None,
    reason="needs Chromium (apt-get install chromium) and playwright (pip install playwright)",
)


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

    page.click("button[data-point='7']")
    assert page.text_content("#cell-name") == "Learning curves: dropout 0.4, weight decay 0.1"
    assert page.locator("#curves path.mean").count() == 2
    assert data["metrics"]["gap"]["text"][7] in page.text_content("#cell-figures")

    for metric, n_curves in (("gap", 2), ("score", 1), ("loss", 2)):
        page.locator(f"label:has(input[value={metric}])").click()
        said = page.locator("#cells .value").all_text_contents()
        rows = data["metrics"][metric]["text"]
        assert said == [rows[3 * i + j] for j in range(3) for i in range(3)]
        assert page.locator("#curves path.mean").count() == n_curves
    assert wrong == []
    assert page.evaluate("window.evil") is None


@needs_browser
def test_a_mouse_over_a_cell_shows_its_curves_and_leaving_brings_back_the_selected(
    browser, run_folder
):
    page, wrong = opened_page(browser, run_folder)
    before = page.text_content("#cell-name")
    page.hover("button[data-point='8']")
    assert page.text_content("#cell-name") == "Learning curves: dropout 0.4, weight decay 1"
    page.hover("#points")
    assert page.text_content("#cell-name") == before
    assert wrong == []


@needs_browser
def test_the_surface_is_walked_with_the_arrow_keys(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    page.focus("button[data-point='0']")
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
def test_a_cell_given_up_says_when_and_that_its_loss_is_a_bound(browser, cut_folder):
    page, _ = opened_page(browser, cut_folder)
    cell = page.locator("button[data-point='5']")
    cell.click()
    told = page.text_content("#cell-figures")
    assert "ended at epoch 9: it could not have caught up, so that its loss is an upper" in told
    assert told.endswith("Means over 3 of 5 folds.")
    assert cell.get_attribute("aria-label").endswith(", given up at epoch 9")
    assert "Means over" not in (page.click("button[data-point='4']") or
                                page.text_content("#cell-figures"))  # fmt: skip


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_an_eliminated_cell_is_hatched_and_shows_the_curves_of_its_own_folds(
    browser, raced_folder, scheme, width
):
    page, wrong = opened_page(
        browser, raced_folder, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    (at,), *_ = np.argwhere(folds_until_out(read_run(raced_folder).results) > 0)
    cell = page.locator(f"button[data-point='{at}']")
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
    page.focus("button[data-point='0']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    here = page.locator("#cells button[aria-pressed=true]")
    assert here.get_attribute("data-point") == "5"
    seen = page.locator(".mark.seen")
    assert seen.count() == 2
    assert seen.first.get_attribute("data-point") == "5"
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


@pytest.fixture
def many_folder(many, tmp_path):
    return write_folder(tmp_path / "many", *many)


@needs_browser
def test_the_reader_picks_any_two_axes(browser, many_folder):
    page, wrong = opened_page(browser, many_folder)
    # The script builds the table that was there without it.
    built = page.evaluate("document.getElementById('cells').outerHTML")
    static = Cells((many_folder / "report.html").read_text(encoding="utf-8")).rows
    assert Cells(built).rows == static

    page.select_option("#across", label="max-norm")
    page.select_option("#down", label="activation")
    rows = Cells(page.evaluate("document.getElementById('cells').outerHTML")).rows
    assert rows[0] == ["activation ↓max-norm →", "none", "4", "2"]
    assert [row[0] for row in rows[1:]] == ["tanh", "gelu"]
    assert "weight decay 1 (as chosen)." in page.text_content("#held")
    data = json.loads(page.text_content("#data-of-page"))
    reference = data["points"][data["reference"]]
    for button in page.locator("#cells button").all():
        place = data["points"][int(button.get_attribute("data-point"))]
        assert place[:2] == reference[:2]
        assert (
            button.locator(".value").text_content()
            == (data["metrics"]["loss"]["text"][int(button.get_attribute("data-point"))])
        )
    assert page.locator("#cells button[aria-pressed=true]").get_attribute("data-point") == str(
        data["chosen"]
    )

    # Picking the horizontal axis as the vertical one swaps the two.
    page.select_option("#down", label="max-norm")
    assert (
        page.evaluate("document.querySelector('#across').selectedOptions[0].text") == "activation"
    )
    rows = Cells(page.evaluate("document.getElementById('cells').outerHTML")).rows
    assert [row[0] for row in rows[1:]] == ["none", "4", "2"]
    page.locator("#cells button").first.focus()
    page.keyboard.press("ArrowDown")
    assert "max-norm 4, activation tanh" in page.text_content("#cell-name")
    assert wrong == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_any_axes_fit_their_window(browser, many_folder, tmp_path, width, scheme):
    path = results_at(
        grid(dropout=tuple(k / 10 for k in range(9)), weight_decay=(1.0,)), bowl(dropout=0.3)
    )
    one = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    some = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))[:3], bowl(dropout=0.2))
    folders = [many_folder]
    for name, results in (("path", path), ("one", one), ("some", some)):
        folders.append(write_folder(tmp_path / name, results, summary_of(results)))
    for folder in folders:
        page, wrong = opened_page(
            browser, folder, viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("#curves path.mean").count() == 2
        assert page.evaluate("""() => [...document.querySelectorAll(".surface td")].every(
            (cell) => cell.scrollWidth <= cell.clientWidth + 3)""")
        assert wrong == []
        page.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_how_the_answer_sharpened_is_drawn_without_the_script(
    browser, run_folder, tmp_path, width, scheme
):
    run = read_run(run_folder)
    folder = write_folder(tmp_path / "repeated", run.results, repeated(run.summary))
    page, _ = opened_page(
        browser, folder, viewport={"width": width, "height": 800}, color_scheme=scheme,
        java_script_enabled=False,
    )  # fmt: skip
    picture = page.locator(".sharpened svg")
    assert picture.locator("circle").count() == 3
    frame = picture.bounding_box()
    for shown in picture.locator("circle, text, .estimate").all():
        place = shown.bounding_box()
        assert (
            frame["x"] <= place["x"] <= place["x"] + place["width"] <= frame["x"] + frame["width"]
        )
    assert min(text.bounding_box()["height"] for text in picture.locator("text").all()) >= 10
    headline, label = (page.locator(part).bounding_box() for part in ("h1", ".label"))
    assert label["y"] <= headline["y"] + headline["height"] + 4  # beside it, or right below
    assert label["x"] + label["width"] <= width


@needs_browser
def test_a_single_point_shows_its_curves_and_the_switch_works(browser, tmp_path):
    one = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    page, wrong = opened_page(browser, write_folder(tmp_path / "one", one, summary_of(one)))
    assert page.text_content("#cell-name") == "Learning curves: dropout 0.2, weight decay 1"
    page.locator("label:has(input[value=score])").click()
    assert page.locator("#curves path.mean").count() == 1
    assert wrong == []


@needs_browser
def test_rows_and_columns_that_the_script_builds_keep_the_memory_of_decays(browser, tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), max_norm=(None, 4.0))
    results = results_at(points, bowl(weight_decay=1.0), attrs=Pace(0.001, 25).attributes())
    folder = write_folder(tmp_path / "out", results, summary_of(results))
    page, wrong = opened_page(browser, folder)
    rows = page.locator("#cells tbody th").all_inner_texts()
    assert [each.split() for each in rows] == [["0"], ["1", "tau", "40"]]
    page.select_option("#across", label="weight decay")
    columns = page.locator("#cells thead th").all_inner_texts()[1:]
    assert [each.split() for each in columns] == [["0"], ["1", "tau", "40"]]
    assert wrong == []


@needs_browser
def test_a_phone_shows_best_and_one_se_side_by_side_with_their_memories(browser, tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0, 3.0))
    world = results_at(
        points, bowl(dropout=0.2, weight_decay=1.0), attrs=Pace(0.001, 25).attributes()
    )
    summary = summary_of(world)
    other = {"dropout": 0.0, "weight_decay": 3.0}
    summary["choice"]["one_standard_error"] = {**summary["choice"]["best"], "point": other}
    folder = write_folder(tmp_path / "two", world, summary)
    page, wrong = opened_page(browser, folder, viewport={"width": 375, "height": 700})
    frame = page.locator("section[aria-labelledby=points] .scroll")
    assert frame.locator("thead th").count() == 3
    assert "forgets over" in frame.text_content()
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    assert wrong == []


@needs_browser
def test_where_a_score_chose_the_cells_are_painted_by_it_at_first(browser, tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    world = results_at(points, bowl(dropout=0.2, weight_decay=1.0))
    summary = summary_of(world, criterion="score")
    page, wrong = opened_page(browser, write_folder(tmp_path / "score", world, summary))
    data = json.loads(page.text_content("#data-of-page"))
    shown = page.locator("#cells .value").all_text_contents()
    assert set(shown) == set(data["metrics"]["score"]["text"])
    assert page.text_content("#good").startswith("accuracy ")
    page.locator("label:has(input[value=loss])").click()
    assert page.text_content("#good").startswith("log loss ")
    assert wrong == []


@needs_browser
def test_cells_of_points_that_the_pilot_dropped_are_built_as_they_were_written(browser, tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), max_norm=(None, 4.0))
    results = results_at(points, bowl(weight_decay=1.0), eliminated={5: 0, 4: 3})
    folder = write_folder(tmp_path / "out", results, summary_of(results))
    page, wrong = opened_page(browser, folder)
    built = page.evaluate("document.getElementById('cells').outerHTML")
    static = Cells((folder / "report.html").read_text(encoding="utf-8")).rows
    assert Cells(built).rows == static
    page.select_option("#across", label="max-norm")
    assert page.locator("#cells td.gone").count() == 0
    assert wrong == []
