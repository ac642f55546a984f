"""The page in Chromium, without network: nothing goes wrong, and everything can be reached."""

import importlib.util
import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from dropdecay.decay_memory import Pace
from dropdecay.report.stored import read_run
from tests.report.everything import ADDED
from tests.report.worlds import Cells, bowl, grid, repeated, results_at, summary_of, write_folder

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None,
    reason="needs Chromium (apt-get install chromium) and playwright (pip install playwright)",
)
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def full_folder(run_folder, tmp_path_factory):
    """A run whose page has every section, with names that try to become markup."""
    run = read_run(run_folder)
    summary = {**repeated(run.summary), **ADDED}
    return write_folder(tmp_path_factory.mktemp("full") / "out", run.results, summary)


def opened_page(browser, run_folder, **options):
    """The page in a browser without network; what goes wrong is collected."""
    page = browser.new_context(offline=True, **options).new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto((run_folder / "report.html").as_uri())
    return page, wrong


def clicked(page):
    return page.text_content("#series tr[data-series=cm] th span")


def test_clicking_a_cell_lays_its_curves_over_and_the_switch_changes_all_cells(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    data = json.loads(page.text_content("#data-of-page"))
    page.click("button[data-point='7']")
    assert clicked(page) == "clicked 0.4, 0.1"
    assert page.locator("#panels path.cm").count() == 2
    assert page.text_content("#aside") == data["asides"][7] != ""
    for view in ("gap", "score", "loss"):
        page.click(f"#views button[value={view}]")
        said = page.locator("#cells td button > span:first-child").all_text_contents()
        assert said == [data["views"][view]["text"][3 * i + j] for j in range(3) for i in range(3)]
        assert page.text_content("#scale") == data["views"][view]["note"]
    assert wrong == []
    assert page.evaluate("window.evil") is None


def test_the_surface_is_walked_with_the_arrow_keys(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    page.focus("button[data-point='0']")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert clicked(page) == "clicked 0, 1"
    pressed = page.locator("#cells button[aria-pressed=true]")
    assert pressed.count() == 1
    assert "dropout 0, weight decay 1: log loss" in pressed.get_attribute("aria-label")
    assert page.locator("#cells button[tabindex='0']").count() == 1
    assert wrong == []


def test_a_word_explains_itself_on_hover_and_focus_and_escape_closes_it(browser, run_folder):
    page, wrong = opened_page(browser, run_folder)
    term = page.locator("button.term").first
    box = page.locator(f"#{term.get_attribute('popovertarget')}")
    assert not box.is_visible()
    term.hover()
    box.wait_for(state="visible")
    page.mouse.move(0, 0)
    box.wait_for(state="hidden")
    while not term.evaluate("term => term === document.activeElement"):
        page.keyboard.press("Tab")
    box.wait_for(state="visible")
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    assert wrong == []


def test_the_reader_can_switch_between_light_and_dark(browser, run_folder):
    page, wrong = opened_page(browser, run_folder, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) == "rgb(15, 19, 23)"
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    assert wrong == []


def test_printing_opens_what_is_folded_and_folds_it_again(browser, full_folder):
    page, wrong = opened_page(browser, full_folder)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert wrong == []


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_every_picture_can_be_had_as_a_file(browser, full_folder, tmp_path, kind):
    page, wrong = opened_page(browser, full_folder)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    buttons = page.locator(f"button.get[data-kind={kind}]").all()
    names = {button.get_attribute("data-name") for button in buttons}
    assert len(names) == len(buttons) == 10
    for button in buttons:
        with page.expect_download() as download:
            button.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        data = path.read_bytes()
        if kind == "png":
            assert data.startswith(b"\x89PNG")
            continue
        root = ET.fromstring(data)
        assert {"svg", "text"} <= {each.tag.split("}")[1] for each in root.iter()}
        assert "script" not in {each.tag.split("}")[1] for each in root.iter()}
    assert wrong == []


@pytest.fixture(scope="module")
def folders(full_folder, raced_folder, every_way_out, tmp_path_factory):
    """Runs of every shape."""
    path = results_at(
        grid(dropout=tuple(k / 10 for k in range(9)), weight_decay=(1.0,)), bowl(dropout=0.3)
    )
    one = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    some = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))[:3], bowl(dropout=0.2))
    wide = results_at(
        grid(dropout=tuple(k / 50 for k in range(30)), weight_decay=tuple(range(6))),
        bowl(dropout=0.2), n_folds=2,
    )  # fmt: skip
    found = [full_folder, raced_folder, every_way_out]
    for name, results in (("path", path), ("one", one), ("some", some), ("wide", wide)):
        folder = tmp_path_factory.mktemp(name) / "out"
        found.append(write_folder(folder, results, summary_of(results)))
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_any_surface_fit_their_window(browser, folders, width, scheme):
    for folder in folders:
        page, wrong = opened_page(
            browser, folder, viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("#panels path.ch").count() == 2
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
        assert wrong == []
        page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_answers_the_four_questions_is_on_the_first_screen(browser, full_folder, width):
    height = 844 if width == 390 else 800
    page, _ = opened_page(browser, full_folder, viewport={"width": width, "height": height})
    for fact in page.locator(".fact").all():
        place = fact.bounding_box()
        assert place["y"] + place["height"] <= height


def test_without_a_script_the_page_holds_everything_but_what_is_clicked(browser, full_folder):
    page, wrong = opened_page(browser, full_folder, java_script_enabled=False)
    assert page.locator("#panels path.ch").count() == 2
    assert page.locator("button.get:visible, #views:visible, #look:visible").count() == 0
    assert page.locator("a[download]:visible").count() >= 8
    page.click("summary >> nth=0")
    assert page.locator("details[open]").count() == 1
    assert wrong == []


@pytest.fixture
def many_folder(many, tmp_path):
    return write_folder(tmp_path / "many", *many)


def test_the_reader_picks_any_two_axes(browser, many_folder):
    page, wrong = opened_page(browser, many_folder)
    table = "document.getElementById('cells').outerHTML"
    static = Cells((many_folder / "report.html").read_text(encoding="utf-8")).rows

    page.select_option("#across", label="max-norm")
    page.select_option("#down", label="activation")
    rows = Cells(page.evaluate(table)).rows
    assert rows[1] == ["activation", "none", "4", "2"]
    assert [row[0] for row in rows[2:]] == ["tanh", "gelu"]
    assert "weight decay 1 (as chosen)." in page.text_content("#held")
    data = json.loads(page.text_content("#data-of-page"))
    for button in page.locator("#cells button").all():
        point = int(button.get_attribute("data-point"))
        assert data["points"][point][:2] == data["points"][data["reference"]][:2]
        shown = button.locator("span").first.text_content()
        assert shown == data["views"]["loss"]["text"][point]

    # Picking the horizontal axis as the vertical one swaps the two.
    page.select_option("#down", label="max-norm")
    rows = Cells(page.evaluate(table)).rows
    assert rows[0] == ["", "activation"]
    assert [row[0] for row in rows[2:]] == ["none", "4", "2"]
    # Back where it began the script builds what was there without it.
    page.select_option("#across", label="dropout")
    page.select_option("#down", label="weight decay")
    assert Cells(page.evaluate(table)).rows == static
    assert wrong == []


def test_rows_and_columns_that_the_script_builds_keep_the_memory_of_decays(browser, tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), max_norm=(None, 4.0))
    results = results_at(points, bowl(weight_decay=1.0), attrs=Pace(0.001, 25).attributes())
    page, wrong = opened_page(browser, write_folder(tmp_path / "out", results, summary_of(results)))
    assert [each.split() for each in page.locator("#cells tbody th").all_inner_texts()] == [
        ["0"], ["1", "τ", "40"],
    ]  # fmt: skip
    page.select_option("#across", label="weight decay")
    columns = page.locator("#cells thead tr:last-child th").all_inner_texts()[1:]
    assert [each.split() for each in columns] == [["0"], ["1", "τ", "40"]]
    assert wrong == []


def test_a_stopped_cell_says_when_and_compares_on_the_folds_it_shares(browser, every_way_out):
    page, wrong = opened_page(browser, every_way_out)
    page.click("button[data-point='2']")
    told = page.text_content("#aside")
    assert told.startswith("Stopped after 3\u00a0folds. On the 3 folds they share its log loss is")
    assert page.locator("#series tr[data-series=cm] td").all_text_contents() == ["", "", "", ""]
    assert page.locator("button[data-point='6']").count() == 0  # it diverged
    assert wrong == []
