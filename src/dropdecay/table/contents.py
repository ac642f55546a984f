"""What the first bytes of a file say that it is, whatever its name ends in."""

import re

MAGIC = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow or Feather file",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip file",
    b"Rar!": "a RAR file",
    b"PK\x03\x04": "a zip file or spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"SQLite format 3": "a SQLite database",
    b"%PDF-": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"\x89PNG": "a picture",
    b"$FL2": "an SPSS file",
    b"<stata_dta>": "a Stata file",
}
"""First bytes -> what the file is."""

POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
"""How files begin that only say where a large file is kept."""

DRAWN = "a picture of a table, drawn with lines"

MARKUP = {
    rb"<(!doctype\s+html|html|head|body|table)\b": "a web page (HTML)",
    rb"<\?xml|<error\b|<rss\b": "XML",
    rb"\{\s*[\"}]|\[\s*[\[{\"]": "JSON",
    rb"@relation\b": "an ARFF file",
    rb"\|.*\|\s*\n\|[-:|\s]+\|\s*\n": "a Markdown table",
    rb"(?:[^\n]*\n){0,20}?[ \t]*(?:[-+=|]*-[-+=|]{6,}\s*\n[ \t]*\||-{3,}\+[-+]{3,}\s*\n)": DRAWN,
    rb"\xe2\x94\x8c|\xe2\x95\x94|\xe2\x95\xad": DRAWN,
    rb"[-+.\d]+( \d+:[-+.e\d]+)+\s*\n": "sparse rows (LIBSVM)",
}
"""How text begins that is no table of rows and columns -> what it is."""

SHEET = "Open it in a spreadsheet program and save the sheet as CSV (UTF-8)."

REMEDIES = {
    "a web page (HTML)": "Download the file itself: open the address in a browser and save it.",
    "XML": "Download the table itself as CSV.",
    "JSON": "Convert it: pandas.read_json(...).to_csv(..., index=False).",
    "sparse rows (LIBSVM)": "Convert them: sklearn.datasets.load_svmlight_file(...).",
    DRAWN: "Let the program write CSV: psql --csv, mysql --batch, SAP's export to a spreadsheet.",
    "a Markdown table": "Save it as CSV, without the line of dashes.",
    "an ARFF file": "Save it as CSV: in Weka, choose CSV when saving.",
    "a pointer of Git LFS": "Get the file itself: git lfs pull.",
    "a pointer of git-annex": "Get the file itself: git annex get.",
    "a zip file or spreadsheet": SHEET,
    "an old spreadsheet": SHEET,
    "a PDF document": "Copy its table into a spreadsheet and save that as CSV.",
}
"""What to do about a file that is none of the formats that can be read."""


def binary_kind(data: bytes) -> str | None:
    """Return what a file is by its first bytes, or None if they tell nothing."""
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)


def other_text(data: bytes) -> str | None:
    """Return what a text file holds instead of a table, such as "JSON", or None."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"").lower()
    if start.startswith(POINTERS[0]):
        return "a pointer of Git LFS"
    if start.startswith(POINTERS[1]):
        return "a pointer of git-annex"
    return next((kind for pattern, kind in MARKUP.items() if re.match(pattern, start)), None)


def looks_like(data: bytes) -> str:
    """Return what a file is, for a message: "a gzip file", "text" or "something else"."""
    if kind := binary_kind(data):
        return kind
    is_text = not re.search(rb"[\x00-\x08\x0e-\x1f]", data[:4096])
    return "text" if is_text else "something else"
