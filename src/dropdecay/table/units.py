"""What stands beside numbers in tables: currencies, units, and letters for thousands."""

CURRENCIES = frozenset([
    "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₫", "₪", "฿", "kr", "kr.", "zł", "kč", "r$", "us$",
    "a$", "c$", "hk$", "nz$", "rs", "rs.", "usd", "eur", "gbp", "jpy", "chf", "cad", "aud", "cny",
    "rmb", "inr", "rub", "krw", "sek", "nok", "dkk", "pln", "brl", "元", "円", "원", "\\",
    "us $", "usd $", "hk $", "au $", "mx$", "s$", "nt$", "rp", "rp.", "tl", "lei", "huf", "czk",
    "₴", "₱", "₦", "₡", "₸", "₼", "zar", "thb", "php", "myr", "sgd", "hkd", "twd", "idr", "vnd",
    "ils", "aed", "sar", "mxn", "clp", "ars", "nzd", "uah", "kzt", "bgn", "s/", "s/.", "лв", "лв.",
    "руб", "руб.", "р.", "грн", "грн.",  # noqa: RUF001  # Cyrillic
])  # fmt: skip
"""Money, in lower case. In old encodings of Japanese the sign of the yen is a backslash."""

GLUED_NAMES = frozenset([
    "rs", "rp", "tl", "lei", "huf", "czk", "zar", "thb", "php", "myr", "sgd", "hkd", "twd", "idr",
    "vnd", "ils", "aed", "sar", "mxn", "clp", "ars", "nzd", "uah", "kzt", "bgn",
])  # fmt: skip
"""Money that is none right before whole numbers: rs12345 is a gene, PHP8 a language. "Rs" is."""

UNITS = frozenset([
    "%", "‰", "°", "°c", "°f", "c", "f", "k", "mm", "cm", "m", "km", "in", "inch", "inches",
    "ft", "mi", "mile", "miles", "yd", "nm", "um", "µm", "mg", "g", "kg", "lb", "lbs", "oz",
    "t", "l", "ml", "cl", "dl", "gal", "s", "sec", "secs", "second", "seconds", "ms", "us",
    "µs", "ns", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "d",
    "day", "days", "week", "weeks", "month", "months", "yr", "yrs", "year", "years", "w", "kw",
    "mw", "gw", "wh", "kwh", "mwh", "v", "mv", "kv", "a", "ma", "hz", "khz", "mhz", "ghz", "b",
    "kb", "mb", "gb", "tb", "pa", "kpa", "hpa", "mpa", "bar", "mbar", "psi", "mmhg", "bpm",
    "rpm", "hp", "bhp", "ps", "cc", "nm", "mph", "kmh", "km/h", "m/s", "km/kg", "kmpl", "mpg",
    "m2", "m²", "m3", "m³", "km2", "km²", "sqm", "sqft", "sq.ft.", "ha", "acre", "acres", "mol",
    "mmol", "mmol/l", "mg/dl", "g/dl", "g/l", "mg/l", "ug/m3", "µg/m3", "µg/m³", "ppm", "ppb",
    "db", "px", "pcs", "kcal", "cal", "j", "kj", "x", "岁", "年", "月", "天", "人", "个", "次",
    "公里", "米", "万", "亿", "平方米", "℃", "㎡", "㎏", "㎝", "㎜",
])  # fmt: skip
"""Units, in lower case."""

MAGNITUDES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9}
"""After an amount of money: thousands, millions, billions."""

NUMBERING = frozenset(["号", "號", "号线", "番", "番地", "番目", "班", "组", "組", "호", "번"])
"""Words after numbers that count nothing, as "No." does before them."""

SCALED = frozenset(["%", "\u2030", "万", "亿", "万元", "亿元", *MAGNITUDES])
"""Units that multiply the number before them."""
