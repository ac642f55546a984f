"""The pictures of a run's page in ``docs``: on a desktop, in the dark, on a phone and on paper.

    python -m benchmarks.report_pictures

It writes the table of "The first surface", lets its command run, half a minute, and photographs
the page with Chromium and playwright.
"""

import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import Browser, sync_playwright
from sklearn.datasets import load_breast_cancer

DOCS = Path(__file__).parent.parent / "docs"
FIT = ("--target", "target", "--dropout", "0,0.2,0.4,0.6", "--weight-decay", "0,0.3,1,3,10")

MARGIN = 57
"""Of paper, 15 mm at 96 dots an inch."""
DESKTOP, PHONE, PAPER = (1280, 1330), (390, 1700), (794 - 2 * MARGIN, 1123 - 2 * MARGIN)
PICTURES = {
    "report": (DESKTOP, {"color_scheme": "light"}),
    "report-dark": (DESKTOP, {"color_scheme": "dark"}),
    "report-phone": (PHONE, {"color_scheme": "light"}),
    "report-print": (PAPER, {"color_scheme": "light"}),
}
"""Width and height in pixels, and what the browser is told."""


def main() -> None:
    """Run and photograph."""
    with tempfile.TemporaryDirectory() as folder:
        page = page_of_a_run(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            for name in PICTURES:
                photograph(browser, page, name)


def page_of_a_run(folder: Path) -> Path:
    """Let the command of the first page run in a folder, and return its page."""
    data = load_breast_cancer(as_frame=True)
    table = data.frame
    table["target"] = data.target_names[data.target]
    table.to_csv(folder / "breast_cancer.csv", index=False)
    command = [sys.executable, "-m", "dropdecay", "fit", "breast_cancer.csv", *FIT]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "breast_cancer-dropdecay" / "report.html"


def photograph(browser: Browser, page: Path, name: str) -> None:
    """Save one picture of a page."""
    (width, height), told = PICTURES[name]
    context = browser.new_context(viewport={"width": width, "height": height}, **told)
    opened = context.new_page()
    opened.goto(page.as_uri())
    if name == "report-print":
        opened.emulate_media(media="print")
    picture = Image.open(BytesIO(opened.screenshot())).convert("RGB")
    if name == "report-print":
        picture = ImageOps.expand(picture, MARGIN, "white")
    picture.quantize(256).save(DOCS / f"{name}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    main()
