"""A run whose table was piped in goes on when the same rows are piped in again."""

from io import BytesIO

from tests.commands.test_demo import stop_after
from tests.commands.test_whole_commands import SMALL, folder, invoke

__all__ = ["folder"]  # a fixture


class Terminal(BytesIO):
    def isatty(self):
        return True


def test_a_run_from_standard_input_goes_on_when_the_same_rows_are_piped_in_again(
    folder, monkeypatch
):
    rows = (folder / "people.csv").read_text()
    with monkeypatch.context() as stopping:
        stop_after(stopping, 5)
        stopped = invoke(folder, "fit", "-", "-t", "left", *SMALL, "-o", "long", text=rows)
    assert stopped.exit_code == 130
    assert "To resume: ... | dropdecay fit --resume long" in " ".join(stopped.stderr.split())

    others = rows.replace("\n3", "\n4")
    refused = invoke(folder, "fit", "--resume", "long", text=others)
    assert refused.exit_code == 2
    assert "other data" in refused.stderr
    done = invoke(folder, "fit", "--resume", "long", text=rows)
    assert done.exit_code == 0, done.output
    one, other = (invoke(folder, "predict", each, "people.csv").stdout for each in ("run", "long"))
    assert one == other


def test_a_run_from_standard_input_is_not_resumed_from_the_keyboard(folder, monkeypatch):
    rows = (folder / "people.csv").read_text()
    with monkeypatch.context() as stopping:
        stop_after(stopping, 5)
        invoke(folder, "fit", "-", "-t", "left", *SMALL, "-o", "typed", text=rows)
    monkeypatch.setattr("dropdecay.commands.fit.standard_input", Terminal)
    refused = invoke(folder, "fit", "--resume", "typed")
    assert refused.exit_code == 2
    assert "again: ... | dropdecay fit --resume typed" in " ".join(refused.stderr.split())
