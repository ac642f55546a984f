"""Chinese pages: their language and labels, and lines that end without a space."""

import re

CHINESE = "[\u3000-\u9fff\uff00-\uffef]"
BETWEEN_CHINESE_LINES = re.compile(rf"(?<={CHINESE})\n *(?={CHINESE}|\[)")
"""Ends of lines that a browser would show as a space where Chinese has none."""

LABELS = {
    "On this page": "本页内容", "Search": "搜索", "Previous": "上一页", "Next": "下一页",
    "Permanent link": "永久链接", "Dark": "深色", "Light": "浅色",
}  # fmt: skip
"""What the theme writes on every page, in Chinese."""


def as_chinese(text: str) -> str:
    """Return a page with its language named and Chinese labels."""
    text = text.replace('<html lang="en"', '<html lang="zh-CN"', 1)
    for label, chinese in LABELS.items():
        of_its_own = rf'((?:aria-label|title)="|>\s*){label}(?=[":]|\s*<)'
        text = re.sub(of_its_own, rf"\g<1>{chinese}", text)
    return text
