from dropdecay.selection.searched_part import about_part, about_refit

PART = {"searched_rows": 1_000_000, "all_rows": 20_000_000}


def test_results_of_all_rows_say_nothing_of_a_part():
    assert about_part({}) is None
    assert about_refit({}) is None


def test_a_search_on_a_part_says_of_which_rows_it_speaks():
    assert about_part(PART) == (
        "All of this is said of networks on a random part of 1,000,000 of 20,000,000 rows. "
        "Networks on more rows need less regularization."
    )


def test_the_refit_says_for_how_long_and_with_which_decay():
    how = {**PART, "refit_epochs": 7, "refit_weight_decay": 0.0123}

    assert about_refit(how) == (
        "Refitted on all 20,000,000 rows for 7 epochs with weight decay 0.012, which forgets over "
        "as many epochs as on the part"
    )


def test_a_refit_without_decay_has_none_to_speak_of():
    how = {**PART, "refit_epochs": 1, "refit_weight_decay": 0.0}

    assert about_refit(how) == "Refitted on all 20,000,000 rows for 1 epoch"
