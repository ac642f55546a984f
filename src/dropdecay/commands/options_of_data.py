"""Options of ``dropdecay fit``: which table, what its columns are for, and how they are read."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import FLAG, PATH, TEXT, TEXTS, WHOLE, choice
from dropdecay.table.names import AS_THEY_STAND

DATA = in_group(
    "Data",
    Option("table", PATH, None,
           "CSV, TSV or other text (.gz, .bz2, .xz, .zst and .zip too), Parquet, Feather, JSONL or "
           "Excel file; or a folder or quoted pattern of Parquet files, which may be larger than "
           "memory; -: CSV from standard input."),
    Option("--target", TEXT, None, "The column to predict.", metavar="COLUMN",
           aliases=("-t",)),
    Option("--task", choice("auto", "classification", "regression"), "auto",
           "What is predicted: classes or values; auto: found out from the target."),
    Option("--group", TEXT, None,
           "Column of groups (patients, customers): a group is never split across folds.",
           metavar="COLUMN", aliases=("-g",)),
    Option("--time", TEXT, None,
           "Column of dates or numbers: the later half of the rows is validated in --folds blocks, "
           "each by networks trained on the rows before it. Nothing is learnt from the column. "
           f"{AS_THEY_STAND}: the rows stand in the order of time.",
           metavar="COLUMN"),
    Option("--weight", TEXT, None, "Column of the rows' weights, 0 or larger.", metavar="COLUMN"),
    Option("--id", TEXTS, None,
           "Column that names the rows, such as a customer number: nothing is learnt from it, and "
           "predict copies it in front of the predictions. May be repeated."),
    Option("--drop", TEXTS, None, "Column to leave out. May be repeated."),
    Option("--drop-missing-target", FLAG, False, "Leave rows without a target out."),
    Option("--categorical", TEXTS, None,
           "Column of names, though they may be numbers: --as COLUMN=category. May be repeated."),
    Option("--as", TEXTS, None,
           "Read a column as number, category, date or boolean. May be repeated.",
           metavar="COLUMN=KIND"),
    Option("--ordinal", TEXTS, None,
           "Words of a column in their order, such as 'size=small<medium<large'. May be repeated.",
           metavar="COLUMN=A<B<C"),
    Option("--missing", TEXT, None,
           "Words and numbers that stand for a missing value, such as -999,unknown, in place of "
           "those that are found; none: no further ones.", metavar="WORDS"),
    Option("--decimal", TEXT, None, "Mark of decimals: a point or a comma. Default: found.",
           metavar="MARK"),
    Option("--thousands", TEXT, None, "Mark of thousands. Default: found.", metavar="MARK"),
    Option("--encoding", TEXT, None,
           "Encoding of a text file, such as cp1252, gb18030 or shift_jis. Default: found out from "
           "its bytes.", metavar="NAME"),
    Option("--encoder-rows", WHOLE, None,
           "Rows, drawn at random, that teach the encoder of Parquet files, and that no fold "
           "validates. Default: 100,000 from a million rows on; smaller tables are read into "
           "memory."),
    Option("--ignore", TEXTS, None, "Finding not to tell of. May be repeated.", metavar="CODE"),
    Option("--fail-on", TEXTS, None,
           "Stop before training if this is found. May be repeated.", metavar="CODE"),
)  # fmt: skip
