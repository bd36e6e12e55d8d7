"""Organisers' texts: Markdown without raw HTML."""

import functools

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# "js-default" escapes HTML and refuses javascript: and data: links.
_MARKDOWN = MarkdownIt("js-default", {"linkify": False, "html": False}).enable("table")


# Public texts are rendered on every request and change rarely.
@functools.lru_cache(maxsize=256)
def render_markdown(text: str) -> SafeString:
    """HTML of an organiser's text; raw HTML in it comes out escaped."""
    return mark_safe(_MARKDOWN.render(text))  # noqa: S308
