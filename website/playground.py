"""The sliders of "Try it": a piece of a page with its script, its figures and its words inside."""

import json
from pathlib import Path

HERE = Path(__file__).parent
FIGURES = HERE.parent / "benchmarks" / "figures" / "playground.json"

WORDS = json.loads((HERE / "playground_words.json").read_text(encoding="utf-8"))
ENGLISH, CHINESE = WORDS["en"], WORDS["zh"]


def playground() -> str:
    """Return the piece of the English page."""
    return _filled(ENGLISH)


def playground_in_chinese() -> str:
    """Return the piece of the Chinese page."""
    return _filled(CHINESE)


def table_of_losses() -> str:
    """Return the test losses after the last epoch as a table: what is seen without the script."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    rows = [
        f"| {rate:g} | {' | '.join(f'{curve[-1]:.2f}' for curve in curves)} |"
        for rate, curves in zip(found["rates"], found["test"], strict=True)
    ]
    head = " | ".join(f"λ = {each:g}" for each in found["lambdas"])
    return "\n".join([f"| | {head} |", f"|{'---|' * (len(found['lambdas']) + 1)}", *rows])


def _filled(words: dict[str, str]) -> str:
    text = (HERE / "playground.html").read_text(encoding="utf-8")
    return (
        text.replace("NOSCRIPT", words["noscript"])
        .replace("FIGURES", FIGURES.read_text(encoding="utf-8").strip())
        .replace("WORDS", json.dumps(words, ensure_ascii=False))
    )
