"""``make docs``: the site in ``build/site``, from the pages in ``docs/``; any warning fails it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from website.architecture import architecture
from website.broken_links import broken_links
from website.chinese import BETWEEN_CHINESE_LINES, as_chinese
from website.files_of_a_run import files_of_a_run
from website.formulas import with_formulas
from website.one_liners import with_marked_one_liners
from website.options_page import exit_codes, options_of_commands
from website.playground import playground, playground_in_chinese, table_of_losses
from website.tables import with_unbroken_numbers
from website.whole_options import with_whole_options

ROOT = Path(__file__).parent.parent
PAGES, SITE = ROOT / "build" / "pages", ROOT / "build" / "site"

ALSO = {
    "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting-a-flaw.md",
}  # fmt: skip
"""Pages of the repository's root that the site shows as well, and their names there."""

GENERATED: dict[str, Callable[[], str]] = {
    "options of the commands": options_of_commands,
    "exit codes": exit_codes,
    "files of a run": files_of_a_run,
    "playground": playground,
    "playground in Chinese": playground_in_chinese,
    "losses of the playground": table_of_losses,
    "architecture": architecture,
}
"""What stands in a page for ``<!-- generated: NAME -->``."""


def main() -> int:
    """Build the site; return 0 if there was no warning and no broken link."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES)
    for name, shown_as in ALSO.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        for other, its_name in ALSO.items():
            text = text.replace(f"]({other}", f"]({its_name}")
        (PAGES / shown_as).write_text(text, encoding="utf-8")
    for page in PAGES.rglob("*.md"):
        text = finished(page.read_text(encoding="utf-8"))
        page.write_text(without_links_to_sources(text, page.relative_to(PAGES)), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    print(said, end="")
    _mend_pages()
    broken = broken_links(SITE)
    print(*broken, sep="\n", end="\n" if broken else "")
    return int(done.returncode != 0 or "warning" in said.lower() or bool(broken))


def finished(text: str) -> str:
    """Return a page with its generated parts, its formulas and its tables, Chinese lines joined."""
    for name, make in GENERATED.items():
        mark = f"<!-- generated: {name} -->"
        if mark in text:
            text = text.replace(mark, make())
    return with_formulas(with_unbroken_numbers(BETWEEN_CHINESE_LINES.sub("", text)))


def without_links_to_sources(text: str, page: Path) -> str:
    """Return a page whose links to files of the repository, which the site lacks, name them."""

    def named(found: re.Match[str]) -> str:
        target = os.path.normpath(Path("docs", page).parent / found[2])
        return found[0] if target.startswith("docs") else f"{found[1]} (`{target}`)"

    return re.sub(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#]+)\)", named, text)


def _mend_pages() -> None:
    """Keep options whole, let commands break on phones, and say which pages are Chinese."""
    for page in SITE.rglob("*.html"):
        html = with_marked_one_liners(with_whole_options(page.read_text(encoding="utf-8")))
        is_chinese = page.is_relative_to(SITE / "zh")
        page.write_text(as_chinese(html) if is_chinese else html, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
