"""How often the encoding of a short table is found: ours beside charset-normalizer and chardet.

    python -m pip install charset-normalizer chardet
    python -m benchmarks.encodings

A table has numbers and one column of two or three words, in an encoding that tables come in. It
counts as read if every character is the one that was written, whatever the encoding is called.
"""

import random
from collections.abc import Callable

from dropdecay.errors import BadTable
from dropdecay.table.decoding import find_encoding

ROWS = (5, 30, 300, 3000)

WORDS = {
    "gb18030": "男 女|北京 上海 广州|已婚 未婚|是 否|张伟 王芳 李娜|高 中 低|温度(℃)|优 良 差|"
    "汉族 回族 藏族|离职 在职",
    "shift_jis": "男 女|東京 大阪 名古屋|はい いいえ|カテゴリ|会社員 学生 主婦|佐藤 鈴木 高橋|"
    "合格 不合格",
    "cp1252": "Köln Düsseldorf|männlich weiblich|Größe|für|Temp.(°C)|Fläche(m²)|Orléans Besançon|"
    "été hiver|Coût(€)|cœur|São Paulo|niño niña|Malmö Göteborg|naïve",
    "latin-1": "Köln Düsseldorf|Größe|été hiver|São Paulo|niño niña|rød grønn|25°C 30°C|±3 ±5|½ ¼",
    "cp1251": "да нет|мужской женский|Москва Казань|высокий низкий|Київ Львів",
    "koi8_r": "да нет|мужской женский|Москва Казань",
    "cp1250": "Łódź Kraków Gdańsk|mężczyzna kobieta|Plzeň Brno|Győr Pécs|Žilina",
    "cp1253": "ναι όχι|Αθήνα Πάτρα",  # noqa: RUF001  # Greek
    "cp1254": "evet hayır|İstanbul İzmir|düşük yüksek",  # noqa: RUF001  # Turkish
    "big5": "台北 高雄|已婚 未婚|是 否",
    "cp949": "서울 부산|남 여|예 아니오",
    "euc_jp": "男 女|東京 大阪|はい いいえ",
    "mac_roman": "Köln Düren|été hiver",
}


def ours(data: bytes) -> str | None:
    """Return the encoding that a file is read in."""
    try:
        return find_encoding(data, "table.csv").name
    except BadTable:
        return None


def normalizer(data: bytes) -> str | None:
    """Return the best guess of charset-normalizer."""
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return None if best is None else str(best.encoding)


def chardet(data: bytes) -> str | None:
    """Return the guess of chardet."""
    from chardet import detect

    return detect(data)["encoding"]


CONTENDERS: dict[str, Callable[[bytes], str | None]] = {
    "ours": ours,
    "charset-normalizer": normalizer,
    "chardet": chardet,
}


def table(words: list[str], n_rows: int) -> str:
    """Return the text of a table of numbers with one column of these words."""
    draw = random.Random(7)
    rows = [
        f"{draw.randint(18, 80)},{draw.choice(words)},{draw.random() * 1e4:.2f},{number % 2}"
        for number in range(n_rows)
    ]
    return "\n".join(["age,word,pay,target", *rows, ""])


def is_read(data: bytes, name: str | None, text: str) -> bool:
    """Whether bytes mean the text in an encoding."""
    try:
        return name is not None and data.decode(name) == text
    except (LookupError, UnicodeDecodeError):
        return False


def main() -> None:
    """Print how many tables each reads, by their length."""
    for n_rows in ROWS:
        texts = [
            (code, table(words.split(), n_rows))
            for code, columns in WORDS.items()
            for words in columns.split("|")
        ]
        files = [(text.encode(code), text) for code, text in texts if not text.isascii()]
        counts = {
            name: sum(is_read(data, find(data), text) for data, text in files)
            for name, find in CONTENDERS.items()
        }
        print(f"{n_rows} rows, {len(files)} tables: {counts}", flush=True)


if __name__ == "__main__":
    main()
