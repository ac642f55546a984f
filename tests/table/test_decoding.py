"""The encoding is found from few words among many numbers, told, and can be named instead."""

import random

import pytest

from dropdecay.errors import BadSetting
from dropdecay.table.decoding import find_encoding
from tests.table.texts import names, notes, read, refusal, rows


def table(words, *, n_rows=200, header="age,word,pay,target"):
    """A table of numbers with one column of a few words."""
    draw = random.Random(7)
    lines = [
        f"{draw.randint(18, 80)},{draw.choice(words)},{draw.random() * 1e4:.2f},{number % 2}"
        for number in range(n_rows)
    ]
    return "\n".join([header, *lines, ""])


CHINESE = "男 女, 北京 上海 广州, 已婚 未婚, 是 否, 张伟 王芳 李娜, 高 中 低, 温度(℃)"
JAPANESE = "男 女, 東京 大阪 名古屋, はい いいえ, カテゴリ, 会社員 学生 主婦, 佐藤 鈴木 高橋"
FRENCH = "Orléans Besançon Paris, célibataire marié, été hiver, Coût(€), élevé faible, cœur"
GERMAN = "Köln Düsseldorf, männlich weiblich, Größe, Straße, für, Temp.(°C), Fläche(m²), Übung"
RUSSIAN = "да нет, мужской женский, Москва Казань, высокий низкий, Иванов Петров, дом квартира"
CASES = [
    (code, words.split())
    for codes, columns in (
        (["gb18030", "gbk"], CHINESE),
        (["shift_jis", "euc_jp"], JAPANESE),
        (["cp1252", "latin-1"], GERMAN),
        (["cp1252"], FRENCH),
        (["cp1251", "koi8_r"], RUSSIAN),
        (["cp1250"], "Łódź Kraków Gdańsk, mężczyzna kobieta"),
        (["big5"], "台北 高雄, 已婚 未婚"),
        (["cp949"], "서울 부산, 남 여"),
    )
    for code in codes
    for words in columns.split(", ")
]


@pytest.mark.parametrize(("code", "words"), CASES, ids=str)
def test_a_few_words_among_numbers_are_read_in_their_encoding(code, words):
    text = table(words)

    assert rows(text.encode(code)) == rows(text)


@pytest.mark.parametrize("code", ["gb18030", "shift_jis"])
def test_words_in_the_header_alone_are_enough(code):
    text = "年齢,男女,y\n3,1,0\n4,0,1\n" if code == "shift_jis" else "年龄,性别,y\n3,1,0\n4,0,1\n"

    assert names(text.encode(code)) == names(text)


def test_a_word_late_in_a_big_file_is_found():
    text = "age,word,y\n" + "31,no,1\n" * 200_000 + "45,für,0\n"

    assert rows(text.encode("cp1252"))[-1] == ["45", "für", "0"]


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("words", [["no", "yes"], ["Köln", "北京"]])
def test_wide_text_is_read_with_and_without_a_mark(code, words):
    text = table(words)

    assert rows(text.encode(code)) == rows(text)
    assert notes(text.encode(code)) == [f"Read as {code.upper()}, not UTF-8."]


def test_utf8_is_preferred_and_not_worth_a_word():
    for words in (["Köln"], ["北京"], ["да"], ["no"]):
        assert notes(table(words).encode()) == []
        assert notes(table(words).encode("utf-8-sig")) == []


def test_another_encoding_is_told():
    assert notes(table(["Köln"]).encode("cp1252")) == [
        "Read as Windows-1252, not UTF-8. If words look wrong, name the encoding with --encoding."
    ]


def test_japanese_mail_is_read():
    text = table(["男", "女"])

    assert rows(text.encode("iso2022_jp")) == rows(text)


# The encoding that the user names


def test_the_encoding_named_is_the_one_used():
    text = table(["да", "нет"])

    assert rows(text.encode("cp866"), encoding="cp866") == rows(text)
    assert rows(text.encode("cp1251"), encoding="latin-1") != rows(text)
    assert rows(text.encode("utf-8-sig"), encoding="UTF-8") == rows(text)
    assert rows(text.encode("utf-16-le"), encoding="utf-16") == rows(text)
    assert read(text.encode("cp1251"), encoding="windows-1251")[2] == []


@pytest.mark.parametrize("name", ["utf9", "", "hex", "a\0b", "undefined"])
def test_a_name_that_is_no_encoding_of_text_is_refused(name):
    with pytest.raises(BadSetting, match=r"--encoding: there is no encoding .* Use a name such as"):
        find_encoding(b"a,b\n1,2\n", "t.csv", name)


def test_bytes_that_do_not_decode_are_refused_with_their_line():
    said = refusal("a,b\n1,2\nKöln,3\n".encode(), encoding="ascii")

    assert said == (
        "t.csv, line 3: the text (byte 0xc3) is not ascii. Name another with --encoding, or omit "
        "it."
    )


# What is damaged


def test_a_wrong_byte_in_utf8_is_damage_and_no_other_encoding():
    said = refusal("a,b\n北京,上海\n".encode() + b"\xff,2\n")

    assert "t.csv, line 3: the text (byte 0xff) is not UTF-8, though other lines are." in said


def test_two_encodings_in_one_file_are_refused():
    said = refusal(b"a,b\n" + "Köln,é\n".encode() + "Köln,é\n".encode("latin-1"))

    assert said.startswith("t.csv mixes UTF-8 (line 2) with another encoding. Save it as UTF-8")


def test_a_character_cut_in_two_at_the_end_is_a_file_cut_off():
    said = refusal("a,b\n北京,上海\n北京,上".encode()[:-1])

    assert "line 3: the text (byte 0xe4) ends in the middle of a character" in said


def test_broken_utf16_is_refused():
    assert "is not UTF-16, as its first bytes say" in refusal("a,b\n".encode("utf-16") + b"x")


def test_zero_bytes_are_damage():
    assert "t.csv, line 3 contains zero bytes" in refusal("a,b\n1,2\n3\0,4\n")
    assert "t.csv, line 3 contains zero bytes" in refusal("a,b\r1,2\r3\0,4\r")
