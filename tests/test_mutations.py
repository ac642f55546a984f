"""A few mutations of every file of a run; ``make fuzz`` tries thousands."""

import os

import pytest

from tests.mutations import FILES, answer_of, make_originals, try_one

N_EACH = int(os.environ.get("DROPDECAY_MUTATIONS", "20"))


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    make_originals(folder)
    return folder


@pytest.mark.parametrize("mutated", FILES, ids=lambda each: each.file)
def test_a_changed_file_is_refused_in_one_sentence_or_gives_the_same_answer(
    mutated, originals, tmp_path
):
    answer = answer_of(mutated, originals, tmp_path)
    ended = {
        try_one(mutated, originals, tmp_path, f"{mutated.file} test {number}", answer)
        for number in range(N_EACH)
    }
    assert "refused" in ended  # else nothing was tried
