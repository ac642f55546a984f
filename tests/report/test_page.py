import re
from html.parser import HTMLParser

from markupsafe import escape

from dropdecay.decay_memory import Pace
from dropdecay.report.eliminated import folds_until_out
from dropdecay.report.page import page_html, short
from dropdecay.report.stored import read_run
from dropdecay.report.verdict_label import ON_FOLDS
from tests.report.worlds import Cells, bowl, grid, repeated, results_at, summary_of


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
    verdict = run.summary["verdict"]
    assert f"<h1>{verdict['recommendation']}</h1>" in text
    assert " ".join(verdict["grounds"]) in text
    assert '<p class="label better">regularization helps</p>' in text
    assert text.index(escape(ON_FOLDS)) < text.index(verdict["comparisons"][0]["sentence"])
    for part in ("★ best", "◆ one-SE", "✔ refitted", "combined, beyond the sum", "numpy",
                 "--random-state=0", "--dropout=0,0.2,0.4", "optim.AdamW",
                 run.summary["table_sha256"]):  # fmt: skip
        assert part in text


def test_the_plain_loss_stands_beside_the_weighted_one():
    weighted = {"loss_name": "weighted log loss", "plain_loss_name": "log loss", "plain_blocks": 1}
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    plain, balanced = (
        page_html(results, summary_of(results))
        for results in (
            results_at(points, bowl(dropout=0.2, weight_decay=1.0), attrs=attrs)
            for attrs in ({}, weighted)
        )
    )
    assert '<tr><th scope="row">log loss without class weights</th><td>0.' in balanced
    assert "Without class weights: log loss" in balanced
    assert "Expect a log loss of" in balanced
    assert "without class weights" not in plain.lower()


def test_no_name_from_the_data_becomes_an_element(run_folder):
    found = Elements((run_folder / "report.html").read_text(encoding="utf-8"))
    assert found.names.count("script") == 2
    assert "img" not in found.names
    assert found.names.count("style") == 1


def test_a_page_of_the_demo_names_the_demo(run_folder):
    run = read_run(run_folder)
    text = page_html(run.results, {**run.summary, "command": "dropdecay demo"})
    assert "<code><span>dropdecay</span> <span>demo</span> </code>" in text


def test_a_figure_shows_two_digits_of_its_error():
    assert [short(0.12345, 0.012), short(12.3, 2.0, True), short(None)] == ["0.123", "+12.3", "–"]  # noqa: RUF001  # the dash for no figure


def test_a_thousand_points_over_five_hundred_epochs_stay_under_five_megabytes():
    axes = {
        "dropout": tuple(0.04 * k for k in range(20)),
        "weight_decay": tuple(0.1 * k for k in range(50)),
    }
    results = results_at(grid(**axes), bowl(dropout=0.2), n_folds=2, n_epochs=500)
    page = page_html(results, summary_of(results))
    assert len(page.encode()) < 5_000_000


def test_a_run_made_before_weights_were_recorded_still_has_its_page(run_folder):
    run = read_run(run_folder)
    assert "How weight decay changes the weights" in page_html(run.results, run.summary)
    earlier = run.results.drop_vars(["weight_norm", "near_zero_share"])
    text = page_html(earlier, run.summary)
    assert "How weight decay changes the weights" not in text
    assert "The surface" in text


def test_the_page_distinguishes_eliminated_and_diverged_cells(raced_folder):
    run = read_run(raced_folder)
    text = page_html(run.results, run.summary)
    out_after = folds_until_out(run.results)
    assert len(re.findall(r'<td class="[^"]*\bout"', text)) == (out_after > 0).sum() > 0
    assert text.count('<abbr title="diverged">') == 3
    assert f"({(out_after > 0).sum()} point" in text


def test_the_page_hatches_points_given_up_and_says_that_their_losses_are_bounds(cut_folder):
    run = read_run(cut_folder)
    text = page_html(run.results, run.summary)
    assert len(re.findall(r'<td class="[^"]*\bout"', text)) == 2
    assert "given up, unable to catch up: upper bounds (2 points)" in text
    assert "eliminated by the race" not in text
    assert 'title="diverged"' not in text
    assert "(fewer where hatched)" in text
    assert "(given up)</title>" in text
    assert "hollow: given up, fewer epochs" in text


def test_without_a_script_two_axes_are_shown_at_the_chosen_values_of_the_others(many):
    results, summary = many
    text = page_html(results, summary)
    held = {name: summary["choice"]["chosen"]["point"][name] for name in ("max_norm", "activation")}
    assert held == {"max_norm": 4.0, "activation": "gelu"}
    assert "At max-norm 4, activation gelu (as chosen)." in text
    rows = Cells(text).rows
    assert rows[0] == ["weight decay ↓dropout →", "0", "0.1/0.3", "0.5"]
    assert [row[0] for row in rows[1:]] == ["0", "1"]
    assert sum(bool(text) for row in rows[1:] for text in row[1:]) == 6
    assert re.search(r'id="pick" hidden', text)


def test_two_axes_leave_nothing_to_pick(run_folder):
    assert 'id="pick"' not in (run_folder / "report.html").read_text(encoding="utf-8")


def test_one_axis_is_a_row_with_its_path_below():
    results = results_at(grid(dropout=(0.0, 0.2, 0.4), weight_decay=(1.0,)), bowl(dropout=0.2))
    text = page_html(results, summary_of(results))
    rows = Cells(text).rows
    assert (rows[0], rows[1][0], len(rows)) == (["dropout →", "0", "0.2", "0.4"], "log loss", 2)
    assert "★◆✔" in rows[1][2]
    assert "Validation log loss; band and bars" in text
    assert text.count('class="around"') == 3  # the loss and the weights, a band each
    assert "How dropout changes the weights" in text
    assert "Include dropout 0 and weight decay 0 to see the gain of each axis." in text


