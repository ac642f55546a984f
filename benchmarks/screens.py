"""The pictures of the page that the docs show: desktop in light and dark, phone, paper.

    python -m benchmarks.screens RUN

RUN is the folder that the README's first command writes. It needs Chromium and playwright.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

DOCS = Path(__file__).parent.parent / "docs"

SCREENS = (
    ("report", "light", 1120, 1270),
    ("report-dark", "dark", 1120, 1270),
    ("report-phone", "light", 390, 1700),
    ("report-phone-dark", "dark", 390, 1700),
)
"""Name, colours, width and height in px."""

PAPER, MARGINS = (794, 1123), (53, 57)
"""A4 at 96 dots an inch, and the margins that the page asks for when it is printed."""


def pictures(browser: Browser, run: Path) -> None:
    """Write all pictures of a run."""
    address = (run / "report.html").resolve().as_uri()
    for name, scheme, width, height in SCREENS:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(address)
        keep(name, page.screenshot())
    width, height = (PAPER[k] - 2 * MARGINS[k] for k in range(2))
    page = browser.new_page(viewport={"width": width, "height": height})
    page.emulate_media(media="print")
    page.goto(address)
    sheet = Image.new("RGB", PAPER, "white")
    sheet.paste(Image.open(io.BytesIO(page.screenshot())), MARGINS)
    written = io.BytesIO()
    sheet.save(written, "PNG")
    keep("report-print", written.getvalue())


def keep(name: str, png: bytes) -> None:
    """Write a picture with a palette of 256 colours, a third of the size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(DOCS / f"{name}.png", optimize=True)


def main(run: Path) -> None:
    """Open the page of a run and write its pictures into the docs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        pictures(browser, run)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
