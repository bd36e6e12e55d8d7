"""Organisers' texts: Markdown without raw HTML."""

import functools

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# "js-default" escapes HTML and refuses javascript: and data: links.
_MARKDOWN, _WITH_LINE_BREAKS = (
    MarkdownIt("js-default", {"linkify": False, "html": False, "breaks": breaks}).enable("table")
    for breaks in (False, True)
)


# Public texts are rendered on every request and change rarely.
@functools.lru_cache(maxsize=256)
def render_markdown(text: str, *, keep_line_breaks: bool = False) -> SafeString:
    """HTML of an organiser's text; raw HTML in it comes out escaped."""
    markdown = _WITH_LINE_BREAKS if keep_line_breaks else _MARKDOWN
    return mark_safe(markdown.render(text))  # noqa: S308
