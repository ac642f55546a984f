"""Claim: axe-core finds nothing serious on the pages of runs, in light and in dark.

    python -m benchmarks.page_check AXE RUN [RUN ...]

AXE is ``axe.min.js`` of axe-core (``npm install axe-core``), RUN a folder that fit wrote. It needs
Chromium and playwright.
"""

import shutil
import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

GRAVE = ("serious", "critical")
SCHEMES, WIDTHS = ("light", "dark"), (390, 1280)


OPEN_ALL = "for (const part of document.querySelectorAll('details')) part.open = true"


def main(axe: Path, runs: list[Path]) -> int:
    """Print what is found; return the number of grave findings."""
    grave = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for run, scheme, width in product(runs, SCHEMES, WIDTHS):
            context = browser.new_context(
                bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
            )
            page = context.new_page()
            page.goto((run / "report.html").resolve().as_uri())
            page.evaluate(OPEN_ALL)
            page.add_script_tag(path=axe)
            for each in page.evaluate("axe.run()")["violations"]:
                places = [node["html"][:110] for node in each["nodes"][:3]]
                print(run, scheme, width, each["impact"], each["id"], *places, sep="\n  ")
                grave += each["impact"] in GRAVE
            context.close()
    print(f"{grave} serious or critical findings")
    return grave


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])))
