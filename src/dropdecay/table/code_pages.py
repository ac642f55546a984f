"""Which old encoding text is in, judged by the characters that each would make of it.

Tables are short of words: a column of "oui" and "déjà", a header with "°C". Detectors made for
prose go wrong there (``benchmarks/encodings.py``), so every encoding is asked how many bits it
would take to write the cells down. Common characters of its language cost few, rare ones many, and
what does not occur in writing (a sign or a capital in the middle of a word, accents side by side)
costs extra. The cheapest wins.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

RARE = 20.0
"""Bits of a character that the language of an encoding does not use."""

MID_WORD = 9.0
"""Extra bits of what does not occur inside a word."""

NO_BREAK = "\xa0"
"""A blank that stands between digits in many tables: as common as a letter."""

SIGNS = {NO_BREAK: 4.0} | dict.fromkeys("°²³µ€£«»“”„‘’–—…§±½¼·×©®™º№", 7.0)  # noqa: RUF001  # they are meant

WIDE_SIGNS = frozenset("㎡℃㎝㎜㎏㎞㎎℉①②③④⑤％￥，。、：；（）「」～・")  # noqa: RUF001  # they are meant
"""Units and marks of East Asian tables, as common as a letter."""

Costs = Callable[[str], float]


@dataclass(frozen=True)
class CodePage:
    """An encoding that tables come in.

    Parameters
    ----------
    name : str
        As Python's codecs call it.
    cost : callable
        Bits of a character.
    handicap : float
        Bits that make a rarer encoding lose against a common one in a draw.
    """

    name: str
    cost: Costs
    handicap: float = 0.0


def likeliest(cells: Iterable[bytes]) -> list[str]:
    """Return the encodings that can decode all cells, likeliest first.

    Parameters
    ----------
    cells : iterable of bytes
        The different cells of a table that are not pure ASCII.
    """
    cells = list(cells)
    bits: dict[str, float] = {}
    for page in CODE_PAGES:
        try:
            texts = [cell.decode(page.name) for cell in cells]
        except UnicodeDecodeError:
            continue
        bits[page.name] = page.handicap + sum(_bits(text, page.cost) for text in texts)
    return sorted(bits, key=bits.__getitem__)


def _bits(text: str, cost: Costs) -> float:
    return sum(
        cost(letter) + _misplaced(text, position)
        for position, letter in enumerate(text)
        if not letter.isascii()
    )


def _misplaced(text: str, position: int) -> float:
    """Return the extra bits of a character between these neighbours."""
    letter = text[position]
    before, after = text[:position][-1:], text[position + 1 :][:1]
    if not letter.isalpha():
        return MID_WORD if before.isalpha() and after.isalpha() else 0.0
    if not (letter.islower() or letter.isupper()):  # a script without capitals
        return MID_WORD * sum(each.isascii() and each.isalpha() for each in (before, after))
    if letter.isupper() and before.islower():
        return MID_WORD
    if letter.islower() and before.isupper() and after.isupper():
        return MID_WORD
    if before.isdecimal() and after.isdecimal():
        return MID_WORD
    if _is_latin(letter):
        neighbours = [each for each in (before, after) if each.isalpha()]
        strangers = [each for each in neighbours if not each.isascii()]
        return 4.0 * len(strangers) + (0.0 if neighbours else 3.0)
    # Other alphabets come in words of their own.
    return MID_WORD * any(each.isascii() and each.isalpha() for each in (before, after))


def _is_latin(letter: str) -> bool:
    return letter < "\u0250"


def _alphabet(common: str, less_common: str) -> Costs:
    bits = SIGNS | dict.fromkeys(less_common, 7.0) | dict.fromkeys(common, 4.5)
    return lambda letter: bits.get(letter, RARE)


def _whole_alphabet(frequent: str, common: str, less_common: str) -> Costs:
    """Return the costs of an alphabet of its own, of which words have every letter."""
    bits = SIGNS | dict.fromkeys(less_common, 7.0) | dict.fromkeys(common, 5.5)
    bits |= dict.fromkeys(frequent, 4.0)
    return lambda letter: bits.get(letter, RARE)


def _ideographs(common: str, likely: str, code: str) -> Costs:
    """Return the costs of characters that a double-byte encoding orders by how common they are.

    Parameters
    ----------
    common : str
        The most frequent characters, 9 bits each.
    likely : str
        A pattern of the first bytes, in hexadecimal, of common characters; 12.5 bits each.
    code : str
        The encoding with this order.
    """
    frequent = set(common)
    pattern = re.compile(likely)

    def cost(letter: str) -> float:
        if letter in frequent:
            return 9.0
        if letter in WIDE_SIGNS:
            return 6.0
        try:
            first = letter.encode(code)
        except UnicodeEncodeError:
            return RARE
        if len(first) == 2 and pattern.match(first.hex()):
            return 12.5
        return 10.5 if not letter.isalpha() else 17.0

    return cost


def _japanese(letter: str) -> float:
    if "\u3041" <= letter <= "\u30fe":
        return 6.5
    if "\uff61" <= letter <= "\uff9f":
        return 10.0  # half as wide, and rare today
    return _KANJI(letter)


_WESTERN = _alphabet("éèàáäöüßóíñçãåæøêâôîúœ", "ëïùûòìõÿÉÈÀÁÄÖÜÓÍÑÇÃÅÆØÊÂÔÎÚŒªº¿¡")
_CENTRAL = _alphabet("ąćęłńóśźżáčéěíňřšúůýžöüőű", "ĄĆĘŁŃÓŚŹŻÁČÉĚÍŇŘŠÚŮŽÖÜŐŰďťľĺôäđĎŤŇĽĐăâîşţ")
_TURKISH = _alphabet("çğışöü", "ÇĞİŞÖÜâîû")
_CYRILLIC = _whole_alphabet(
    "оеаинтсрвл", "бгджзйкмпуфхцчшщъыьэюя", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯЁёіїєґўІЇЄ"
)
_GREEK = _whole_alphabet(
    "αοιετσνηυρς", "βγδζθκλμξπφχψωάέήίόύώ", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏϊϋ"
)
_SIMPLIFIED = _ideographs(
    "的一是不在人有我他这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看"
    "起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什"
    "两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比"
    "才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色男北京上广州深圳南东天津省市"
    "区县张王李赵刘陈杨姓职业收入支出金额价格数量类型产品客户编号龄温度湿压速率低级是否离婚未博硕士科专",
    "b[0-9a-f]|c|d[0-7]",
    "gb2312",
)
_TRADITIONAL = _ideographs(
    "的一是不在人有我他這個上們來到時大地為子中你說生國年著就那和要她出也得裡後自以會家可下而過天去能對小多然於心學之都好看起發"
    "當沒成只如事把還用第樣道想作種開美總從無情己面最女但現前些所同日手又行意動方期頭經長位分愛老因很給名法間知世什兩次使身者被"
    "高已親其進此話常與活正感見明問力理點文定本公特做外相西果將月十實向聲車全信重三機工物氣男北京台灣市區縣張王李趙劉陳楊林黃姓"
    "齡職業收入金額價格數量類型產品客戶編號溫度低級婚未士科專",
    "a[4-9a-f]|b|c[0-6]",
    "big5",
)
_KANJI = _ideographs(
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米"
    "力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都"
    "和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査"
    "勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島"
    "直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤佐鈴木橋職齢類温湿",
    "b|c",
    "euc_jp",
)
_HANGUL = _ideographs(
    "이다는에의을가고하지로한은사기리자를나도들대서어인그시해스아라수일정있것게보과만부제전상지주원장구소여와조성동안면공내경비선무신마"
    "유진개생용거세요국우으러적위모발방연오계중관미민남반회년명학실문화식교방음트르니물별월업산금광천울종강양호김박최임윤권영현재준예"
    "없음았었함됨름직매출량번호격등급높낮날짜여자녀결혼온습",
    "b[0-9a-f]|c[0-8]",
    "euc_kr",
)

CODE_PAGES = (
    CodePage("cp1252", _WESTERN),
    CodePage("gb18030", _SIMPLIFIED),
    CodePage("cp932", _japanese),
    CodePage("cp1251", _CYRILLIC),
    CodePage("big5", _TRADITIONAL, 2.0),
    CodePage("cp949", _HANGUL, 2.0),
    CodePage("euc_jp", _japanese, 2.0),
    CodePage("cp1250", _CENTRAL, 3.0),
    CodePage("cp1254", _TURKISH, 3.0),
    CodePage("cp1253", _GREEK, 3.0),
    CodePage("koi8_r", _CYRILLIC, 4.0),
    CodePage("cp866", _CYRILLIC, 4.0),
    CodePage("iso8859_2", _CENTRAL, 5.0),
    CodePage("cp850", _WESTERN, 5.0),
    CodePage("mac_roman", _WESTERN, 5.0),
)
