"""The figures of ``make bench`` that both READMEs show, between their marks."""

# ruff: noqa: RUF001
# Chinese commas and colons are meant.

import json
from typing import NamedTuple

from benchmarks.page import ROOT, Row, ratio, table

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
SHAPES = [("20-50-1", 1), ("64-50-50-10", 32), ("64-128-128-10", 64), ("64-512-512-10", 128)]
RIVALS = ["torch one by one", "torch stacked (bmm)", "JAX vmap and scan", "scikit-learn, rate 0"]


class Words(NamedTuple):
    """What one language says around the figures."""

    head: list[str]
    batch: str
    one_row: str
    dropout: list[str]
    fits: str
    narrow: str
    """Where ``fits`` were measured on a processor without AVX-512."""


WORDS = {
    "README.md": Words(
        ["a training step of many networks: Adam, relu, dropout 0.5", "µs, one thread",
         "against its products alone", "two threads: torch, one by one", "torch stacked", "JAX",
         "scikit-learn, no dropout"],
        "{}, batch {}",
        "{}, one row at a time",
        ["| `dropout()` on 4 million float32, one thread | {} ns an element |",
         "| faster than torch's | {} times |",
         "| faster than `x * np.random.binomial(1, 1 - rate, x.shape) / (1 - rate)` | {} times |",
         "| slower than copying the array | {} times |"],
        "One network's `fit` alone, against scikit-learn's{}, from 20-50-1 one row\n"
        "at a time to 784-800-800-10: {} times as fast. Two threads train a\n"
        "surface {} times as fast as one.",
        ", on an EPYC without AVX-512",
    ),
    "README.zh-CN.md": Words(
        ["多个网络的训练步：Adam、relu、dropout 0.5", "微秒（单线程）", "与仅做矩阵乘法相比",
         "双线程：torch 逐个", "torch 堆叠", "JAX", "scikit-learn（无 dropout）"],
        "{}，批大小 {}",
        "{}，逐行",
        ["| 对 400 万个 float32 调用 `dropout()`，单线程 | 每个元素 {} 纳秒 |",
         "| 比 torch 的快 | {} 倍 |",
         "| 比 `x * np.random.binomial(1, 1 - rate, x.shape) / (1 - rate)` 快 | {} 倍 |",
         "| 比复制该数组慢 | {} 倍 |"],
        "单个网络的 `fit` 与 scikit-learn 相比{}，从逐行的 20-50-1 到 784-800-800-10：\n"
        "速度为其 {} 倍。"
        "双线程训练曲面的速度是单线程的 {} 倍。",
        "（在不支持 AVX-512 的 EPYC 上）",
    ),
}  # fmt: skip


def figures_of(name: str) -> Row:
    """Read what one benchmark kept."""
    kept: Row = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
    return kept


def rows_of(name: str) -> list[Row]:
    """Read the rows that one benchmark kept."""
    rows: list[Row] = figures_of(name)["rows"]
    return rows


def written(words: Words) -> str:
    """Write tables and sentence in one language."""
    steps = {(row["sizes"], row["batch"]): row for row in rows_of("step")}
    beside = {
        (row["sizes"], row["batch"], row["rival"]): row["rival / ours"]
        for row in rows_of("step_of_rivals") if row["threads"] == 2
    }  # fmt: skip
    lines = []
    for sizes, batch in SHAPES:
        step = steps[sizes, batch]
        lines.append([
            (words.one_row if batch == 1 else words.batch).format(sizes, batch),
            f"{step['ours us a step']:.3g}" if batch < 128 else f"{step['ours us a step']:.0f}",
            ratio(step["ours / products"]), *(ratio(beside[sizes, batch, one]) for one in RIVALS),
        ])  # fmt: skip
    drop = next(row for row in rows_of("dropout") if row["elements"] == 4_000_000)
    numbers = [f"{drop['ours, ns an element']:.2f}", *(
        ratio(drop[key]) for key in ("torch / ours", "NumPy binomial / ours", "ours / copy")
    )]  # fmt: skip
    dropped = [line.format(number) for line, number in zip(words.dropout, numbers, strict=True)]
    dropped.insert(1, "| --- | --- |")
    fits = ", ".join(f"{row['scikit-learn / ours'][1]:.1f}" for row in rows_of("single_fit"))
    where = "" if "Skylake" in figures_of("single_fit")["machine"]["blas"] else words.narrow
    threads = [row for row in rows_of("growth") if row["what"] == "threads"]
    sentence = words.fits.format(where, fits, f"{threads[-1]['first / this'][1]:.2f}")
    return "\n\n".join([table(words.head, lines), "\n".join(dropped), sentence])


def main() -> None:
    """Put the kept figures between the marks of both READMEs."""
    for name, words in WORDS.items():
        path = ROOT.parent / name
        before, rest = path.read_text(encoding="utf-8").split(BEGIN)
        _, after = rest.split(END)
        text = f"{before}{BEGIN}\n\n{written(words)}\n\n{END}{after}"
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
