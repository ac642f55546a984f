from dropdecay.report.sections.glossary import Terms, glossary_of
from dropdecay.report.sections.run import run_of
from tests.report.worlds import bowl, grid, results_at, summary_of


def terms():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    return Terms(glossary_of(run_of(results, summary_of(results))))


def test_a_word_is_underlined_the_first_time_a_sentence_has_it():
    said = terms()("The log loss on held-out rows; the log loss again.")
    assert said.count('popovertarget="g-loss"') == 1
    assert said.count('popovertarget="g-heldout"') == 1
    assert said.endswith(" the log loss again.")


def test_sentences_are_escaped_and_parts_of_words_are_left_alone():
    said = terms()("<b>cutting</b> & haircuts")
    assert said == "&lt;b&gt;cutting&lt;/b&gt; &amp; haircuts"


def test_a_word_and_the_signs_around_it_stay_on_one_line():
    said = terms()("Lower (standard error 3) by dropout, log loss.")
    assert said.count('<span class="held">') == 2
    assert '<span class="held">(<button' in said
    assert said.endswith("log loss</button>.</span>")


def test_a_percent_sign_does_not_begin_a_line():
    assert terms()("by 14 %.") == "by 14\u00a0%."
