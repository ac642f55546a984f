"""The documentation site: nothing is left out of it, and its checker of links finds faults."""

import re
import tomllib
from pathlib import Path

import pytest

import dropdecay
from dropdecay import errors
from dropdecay.commands.about_install import SCHEMAS
from dropdecay.commands.options import OPTIONS
from website.architecture import HEADINGS, architecture, layers
from website.broken_links import broken_links
from website.chinese import BETWEEN_CHINESE_LINES, as_chinese
from website.files_of_a_run import fields_of
from website.one_liners import with_marked_one_liners
from website.options_page import options_of_commands
from website.tables import with_unbroken_numbers
from website.whole_options import with_whole_options

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text().split("\nnav:\n")[1]
    named = re.findall(r"^ +- .*: (\S+\.md)$", nav, re.MULTILINE)
    there = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert there == set(named) - {"changelog.md", "contributing.md", "reporting-a-flaw.md"}
    assert len(named) == len(set(named))


def test_the_reference_has_every_public_name():
    text = (DOCS / "reference" / "python.md").read_text()
    assert sorted(re.findall(r"^::: dropdecay\.(\w+)$", text, re.MULTILINE)) == dropdecay.__all__


def test_the_reference_has_every_public_name_for_torch():
    source = (ROOT / "src" / "dropdecay" / "torch" / "__init__.py").read_text()
    public = re.findall(r'"(\w+)"', source.split("__all__ =")[1])
    text = (DOCS / "reference" / "torch.md").read_text()
    assert set(re.findall(r"^::: dropdecay\.torch\.(\w+)$", text, re.MULTILINE)) == set(public)


def test_every_error_and_warning_has_a_remedy():
    text = (DOCS / "reference" / "errors.md").read_text()
    found = re.findall(r"^::: dropdecay\.errors\.(\w+)\n(?:    .*\n)+\n\*\*What to do", text, re.M)
    public = [
        name for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, errors.DropdecayError | Warning)
    ]  # fmt: skip
    assert found == public


def test_the_page_of_commands_has_every_option_with_its_parameter():
    text = options_of_commands()
    of_fit = text.split("## dropdecay check")[0]
    for option in OPTIONS:
        name = option.name.upper() if option.is_argument else option.name
        (row,) = [
            line for line in of_fit.splitlines()
            if re.match(rf"\| .*<code>{name}\b(?!-)[^|]*</code>", line.split(" | ")[0] + "</code>")
        ]  # fmt: skip
        assert not option.parameter or f"`{option.parameter}=`" in row, row


@pytest.mark.parametrize("command", SCHEMAS)
def test_every_field_that_is_printed_is_described(command):
    bare = [path for path, _, text in fields_of(command) if text in ("", "Not always there.")]
    assert bare == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<a href="gone.html">', "gone.html is not there"),
        ('<a href="page.html#gone">', "page.html#gone has no such heading"),
        ('<img src="gone.png">', "gone.png is not there"),
        (
            '<script src="https://example.org/x.js">',
            "loads https://example.org/x.js from elsewhere",
        ),
        (
            '<link rel="stylesheet" href="//example.org/x.css">',
            "loads //example.org/x.css from elsew",
        ),
    ],
)
def test_the_checker_finds_what_leads_nowhere_or_elsewhere(tmp_path, body, complaint):
    (tmp_path / "page.html").write_text(body)
    (found,) = broken_links(tmp_path)
    assert found.startswith(f"page.html: {complaint}")


def test_the_checker_is_content_with_links_that_lead_somewhere(tmp_path):
    (tmp_path / "page.html").write_text(
        '<h2 id="here"><a href="#here"><a href="page.html#here"><a href="https://example.org">'
    )
    assert broken_links(tmp_path) == []


def test_continuous_integration_builds_the_site():
    assert "make docs" in (ROOT / ".ci" / "run").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert all("==" in each for each in extras["docs"])


def test_a_chinese_page_says_so_and_has_chinese_labels():
    page = (
        '<html lang="en"><a title="Permanent link" aria-label="Next: 混淆">\n  On this page\n</a>'
        "<p>Search for Next in <code>Search()</code></p>"
    )
    assert as_chinese(page) == (
        '<html lang="zh-CN"><a title="永久链接" aria-label="下一页: 混淆">\n  本页内容\n</a>'
        "<p>Search for Next in <code>Search()</code></p>"
    )


def test_lines_of_chinese_end_without_a_space_before_a_link_too():
    assert BETWEEN_CHINESE_LINES.sub("", "来自\n[折](x)。\n也\nthe") == "来自[折](x)。也\nthe"
    assert BETWEEN_CHINESE_LINES.sub("", "- 单凭\n  运气\n\n  新段") == "- 单凭运气\n\n  新段"


def test_a_cell_breaks_in_front_of_an_interval_and_not_within():
    page = "| +1.5 (-0.2 to +3) | 4, 32, 0 | 2.8 (2.7-3.1) |\nIt is (1 to 3) or 4, 5, 6."
    assert with_unbroken_numbers(page) == (
        "| +1.5 (-0.2\u00a0to\u00a0+3) | 4,\u00a032,\u00a00 | 2.8 (2.7\u20113.1) |\n"
        "It is (1 to 3) or 4, 5, 6."
    )


def test_an_option_is_never_cut_behind_its_hyphens_and_blocks_of_code_stay_as_they_are():
    html = '<pre>fit --time day</pre> <code title="--no">fit --weight-decay 3</code> a--b'
    assert with_whole_options(html) == (
        '<pre>fit --time day</pre> <code title="--no">fit <span class="whole">--weight-decay</span>'
        " 3</code> a--b"
    )


def test_a_block_of_one_line_may_break_and_a_longer_one_may_not():
    block = '<div class="highlight"><pre><span></span><code>{}</code></pre></div>'
    marked = with_marked_one_liners(block.format("fit --lr\n") + block.format("fit\n--lr\n"))
    assert marked.startswith('<div class="highlight one-line"><pre><span></span><code>fit <span')
    assert marked.endswith(block.format("fit\n--lr\n"))


def test_the_picture_of_the_rooms_has_each_of_them_once_in_the_order_of_the_contract():
    rooms = [room for line in layers() for room in line]
    drawn = re.findall(r'text-anchor="middle" xml:space="preserve">([^<]+)<', architecture())
    assert [room for box in drawn for room in box.split("  |  ")] == rooms
    assert [each for each in HEADINGS if each not in rooms] == []
