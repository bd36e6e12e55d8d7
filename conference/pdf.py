"""Documents to print. WeasyPrint needs the system library Pango; without it only PDFs fail."""

import ctypes
import functools
import hashlib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from django.core import checks
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_page
from django.template.loader import get_template, render_to_string
from django.utils.translation import gettext as _

_VARIANT = "pdf/ua-1"
DEBIAN_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0"
# Under these names WeasyPrint looks for the two libraries on Linux, macOS and Windows.
_LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0"),
)


class PdfUnavailable(Exception):
    """This machine cannot make PDFs; the message says why and what to install."""

    def __init__(self) -> None:
        super().__init__(
            _("The library Pango is missing. On Debian, install it with: apt-get install %(packages)s")
            % {"packages": DEBIAN_PACKAGES}
        )


def _can_load(names: tuple[str, ...]) -> bool:
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


@functools.cache
def is_available() -> bool:
    """Whether PDFs can be made here. Looks for the libraries only: importing WeasyPrint takes half a second."""
    return all(_can_load(names) for names in _LIBRARIES)


def lay_out(template: str, context: Mapping[str, Any]) -> Any:
    """The pages of an HTML template as a WeasyPrint document, to be looked at before `write`.

    Nothing is fetched from disk or network: what the template shows stands in it. Raises PdfUnavailable without Pango.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PdfUnavailable from error
    html = HTML(string=render_to_string(template, dict(context)), url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return html.render(pdf_variant=_VARIANT)


def joined(documents: Sequence[Any]) -> Any:
    """One document of the pages of several, in their order: a large one can be laid out piece by piece.

    A template that counts pages counts those of its piece.
    """
    return documents[0].copy([page for document in documents for page in document.pages])


def write(document: Any) -> bytes:
    """The PDF/UA document of what `lay_out` made."""
    return document.write_pdf(pdf_variant=_VARIANT)


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF/UA document of an HTML template. Raises PdfUnavailable without Pango."""
    return write(lay_out(template, context))


def unavailable(request: HttpRequest, conference: Any, *, back: str = "") -> HttpResponse:
    """The page that says so where Pango is missing. `back` is the address of the page that can be printed instead."""
    context = {"conference": conference, "pdf_packages": DEBIAN_PACKAGES, "back": back}
    return render_page(request, "conference/pdf_unavailable.html", context, status=503)


@functools.cache
def look(templates: tuple[str, ...], code: Path) -> str:
    """A mark of what documents look like, for keeping them: it changes with these templates, with the Python files in
    the folder `code`, and with WeasyPrint.
    """
    sources = [get_template(name).template.source for name in templates]
    sources += [path.read_text(encoding="utf-8") for path in sorted(code.glob("*.py"))]
    return hashlib.sha256("\n".join([*sources, metadata.version("weasyprint")]).encode()).hexdigest()


@checks.register(deploy=True)
def check_pdf(app_configs: object, **_kwargs: object) -> list[checks.CheckMessage]:
    """Warns at `check --deploy` where PDFs cannot be made."""
    if is_available():
        return []
    return [
        checks.Warning(
            "PDFs cannot be made: the library Pango is missing.",
            hint=f"On Debian: apt-get install --no-install-recommends {DEBIAN_PACKAGES}",
            id="conference.W001",
        )
    ]
