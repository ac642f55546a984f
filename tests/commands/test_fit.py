"""How ``fit`` reads its table and tells what it found."""

import pytest

from dropdecay.commands import fit
from dropdecay.commands.options import fit_options
from dropdecay.errors import BadSetting

RUSSIAN = "город,y\nМосква,1\nКазань,0\n"  # noqa: RUF001


@pytest.fixture
def frames(monkeypatch):
    """The tables that would be fitted."""
    seen = []
    monkeypatch.setattr(fit, "run_frame", lambda options, frame, *_, **__: seen.append(frame))
    return seen


def written(folder, data):
    (folder / "t.csv").write_bytes(data)
    return folder / "t.csv"


def test_what_was_found_out_about_the_file_goes_to_standard_error(tmp_path, frames, capsys):
    table = written(tmp_path, RUSSIAN.encode("cp1251"))

    fit.run_fit(fit_options(table=table, target="y"), as_json=True)

    printed = capsys.readouterr()
    assert printed.err.startswith("Read as Windows-1251, not UTF-8. ")
    assert printed.out == ""
    assert list(frames[0]) == ["город", "y"]


def test_quiet_says_nothing_of_the_file(tmp_path, frames, capsys):
    table = written(tmp_path, RUSSIAN.encode("cp1251"))

    fit.run_fit(fit_options(table=table, target="y"), as_json=False, quiet=True)

    assert capsys.readouterr().err == ""


def test_the_encoding_asked_for_is_used(tmp_path, frames):
    table = written(tmp_path, RUSSIAN.encode("cp866"))

    fit.run_fit(fit_options(table=table, target="y", encoding="cp866"), as_json=False)

    assert list(frames[0]) == ["город", "y"]


def test_an_unknown_encoding_is_refused(tmp_path, frames):
    table = written(tmp_path, RUSSIAN.encode())

    with pytest.raises(BadSetting, match="--encoding: there is no encoding 'utf9'"):
        fit.run_fit(fit_options(table=table, target="y", encoding="utf9"), as_json=False)
