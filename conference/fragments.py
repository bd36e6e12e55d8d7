"""Parts of pages that a few plain values decide, kept as they were rendered before.

A fragment's template reads the values that it is given and nothing else: no request, no visitor, no database. Those
values, the language and the template's name are the key, so that nothing kept is ever out of date, and two people
share a fragment only where it would read the same to both.
"""

import functools

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Of a process; most have less than a kilobyte, those looked at longest ago go first.
KEPT = 4096


def fragment(template: str, **values: object) -> SafeString:
    """The template rendered with these values: text, numbers, dates without a time, or tuples of them.

    Raises TypeError for values that can change, such as lists and objects of the database.
    """
    if settings.DEBUG:
        # Who edits a template wants to see it.
        return render_to_string(template, values)
    return _rendered(template, get_language(), **values)


def forget() -> None:
    """Empties the memory of this process, as a new process has it."""
    _rendered.cache_clear()


# `typed`: True and 1 are equal, and so are text that is escaped already and the same text that is not.
@functools.lru_cache(maxsize=KEPT, typed=True)
def _rendered(template: str, _language: str | None, /, **values: object) -> SafeString:
    return render_to_string(template, values)
