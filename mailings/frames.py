"""HTML of a mail as a document of its own, shown inside an organiser's page and shut in by its own policy."""

import re

from django.http import HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _

# Mails style themselves inline; nothing else may load or run, and links open beside the page.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


def html_frame(html: str, *, subject: str = "") -> HttpResponse:
    """The HTML part of a mail; with `subject` as its first line where the page around does not show it."""
    html = re.sub(r"(?i)<head[^>]*>", lambda head: f'{head[0]}<base target="_blank">', html, count=1)
    if subject:
        line = f'<p style="margin:0;padding:12px 24px;">{escape(_("Subject:"))} <strong>{escape(subject)}</strong></p>'
        html = re.sub(r"(?i)<body[^>]*>", lambda body: body[0] + line, html, count=1)
    return _framed(HttpResponse(html))


def text_frame(text: str, *, subject: str) -> HttpResponse:
    """The text part of a mail under its subject."""
    return _framed(HttpResponse(f"{_('Subject:')} {subject}\n\n{text}", content_type="text/plain; charset=utf-8"))


def _framed(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    return response
