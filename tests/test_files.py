"""A file is complete or absent, its mode follows the umask, and no planted link is followed."""

import ast
import os
import stat
import sys
from pathlib import Path

import pytest

from dropdecay.errors import BadInput
from dropdecay.files import (
    check_new_file,
    growing_file,
    growing_folder,
    other_schema,
    write_file,
    write_folder,
)
from tests.limits import files_of_at_most

SRC = Path(__file__).parent.parent / "src" / "dropdecay"
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and limits of POSIX")


def names_in(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def victim(tmp_path):
    """Make a file outside the folder being written to, as the target of a planted link."""
    file = tmp_path / "victim"
    file.write_text("precious")
    return file


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "folder"
    place.mkdir()
    return place


# What is written


@pytest.mark.parametrize("content", ["größe\n大", b"\x00\xff", memoryview(b"123"), "", b""])
def test_a_file_holds_what_was_given_and_nothing_else_is_left_in_the_folder(folder, content):
    write_file(folder / "f", content)

    expected = content.encode() if isinstance(content, str) else bytes(content)
    assert (folder / "f").read_bytes() == expected
    assert names_in(folder) == ["f"]


def test_an_existing_file_is_replaced(folder):
    (folder / "f").write_text("a longer text than the new one")

    write_file(folder / "f", "new")

    assert (folder / "f").read_text() == "new"


def test_a_growing_file_gets_its_name_when_it_is_complete(folder):
    with growing_file(folder / "f") as file:
        file.write(b"one ")
        (partial,) = names_in(folder)
        assert partial.startswith(".")
        file.write(b"two")

    assert (folder / "f").read_bytes() == b"one two"
    assert names_in(folder) == ["f"]


def grow(path, parts):
    with growing_file(path) as file:
        for part in parts:
            file.write(part)


def broken_off():
    yield b"one"
    raise KeyboardInterrupt


def test_a_growing_file_replaces_nothing_and_leaves_nothing_of_what_broke_off(folder):
    with pytest.raises(KeyboardInterrupt):
        grow(folder / "f", broken_off())
    assert names_in(folder) == []

    (folder / "f").write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        grow(folder / "f", [b"one"])
    assert (folder / "f").read_text() == "precious"


@posix
def test_a_growing_file_that_does_not_fit_is_removed(folder):
    with files_of_at_most(1000), pytest.raises(BadInput, match="Make room"):
        grow(folder / "f", [bytes(1000)] * 100)
    assert names_in(folder) == []


def test_half_a_surrogate_pair_is_written_as_an_escape(folder):
    write_file(folder / "f", "a\ud800b")

    assert (folder / "f").read_bytes() == b"a\\ud800b"


@posix
def test_a_name_may_be_as_long_as_the_system_allows(folder):
    write_file(folder / ("n" * 255), "x")
    write_folder(folder / ("m" * 255), {"k" * 255: "x"}, "Choose another.")

    assert names_in(folder) == ["m" * 255, "n" * 255]


@posix
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_permissions_follow_the_umask(folder, umask):
    before = os.umask(umask)
    try:
        write_file(folder / "f", "x")
        write_folder(folder / "m", {"g": "x"}, "Choose another.")
    finally:
        os.umask(before)

    for name in ("f", "m/g"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((folder / "m").stat().st_mode) == 0o777 & ~umask


def test_a_file_is_on_disk_before_it_gets_its_final_name(folder, monkeypatch):
    steps = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), sync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda *a: (steps.append("name"), replace(*a))[1])

    write_file(folder / "f", "x")

    assert steps[:2] == ["sync", "name"]
    assert steps[2:] == ([] if sys.platform == "win32" else ["sync"])  # the folder


# Planted links


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_at_the_final_name_is_replaced_and_not_followed(folder, victim, dangling):
    aim = folder.parent / "nothing" if dangling else victim
    (folder / "f").symlink_to(aim)

    write_file(folder / "f", "new")

    assert not (folder / "f").is_symlink()
    assert (folder / "f").read_text() == "new"
    assert victim.read_text() == "precious"
    assert not (folder.parent / "nothing").exists()


@posix
def test_links_at_guessable_names_are_not_followed(folder, victim):
    planted = [".f.partial", "f.partial", ".f.tmp", "f.tmp", "f~", ".f.part", f".f.{os.getpid()}"]
    for name in planted:
        (folder / name).symlink_to(victim)

    write_file(folder / "f", "new")

    assert victim.read_text() == "precious"
    assert names_in(folder) == sorted([*planted, "f"])


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_at_the_random_name_is_rejected_and_left_in_place(
    folder, victim, monkeypatch, dangling
):
    monkeypatch.setattr("secrets.token_hex", lambda n: "guessed")
    aim = folder.parent / "nothing" if dangling else victim
    (folder / ".guessed.partial").symlink_to(aim)

    with pytest.raises(BadInput, match="f cannot be written: File exists"):
        write_file(folder / "f", "new")
    with pytest.raises(BadInput, match="m cannot be written: File exists"):
        write_folder(folder / "m", {"g": "x"}, "Choose another.")

    assert victim.read_text() == "precious"
    assert names_in(folder) == [".guessed.partial"]
    assert not (folder.parent / "nothing").exists()


