"""Text that was decoded wrongly is told with what it seems to be; other letters are left alone."""

import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.frames import as_frame
from dropdecay.table.garbled import garbled, meant_by


@pytest.mark.parametrize(
    "text",
    [
        "Köln",
        "Größe",
        "Café de la gare",
        "привет",
        "€ 5",
        "北京",
        "5°C",
        "à bientôt",
        "Łódź",
        "București",
    ],
)
@pytest.mark.parametrize("code", ["cp1252", "latin-1"])
def test_utf_8_that_was_read_as_another_encoding_is_recognised(text, code):
    try:
        wrong = text.encode("utf-8").decode(code)
    except UnicodeDecodeError:
        pytest.skip("Windows-1252 has no letter for one of the bytes")

    assert meant_by(wrong) == text
    assert meant_by(text) == ""


@pytest.mark.parametrize(
    "text",
    ["SÃO PAULO", "CAFÉ®", "«É»", "Â", "Às", "naïve café", "abc", "Ñandú", "CAFÉ…", "CANCIÓ…"],
)
def test_letters_that_are_meant_are_left_alone(text):
    assert garbled("a", [text]) == ()


@pytest.mark.parametrize("text", ["K\ufffdln", "Kï¿½ln", "K锟斤拷ln"])
def test_lost_letters_are_told(text):
    (told,) = garbled("a", ["Ulm", text])

    assert told.sentence == (
        f"Text in column 'a' lost letters when it was decoded, such as in '{text}'."
    )


def test_names_and_words_are_told_with_what_they_seem_to_be():
    cities = ["KÃ¶ln", "Ulm"] * 5
    frame = as_frame(pd.DataFrame({"city": cities, "größe": range(10), "GrÃ¶ÃŸe": range(3, 13)}))

    told = decide(frame).findings

    assert [(each.code, each.sentence) for each in told] == [
        ("garbled", "Text in column 'city' was decoded wrongly: 'KÃ¶ln' seems to be 'Köln'."),
        (
            "garbled",
            "The name of column 'GrÃ¶ÃŸe' was decoded wrongly: 'GrÃ¶ÃŸe' seems to be 'Größe'.",
        ),
    ]
    assert told[0].option.startswith("--encoding utf-8 if you named another")
