"""Sentences about initiatives."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from marketplace.catalogue import OFFERS_SOUGHT, SAME_TOPIC, SEEKS_OFFERED, Related


def reason_in_words(found: Related, words: Mapping[int, str]) -> str:
    """Why a related initiative is named, such as “Same topic, other country: schools”."""
    word = {"word": words.get(found.about, "")}
    if found.reason == OFFERS_SOUGHT:
        return _("Offers what this initiative seeks: %(word)s") % word
    if found.reason == SEEKS_OFFERED:
        return _("Seeks what this initiative offers: %(word)s") % word
    if found.reason == SAME_TOPIC:
        if found.other_country:
            return _("Same topic, other country: %(word)s") % word
        return _("Same topic: %(word)s") % word
    if found.other_country:
        return _("For the same people, other country: %(word)s") % word
    return _("For the same people: %(word)s") % word