# Completely or not at all


@posix
def test_if_a_file_does_not_fit_the_existing_one_is_kept(folder):
    write_file(folder / "f", "old")

    with files_of_at_most(1000), pytest.raises(BadInput, match=r"f cannot be .*\. Make room and"):
        write_file(folder / "f", bytes(100_000))

    assert names_in(folder) == ["f"]
    assert (folder / "f").read_text() == "old"


@posix
def test_if_a_folder_does_not_fit_nothing_is_left_of_it(folder):
    with files_of_at_most(1000), pytest.raises(BadInput, match=r"m cannot be .*\. Make room and"):
        write_folder(folder / "m", {"small": b"1", "large": bytes(100_000)}, "Choose another.")

    assert names_in(folder) == []


@pytest.mark.parametrize(
    ("owner", "step"), [(os, "fdopen"), (os, "fsync"), (Path, "replace"), (Path, "rename")]
)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_wherever_writing_fails_nothing_is_left(folder, monkeypatch, owner, step, error):
    def stopped(*args, **kwargs):
        raise error

    write = (
        (lambda: write_folder(folder / "m", {"a": "x", "b": "y"}, "Choose another."))
        if step == "rename"
        else (lambda: write_file(folder / "f", "x"))
    )
    monkeypatch.setattr(owner, step, stopped)

    with pytest.raises((KeyboardInterrupt, BadInput)) as caught:
        write()

    assert isinstance(caught.value, BadInput) == isinstance(error, OSError)
    monkeypatch.undo()
    assert names_in(folder) == []


def test_the_message_names_the_requested_file_and_the_remedy(folder):
    with pytest.raises(BadInput) as caught:
        write_file(folder / "no" / "f", "x", "Make its folder.")

    said = str(caught.value)
    assert said == (
        f"{folder / 'no' / 'f'} cannot be written: No such file or directory. Make its folder."
    )


def test_a_growing_folder_gets_its_name_when_it_is_complete(folder):
    with growing_folder(folder / "m") as new_file:
        for name in ("a", "b/c"):
            with new_file(name) as file:
                file.write(name.encode())
        assert names_in(folder) != ["m"]

    assert names_in(folder) == ["m"]
    assert (folder / "m" / "b" / "c").read_bytes() == b"b/c"


def test_a_growing_folder_leaves_nothing_of_what_broke_off(folder):
    def write():
        with growing_folder(folder / "m") as new_file:
            with new_file("a") as file:
                file.write(b"a")
            raise KeyError

    with pytest.raises(KeyError):
        write()

    assert names_in(folder) == []


@pytest.mark.parametrize("there", ["folder", "file", pytest.param("link", marks=posix)])
def test_a_folder_replaces_nothing(folder, there):
    target = folder / "m"
    if there == "link":
        target.symlink_to(folder / "nowhere")
    else:
        target.mkdir() if there == "folder" else target.write_text("mine")

    with pytest.raises(BadInput, match="m exists already; nothing is overwritten"):
        write_folder(target, {"a": "x"}, "Choose another.")

    assert names_in(folder) == ["m"]


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
def test_a_name_that_is_taken_is_refused_before_the_work(folder, there):
    path = folder / "said.csv"
    if there == "file":
        path.write_text("kept")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(BadInput, match=r"said\.csv exists already"):
        check_new_file(path)
    assert names_in(folder) == ["said.csv"]


def test_a_missing_folder_is_refused_before_the_work(folder):
    check_new_file(folder / "said.csv")
    with pytest.raises(BadInput, match=r"There is no folder .*/no to write into"):
        check_new_file(folder / "no" / "said.csv")
    assert names_in(folder) == []


# Schema versions


@pytest.mark.parametrize(
    ("found", "todo"), [(1, "Fit it again."), (3, "Install a later dropdecay.")]
)
def test_a_different_schema_is_reported_with_its_writer_and_the_remedy(found, todo):
    said = other_schema("The model", found, 2, "0.1.0", "Fit it again.")

    assert said == (
        f"The model was written by dropdecay 0.1.0 in schema version {found}; this dropdecay reads "
        f"version 2. {todo}"
    )


