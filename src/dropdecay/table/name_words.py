"""What the name of a column says of numbers: that they are codes, in several languages."""

import re

IDENTIFIERS = frozenset([
    "id", "ids", "uid", "uuid", "guid", "identifier", "key", "rowid", "recordid", "ref",
    "kennung", "kennziffer", "nummer", "matricule", "identifiant", "identificador", "clave",
    "编号", "序号", "番号", "识别码",
])  # fmt: skip
CODES = frozenset(["code", "codes", "kode", "codigo", "codice", "schlüssel", "代码", "コード"])
UNITS_OF_ROWS = frozenset([
    "patient", "patientid", "subject", "person", "customer", "client", "user", "member", "employee",
    "household", "participant", "donor", "respondent", "animal", "device", "machine", "kunde",
    "proband", "sujet", "paciente", "cliente", "患者", "客户", "用户", "顧客",
])  # fmt: skip
POSTAL = frozenset([
    "zip", "zipcode", "postcode", "postal", "postalcode", "plz", "postleitzahl", "codepostal",
    "cep", "邮编", "邮政编码", "郵便番号", "우편번호",
])  # fmt: skip
PHONES = frozenset([
    "phone", "telephone", "tel", "telefon", "telefono", "teléfono", "telefone", "mobile", "fax",
    "电话", "手机", "電話", "전화",
])  # fmt: skip
BIRTHS = frozenset([
    "birth", "birthdate", "birthday", "born", "dob", "geburt", "geburtsdatum", "geburtstag", "geb",
    "geboren", "naissance", "nacimiento", "nascita", "nascimento", "geboorte", "geboortedatum",
    "født", "fødselsdato", "född", "födelsedatum", "urodzenia", "出生", "出生日期", "生日",
    "生年月日", "생년월일",
])  # fmt: skip
TIMES = frozenset([
    "time", "times", "timestamp", "timestamps", "ts", "date", "datetime", "created", "updated",
    "modified", "epoch", "unix", "unixtime", "when", "at", "start", "end", "begin", "since",
    "until", "zeit", "datum", "uhrzeit", "zeitstempel", "zeitpunkt", "heure", "horodatage",
    "fecha", "hora", "ora", "tempo", "momento", "tijd", "tijdstip", "tid", "tidspunkt", "czas",
    "时间", "日期", "时间戳", "時間", "日時", "日付", "시간", "날짜",
])  # fmt: skip
VERSIONS = frozenset([
    "version", "versions", "ver", "release", "firmware", "build", "sdk", "versión", "versao",
    "versão", "versione", "versie", "wersja", "版本", "バージョン", "버전",
])  # fmt: skip

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zà-öø-ÿ]+|[^\W\d_a-zA-Zà-öø-ÿ]+")


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name in lower case: "storeId" and "store_id" have two."""
    return frozenset(each.lower() for each in _WORD.findall(name))
