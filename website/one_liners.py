"""Commands of one line, which a phone breaks instead of letting them be pushed sideways."""

import re

from website.whole_options import with_options_marked

ONE_LINE = re.compile(r'<div class="highlight">(<pre><span></span><code>[^\n]*\n?</code></pre>)')


def with_marked_one_liners(html: str) -> str:
    """Return a page whose blocks of a single line have the class ``one-line``."""
    return ONE_LINE.sub(
        lambda found: f'<div class="highlight one-line">{with_options_marked(found[1])}', html
    )
