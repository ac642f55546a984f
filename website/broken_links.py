"""Links and pictures of a built site that lead nowhere, and what it would load from elsewhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src"}
"""What a browser fetches by itself."""

RELATIONS_NOT_LOADED = {"canonical", "next", "prev", "alternate"}


class _Page(HTMLParser):
    """The names that a page can be pointed at, and what it points to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the name and the target of a tag."""
        given = dict(attrs)
        self.names |= {given[key] or "" for key in ("id", "name") if key in given}
        key = "href" if tag == "a" else LOADS.get(tag, "")
        target = given.get(key)
        if target is not None:
            loaded = tag != "a" and given.get("rel") not in RELATIONS_NOT_LOADED
            self.links.append((target, loaded))


def broken_links(site: Path) -> list[str]:
    """Return a line for every link within the site that leads nowhere, and every foreign load."""
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site.resolve())}: {complaint}"
        for path, page in pages.items() if path.name != "404.html"
        for complaint in _complaints(path, page, pages)
    ]  # fmt: skip


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _complaints(path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for target, loaded in page.links:
        parts = urlsplit(target)
        if parts.scheme == "data" or ((parts.scheme or parts.netloc) and not loaded):
            continue
        if parts.scheme or parts.netloc:
            yield f"loads {target} from elsewhere"
            continue
        place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        place = place / "index.html" if place.is_dir() else place
        if not place.exists():
            yield f"{target} is not there"
        elif parts.fragment and place in pages and not _has(pages[place], parts.fragment):
            yield f"{target} has no such heading"


def _has(page: _Page, fragment: str) -> bool:
    return unquote(fragment) in page.names or fragment.startswith("__")