# No other module writes files

WRITING = {
    "write_text", "write_bytes", "touch", "mkdir", "makedirs", "rename", "symlink_to",
    "hardlink_to", "savefig", "tofile", "save", "savez", "savez_compressed", "savetxt", "save_file",
    "save_model", "dump", "write_html", "to_zarr", "to_pickle", "to_excel",
}  # fmt: skip
WRITING_IF_GIVEN_A_PATH = {"to_netcdf", "to_csv", "to_json", "to_parquet", "to_feather", "to_html"}
WRITING_OF_A_MODULE = {
    "os": {"open", "replace", "link", "symlink", "mkfifo", "fdopen"},
    "shutil": {"copy", "copy2", "copyfile", "copyfileobj", "copytree", "move", "make_archive"},
    "sqlite3": {"connect"},
}
ALLOWED = {
    ("surface/store.py", "connect"): "SQLite writes its file itself, one transaction a run",
    ("report/figure_files.py", "savefig"): "into memory",
    ("table/write_excel.py", "save"): "into the file that is being written",
    ("data/encoded_folds.py", "write_bytes"): "into a temporary folder of its own, then mapped",
    ("data/encoded_files.py", "mkdir"): "a folder of its own, removed when the fit ends",
    ("data/encoded_files.py", "touch"): "into that folder",
    ("data/row_maps.py", "open"): "into that folder, then mapped",
    ("data/row_maps.py", "write_bytes"): "into that folder",
    ("cluster/executor.py", "touch"): "a sign for workers, in a temporary folder",
    ("cluster/packed.py", "dump"): "into memory",
    ("cluster/shared_files.py", "open"): "into a temporary folder of its own, for workers",
    ("cluster/shared_files.py", "dump"): "into that file",
    ("cluster/shared_files.py", "save"): "into that folder, then mapped",
    ("cluster/worker_process.py", "fdopen"): "pipes",
    ("cluster/worker_process.py", "open"): "the null device",
    ("commands/run_folder.py", "mkdir"): "the working folder, whose name must be found again",
    ("commands/run_folder.py", "rename"): "the working folder takes its final name",
    ("commands/run_folder.py", "connect"): "counts the networks of a store that it does not make",
    ("kernels/compiled.py", "mkdir"): "numba's cache, in the user's own folder for caches",
    ("kernels/compiled.py", "open"): "a lock beside that cache",
    ("commands/demo.py", "mkdir"): "the folder that the runs are put into",
}


def writing_calls(source):
    """Return the names of calls in a source that may write a file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            if node.func.id == "open" and opens_for_writing(node):
                yield "open"
        elif isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            module = owner.id if isinstance(owner, ast.Name) else ""
            if (
                name in WRITING
                or (name in WRITING_IF_GIVEN_A_PATH and takes_a_path(node))
                or name in WRITING_OF_A_MODULE.get(module, ())
                or (name == "open" and opens_for_writing(node))
            ):
                yield name


def takes_a_path(call):
    return bool(call.args) or any("path" in (each.arg or "path") for each in call.keywords)


def opens_for_writing(call):
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant)]
    modes = [mode for mode in modes if isinstance(mode, str) and set(mode) <= set("rwxabt+")]
    return any(set(mode) & set("wxa+") for mode in modes)


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda path: path.name)
def test_no_other_module_writes_a_file(path):
    place = path.relative_to(SRC).as_posix()
    if place == "files.py":
        return

    assert [name for name in writing_calls(path.read_text()) if (place, name) not in ALLOWED] == []


@pytest.mark.parametrize(
    "source",
    [
        "open('f', 'w')", "open('f', mode='ab')", "path.open('r+')", "gzip.open(path, 'wb')",
        "os.open(path, flags)", "path.write_text('x')", "path.write_bytes(b'x')", "np.save(p, x)",
        "frame.to_csv(path)", "frame.to_csv(path_or_buf=path)", "results.to_netcdf(path)",
        "figure.savefig(path)", "shutil.copy(a, b)", "path.rename(other)", "os.replace(a, b)",
        "skops.io.dump(model, path)", "sqlite3.connect(path)",
    ],
)  # fmt: skip
def test_the_rule_recognises_calls_that_write(source):
    assert list(writing_calls(source))


@pytest.mark.parametrize(
    "source",
    ["open('f')", "open('f', 'rb')", "path.open('rb')", "archive.open(entry)", "text.replace(a, b)",
     "frame.to_csv(index=False)", "results.to_netcdf(engine='scipy')", "json.dumps(x)", "x.copy()"],
)  # fmt: skip
def test_the_rule_allows_reading_and_writing_to_memory(source):
    assert not list(writing_calls(source))
