import html
import re
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from dropdecay.decay_memory import Pace
from dropdecay.report.page import page_html
from dropdecay.report.stored import read_run
from tests.report.conftest import EVIL
from tests.report.everything import ADDED
from tests.report.worlds import Cells, bowl, grid, repeated, results_at, summary_of


class Elements(HTMLParser):
    """Collects the names and addresses of all elements, the names of what they point at."""

    def __init__(self, text):
        super().__init__()
        self.names, self.addresses, self.ids, self.targets = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names.append(tag)
        self.addresses += [found[name] for name in ("src", "href") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        self.targets += [
            found[name] for name in ("popovertarget", "aria-labelledby") if name in found
        ]


def page_of(results, summary=None, **more):
    return page_html(results, {**(summary or summary_of(results)), **more})


@pytest.fixture(scope="module")
def full():
    """A page with everything that other parts of the program add."""
    points = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))
    results = results_at(points, bowl(dropout=0.2, weight_decay=0.1))
    table = {"columns": [], "findings": []}
    return page_of(results, repeated(summary_of(results)), table=table, **ADDED)


def test_the_page_is_one_file_that_loads_nothing(run_folder, full):
    for text in ((run_folder / "report.html").read_text(encoding="utf-8"), full):
        found = Elements(text)
        assert all(
            address == "#h-surface" or address.startswith("data:text/csv")
            for address in found.addresses
        )
        assert "link" not in found.names
        assert "default-src 'none'" in text


def test_a_page_of_48_settings_and_everything_else_is_far_below_a_megabyte():
    points = grid(dropout=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5), weight_decay=tuple(range(8)))
    results = results_at(points, bowl(dropout=0.2, weight_decay=1), n_folds=5, n_epochs=300)
    values = [{**ADDED, "true": [0.123456] * 2000, "predicted": [0.654321] * 2000, "output": "y",
               "sentence": ""}]  # fmt: skip
    page = page_of(results, None, **{**ADDED, "calibration": None, "values": values})
    assert len(page.encode()) < 600_000


def test_a_thousand_settings_over_five_hundred_epochs_stay_under_three_megabytes():
    axes = {
        "dropout": tuple(0.04 * k for k in range(20)),
        "weight_decay": tuple(0.1 * k for k in range(50)),
    }
    results = results_at(grid(**axes), bowl(dropout=0.2), n_folds=2, n_epochs=500)
    assert len(page_of(results).encode()) < 3_000_000


def test_the_answer_stands_before_the_surface_and_that_before_everything_else(full):
    order = ["Use dropout 0.2 with weight decay 3", "How sure", "What beats it", "The surface",
             "How it learns", "What each part brings", "How the answer sharpened",
             "How far to trust one prediction", "What it looks at", "What it takes for what",
             "Rows worth a look", "How predictions follow the columns", "The table",
             "Worth knowing", "Use it", "The same setting elsewhere", "Settings", "Reproduce this",
             "Glossary"]  # fmt: skip
    places = [re.search(f">{part}</(h1|h2|b)>", full).start() for part in order]
    assert places == sorted(places)


def test_a_section_without_figures_is_left_out_and_nothing_stands_half_empty(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, run.summary)
    others = (
        "How far to trust", "What it looks at", "What it takes for what", "Rows worth a look",
        "How predictions follow", "How the answer sharpened",
    )  # fmt: skip
    assert not [title for title in others if title in text]
    # What is left alone in its row takes all of it.
    assert text.count('class="part cols alone"') == 2  # the parts, and the table


def test_every_word_that_is_underlined_is_explained_and_every_heading_is_there(full):
    found = Elements(full)
    assert set(found.targets) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_page_holds_the_verdict_and_the_command(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, run.summary)
    verdict = run.summary["verdict"]
    assert f"<h1>{verdict['recommendation'].removesuffix('.')}</h1>" in text
    assert '<p class="label better">Regularization helps here</p>' in text
    assert verdict["comparisons"][0]["sentence"] in text
    for part in ("best</li>", "one-SE choice", "refitted on all rows", "numpy",
                 "--random-state=0", "optim.AdamW", run.summary["table_sha256"]):  # fmt: skip
        assert part in text


def test_no_name_from_the_data_becomes_an_element(run_folder):
    run = read_run(run_folder)
    names = {"column": EVIL, "read_as": EVIL, "missing": 0.5, "distinct": 3, "noticed": EVIL}
    evil = {
        **ADDED,
        "table": {"columns": [names], "findings": [
            {"code": "leak", "column": EVIL, "sentence": EVIL, "option": EVIL, "grave": grave}
            for grave in (True, False)]},
        "mistakes": {**ADDED["mistakes"], "classes": [EVIL, f"{EVIL}2"]},
        "partial_dependence": [{**ADDED["partial_dependence"][0], "column": EVIL}],
        "odd_rows": {**ADDED["odd_rows"], "sentence": EVIL},
        "elsewhere": {"torch": EVIL},
    }  # fmt: skip
    evil["importance"] = {**ADDED["importance"], "columns": [
        {**each, "column": EVIL} for each in ADDED["importance"]["columns"]]}  # fmt: skip
    for more in ({}, evil):
        text = page_html(run.results, {**run.summary, **more})
        found = Elements(text)
        assert found.names.count("script") == 2
        assert "img" not in found.names
        assert found.names.count("style") == 1
        assert escape(EVIL) in text


