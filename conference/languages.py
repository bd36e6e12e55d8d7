"""The official languages of the European Union, by ISO 639-1 code."""

import functools
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

OFFICIAL_LANGUAGES = {
    "bg": _("Bulgarian"),
    "es": _("Spanish"),
    "cs": _("Czech"),
    "da": _("Danish"),
    "de": _("German"),
    "et": _("Estonian"),
    "el": _("Greek"),
    "en": _("English"),
    "fr": _("French"),
    "ga": _("Irish"),
    "hr": _("Croatian"),
    "it": _("Italian"),
    "lv": _("Latvian"),
    "lt": _("Lithuanian"),
    "hu": _("Hungarian"),
    "mt": _("Maltese"),
    "nl": _("Dutch"),
    "pl": _("Polish"),
    "pt": _("Portuguese"),
    "ro": _("Romanian"),
    "sk": _("Slovak"),
    "sl": _("Slovenian"),
    "fi": _("Finnish"),
    "sv": _("Swedish"),
}


def language_name(code: str) -> str:
    return str(OFFICIAL_LANGUAGES.get(code, code))


def languages_by_name() -> tuple[tuple[str, str], ...]:
    """Codes and names, in the order of the names."""
    return _by_name(get_language())


@functools.cache
def _by_name(_language: str | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, str(name)) for code, name in OFFICIAL_LANGUAGES.items()), key=lambda pair: pair[1]))


def validate_language_codes(codes: Any) -> None:
    """Raises ValidationError unless `codes` is a list of official languages with at least one."""
    if not isinstance(codes, list) or not codes:
        raise ValidationError(_("Name at least one language."))
    unknown = [str(code) for code in codes if code not in OFFICIAL_LANGUAGES]
    if unknown:
        raise ValidationError(_("Not codes of official languages: %(codes)s"), params={"codes": ", ".join(unknown)})