def test_a_single_point_is_a_line_of_figures():
    results = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    text = page_html(results, summary_of(results))
    assert 'id="cells"' not in text
    assert re.search(r"Dropout 0.2, weight decay 1: validation log loss 0\.\d+, gap", text)


def test_an_axis_that_is_tuned_says_so_among_the_effects(more_axes):
    points = grid(dropout=(0.0, 0.2), learning_rate_init=(0.001, 0.01))
    results = results_at(points, bowl(dropout=0.2, learning_rate_init=0.01))
    text = page_html(results, summary_of(results))
    assert re.search(r'learning rate</th><td colspan="2" class="said">tuned; \S+ was chosen', text)


def test_the_page_shows_how_the_answer_sharpened_only_where_something_was_repeated(run_folder):
    run = read_run(run_folder)
    assert run.summary["verdict"]["gain"]["n_repeats"] == 1
    assert "How the answer sharpened" not in page_html(run.results, run.summary)
    text = page_html(run.results, repeated(run.summary))
    assert "How the answer sharpened" in text
    assert "<figcaption>Gain in % of the log loss without regularization</figcaption>" in text
    assert text.count('<circle class="single"') == 3
    assert "repeat 3 by itself: " in text


def test_a_verdict_without_a_gain_has_a_label_and_no_picture_of_it():
    results = results_at(grid(dropout=(0.2, 0.4), weight_decay=(1.0,)), bowl(dropout=0.2))
    text = page_html(results, summary_of(results))
    assert '<p class="label unclear">open</p>' in text
    assert "How the answer sharpened" not in text
    assert escape(ON_FOLDS) not in text


def test_a_decay_stands_with_its_memory_in_the_rows_the_points_and_the_legend():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    best = bowl(dropout=0.2, weight_decay=1.0)
    with_memory = results_at(points, best, attrs=Pace(0.001, 25).attributes())
    page, other = (
        page_html(each, summary_of(each)) for each in (with_memory, results_at(points, best))
    )
    assert [row[0] for row in Cells(page).rows[1:]] == ["0", "1tau 40"]
    assert '<td class="setting">1 (forgets over 40 epochs)</td>' in page
    assert "tau: over how many epochs that weight decay forgets" in page
    assert "<small>tau" not in other
    assert "forgets" not in other


def test_a_page_opens_with_the_score_where_that_chose():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    results = results_at(points, bowl(dropout=0.2, weight_decay=1.0))
    by_loss, by_score = (
        page_html(results, summary_of(results, criterion=each)) for each in ("loss", "score")
    )
    checked = re.compile(r'value="(\w+)" checked')
    assert checked.findall(by_loss) == ["loss"]
    assert checked.findall(by_score) == ["score"]
    for page, order in ((by_loss, ["loss", "gap", "score"]), (by_score, ["score", "loss", "gap"])):
        assert re.findall(r'name="metric" value="(\w+)"', page) == order
    scores = {text for row in Cells(by_score).rows[1:] for text in row[1:]}
    losses = {text for row in Cells(by_loss).rows[1:] for text in row[1:]}
    assert not scores & losses
    table = by_score[by_score.index('id="points"') :]
    assert table.index(">accuracy</th>") < table.index(">log loss</th>")
    table = by_loss[by_loss.index('id="points"') :]
    assert table.index(">log loss</th>") < table.index(">accuracy</th>")


def test_a_path_that_a_score_chose_from_is_drawn_by_it():
    points = grid(dropout=(0.0, 0.2, 0.4))
    results = results_at(points, bowl(dropout=0.2))
    page = page_html(results, summary_of(results, criterion="score"))
    assert "<figcaption>Validation accuracy; band" in page
    assert Cells(page).rows[1][0] == "accuracy"


def test_points_that_the_pilot_dropped_are_not_called_diverged():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    results = results_at(points, bowl(weight_decay=1.0), eliminated={1: 0, 2: 3})
    text = page_html(results, summary_of(results))
    assert text.count('<abbr title="dropped on the pilot">-</abbr>') == 1
    assert "dropped on the pilot, not trained on all rows (1 point)" in text
    assert (
        "eliminated by the race: clearly behind after some folds, means over those (1 point)"
        in text
    )
    assert "NaN" not in Cells(text).rows[1]
    assert "diverged" not in text.split("<script")[0]


def test_what_the_race_futility_and_the_pilot_left_out_is_told_apart(every_way_out):
    text = (every_way_out / "report.html").read_text(encoding="utf-8").split("<script")[0]
    assert "clearly behind after some folds, means over those (2 points)" in text
    assert "given up, unable to catch up: upper bounds (1 point)" in text
    assert "dropped on the pilot, not trained on all rows (1 point)" in text
    assert text.count('<abbr title="dropped on the pilot">') == 1
    assert text.count('<abbr title="diverged">') == 1


def test_folds_are_said_to_be_fewer_where_the_race_ended_a_point_and_not_for_the_pilot_alone():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))
    for eliminated, fewer in (({1: 0}, False), ({1: 0, 2: 3}, True)):
        results = results_at(points, bowl(weight_decay=1.0), eliminated=eliminated)
        assert ("(fewer where hatched)" in page_html(results, summary_of(results))) is fewer