def test_the_plain_loss_stands_beside_the_weighted_one():
    weighted = {"loss_name": "weighted log loss", "plain_loss_name": "log loss", "plain_blocks": 1}
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    plain, balanced = (
        page_of(results_at(points, bowl(dropout=0.2, weight_decay=1.0), attrs=attrs))
        for attrs in ({}, weighted)
    )
    assert "Without class weights the best setting has a log loss of 0." in balanced
    expected = html.unescape(re.sub(r"<[^>]+>", "", balanced)).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"0\.\d+ ?weighted log loss", expected)
    assert re.search(
        r"On new rows \(95 % interval .*\)\. Without class weights: log loss", expected
    )
    assert "without class weights" not in plain.lower()


def test_a_run_made_before_weights_were_recorded_still_has_its_page(run_folder):
    run = read_run(run_folder)
    assert "What weight decay does to the weights" in page_html(run.results, run.summary)
    earlier = run.results.drop_vars(["weight_norm", "near_zero_share"])
    text = page_html(earlier, run.summary)
    assert "does to the weights" not in text
    assert "The surface" in text


def test_what_the_race_futility_and_the_pilot_left_out_is_told_apart(every_way_out):
    text = (every_way_out / "report.html").read_text(encoding="utf-8").split("<script")[0]
    rows = Cells(text).rows
    cells = [cell for row in rows[2:] for cell in row[1:]]
    for word, n in (("stopped", 2), ("given up", 1), ("left out", 1), ("diverged", 1)):
        assert sum(cell.startswith(word) for cell in cells) == n
    assert ">stopped</button>: 2<" in text


def test_without_a_script_two_axes_are_shown_at_the_chosen_values_of_the_others(many):
    results, summary = many
    text = page_html(results, summary)
    held = {name: summary["choice"]["chosen"]["point"][name] for name in ("max_norm", "activation")}
    assert held == {"max_norm": 4.0, "activation": "gelu"}
    assert "At max-norm 4, activation gelu (as chosen)." in text
    rows = Cells(text).rows
    assert rows[0] == ["", "dropout"]
    assert rows[1] == ["weight decay", "0", "0.1/0.3", "0.5"]
    assert [row[0] for row in rows[2:]] == ["0", "1"]
    assert re.search(r'id="pick" hidden', text)


def test_two_axes_leave_nothing_to_pick(run_folder):
    assert 'id="pick"' not in (run_folder / "report.html").read_text(encoding="utf-8")


def test_one_axis_is_a_row_with_its_path_above():
    results = results_at(grid(dropout=(0.0, 0.2, 0.4), weight_decay=(1.0,)), bowl(dropout=0.2))
    text = page_of(results)
    rows = Cells(text).rows
    assert (rows[1], rows[2][0], len(rows)) == (["", "0", "0.2", "0.4"], "log loss", 3)
    assert '<div class="path">' in text
    assert "Weight decay 1 throughout." in text
    assert "Include dropout 0 and weight decay 0 to see the gain." in text


def test_a_single_point_is_a_line_of_figures():
    results = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    text = page_of(results)
    assert 'id="cells"' not in text
    assert re.search(r"Dropout 0.2, weight decay 1: log loss 0\.\d+ ±", text)
    # There is no cell to click, no picture to save, and nothing is said twice.
    assert 'data-series="cm"' not in text
    assert 'data-name="surface"' not in text
    assert text.count("the surface has no point without regularization") == 1


def test_a_regression_is_shown_by_the_root_of_its_loss_beside_r2():
    attrs = {"loss_name": "mean squared error", "score_name": "r2"}
    results = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)), bowl(dropout=0.2),
                         attrs=attrs)  # fmt: skip
    text = page_of(results, task="regression")
    assert [value for value in re.findall(r'value="\w+" aria-pressed="\w+">(.*?)<', text)] == [
        "RMSE", "gap", "R²",
    ]  # fmt: skip


def test_a_verdict_without_a_gain_has_a_label_and_no_picture_of_it():
    results = results_at(grid(dropout=(0.2, 0.4), weight_decay=(1.0,)), bowl(dropout=0.2))
    text = page_of(results)
    assert '<p class="label">Open: nothing to compare with</p>' in text
    assert "How the answer sharpened" not in text


def test_a_decay_stands_with_its_memory_in_the_rows_and_the_legend():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    best = bowl(dropout=0.2, weight_decay=1.0)
    page, other = (
        page_of(results_at(points, best, attrs=attrs))
        for attrs in (Pace(0.001, 25).attributes(), None)
    )
    assert [row[0] for row in Cells(page).rows[2:]] == ["0", "1τ 40"]
    assert "how long the weights remember" in page
    assert "how long the weights remember" not in other


def test_a_page_opens_with_the_score_where_that_chose():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    results = results_at(points, bowl(dropout=0.2, weight_decay=1.0))
    for criterion, order in (
        ("loss", ["loss", "gap", "score"]),
        ("score", ["score", "loss", "gap"]),
    ):
        page = page_of(results, summary_of(results, criterion=criterion))
        assert re.findall(r'value="(\w+)" aria-pressed', page) == order
        assert re.findall(r'value="(\w+)" aria-pressed="true"', page) == order[:1]
    assert "outlined: as good by accuracy" in page


def test_the_demo_names_the_demo(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, {**run.summary, "command": "dropdecay demo"})
    assert "<code>dropdecay demo</code>" in text
