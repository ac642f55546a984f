"""The sliders of "Try it": what they say is what was measured, offline, on a phone, by keyboard."""

import importlib.util
import json
import shutil

import pytest

from website.playground import (
    CHINESE,
    ENGLISH,
    FIGURES,
    playground,
    playground_in_chinese,
    table_of_losses,
)

FOUND = json.loads(FIGURES.read_text(encoding="utf-8"))
CHROMIUM = shutil.which("chromium")
in_a_browser = pytest.mark.skipif(
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


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page on a phone without network; what goes wrong or is asked for is collected."""

    def page_of(piece):
        head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=390">'
        (tmp_path / "page.html").write_text(f"{head}<body>{piece}", encoding="utf-8")
        size = {"width": 390, "height": 844}
        page = browser.new_context(offline=True, viewport=size).new_page()
        page.wrong, page.asked = [], []
        page.on("console", lambda message: page.wrong.append(message.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    return page_of


def expected(words, rate, strength):
    test, training = FOUND["test"][rate][strength][-1], FOUND["training"][rate][strength][-1]
    return words["said"].format(
        rate=f"{FOUND['rates'][rate]:g}", decay=f"{FOUND['lambdas'][strength]:g}",
        test=f"{test:.3f}", error=f"{FOUND['standard_error'][rate][strength]:.3f}",
        training=f"{training:.3f}", gap=f"{test - training:.3f}",
        none=f"{FOUND['test'][0][0][-1]:.3f}",
    )  # fmt: skip


@in_a_browser
@pytest.mark.parametrize(
    ("piece", "words"), [(playground, ENGLISH), (playground_in_chinese, CHINESE)]
)
def test_the_arrow_keys_choose_a_setting_and_its_measured_losses_are_told(opened, piece, words):
    page = opened(piece())
    page.focus("#playground-rate")
    page.keyboard.press("ArrowRight")
    page.focus("#playground-decay")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.text_content("#playground-said").startswith(expected(words, 1, 4))
    assert page.get_attribute("#playground-decay", "aria-valuetext") == "λ = 0.003"
    assert page.text_content("#playground-rate-value") == "0.1"
    assert page.wrong == []
    assert [url for url in page.asked if not url.startswith("file:")] == []


@in_a_browser
def test_a_click_on_a_cell_moves_both_sliders(opened):
    page = opened(playground())
    page.click(f"#playground-surface .cell >> nth={2 * len(FOUND['lambdas']) + 3}")
    assert page.input_value("#playground-rate") == "2"
    assert page.input_value("#playground-decay") == "3"
    assert page.text_content("#playground-said").startswith(expected(ENGLISH, 2, 3))


@in_a_browser
def test_it_fits_a_phone_and_everything_has_a_name(opened):
    page = opened(playground())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("Dropout rate", "Weight decay"):
        assert page.get_by_role("slider", name=name).count() == 1, name
    assert page.get_by_role("img").count() == 4
    assert all(each.get_attribute("aria-label") for each in page.query_selector_all("[role=img]"))
    assert page.get_by_role("status").count() == 1


@in_a_browser
def test_the_lowest_loss_is_starred_and_called_as_good(opened):
    page = opened(playground())
    losses = [[curve[-1] for curve in curves] for curves in FOUND["test"]]
    lowest = min(map(min, losses))
    starred = page.evaluate(
        "[...document.querySelectorAll('#playground-surface text')]"
        ".map(t => t.textContent).filter(t => t.startsWith('★'))"
    )
    assert starred == [f"★{lowest:.2f}"]
    rate = next(i for i, row in enumerate(losses) if lowest in row)
    place = rate * len(FOUND["lambdas"]) + losses[rate].index(lowest)
    page.click(f"#playground-surface .cell >> nth={place}")
    assert page.text_content("#playground-said").endswith(ENGLISH["asGood"])


def test_without_a_script_a_table_has_every_loss():
    rows = table_of_losses().splitlines()
    assert len(rows) == 2 + len(FOUND["rates"])
    assert rows[2].count("|") == len(FOUND["lambdas"]) + 2
    assert f"{FOUND['test'][-1][-1][-1]:.2f}" in rows[-1]


def test_both_languages_say_the_same_things():
    assert set(ENGLISH) == set(CHINESE)


def test_the_piece_loads_nothing_and_stays_small():
    piece = playground()
    assert "http" not in piece.replace("http://www.w3.org/2000/svg", "")
    assert "\n\n" not in piece  # a blank line would end the block within a page
    assert len(piece) < 200_000
