import numpy as np
import pandas as pd
import pytest

from dropdecay.commands.options import fit_options
from dropdecay.commands.prepare import about_classes, prepared


def classes_of(target):
    frame = pd.DataFrame(
        {"size": np.random.default_rng(0).normal(size=len(target)), "kind": target}
    )
    return about_classes(prepared(fit_options(table="t.csv", target="kind"), frame))


def test_classes_are_named_with_their_rows_the_most_frequent_first():
    assert classes_of(["b"] * 1200 + ["a"] * 30) == " (b 1,200, a 30)"


def test_of_many_classes_the_most_frequent_are_named():
    counts = range(30, 4, -1)
    letters = [chr(ord("A") + number) for number, n in enumerate(counts) for _ in range(n)]
    assert classes_of(letters) == " (A 30, B 29, C 28, D 27, E 26, F 25, and 20 more)"


def test_control_characters_of_a_class_are_not_printed():
    assert classes_of(["\x1b[2J"] * 20 + ["b"] * 10) == r" (\x1b[2J 20, b 10)"


@pytest.mark.parametrize("target", [np.random.default_rng(0).normal(size=50)])
def test_values_have_no_classes(target):
    assert classes_of(target) == ""
