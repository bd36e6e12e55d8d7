"""Form fields for values that the models keep as lists, and for days and times that can be reckoned with."""

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, validate_email
from django.utils.translation import gettext as _

from conference.requests import is_beyond_keys

# Beyond the calendar's edges there is no day before or after, nor the same instant in another time zone.
FIRST_YEAR, LAST_YEAR = 1900, 2200


def check_year(day: datetime.date | None) -> None:
    """Raises ValidationError for a day with which nothing can be reckoned."""
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a day between the years %(first)d and %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


class DayField(forms.DateField):
    def to_python(self, value: Any) -> datetime.date | None:
        day = super().to_python(value)
        check_year(day)
        return day


class MomentField(forms.DateTimeField):
    """A day and a time on the clock of the current time zone."""

    def to_python(self, value: Any) -> datetime.datetime | None:
        try:
            moment = super().to_python(value)
        except OverflowError:
            moment = datetime.datetime.min
        check_year(moment)
        return moment


class KnownRowsField(forms.ModelMultipleChoiceField):
    """Several rows of the database. A number that is beyond all keys is a choice like any other that is not offered."""

    def clean(self, value: Any) -> Any:
        for text in value if isinstance(value, list | tuple) else ():
            if is_beyond_keys(str(text)):
                raise ValidationError(
                    self.error_messages["invalid_choice"], "invalid_choice", {"value": str(text)[:20]}
                )
        return super().clean(value)


class _ListField(forms.CharField):
    """A list typed as one line. Django looks for NUL, which PostgreSQL does not store, in texts alone."""

    def clean(self, value: Any) -> Any:
        ProhibitNullCharactersValidator()(value)
        return super().clean(value)


class WordsField(_ListField):
    """A list of words without spaces, typed with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [word for word in re.split(r"[\s,;]+", value or "") if word]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class AddressesField(WordsField):
    """A list of e-mail addresses."""

    def run_validators(self, value: Any) -> None:
        for address in value or []:
            validate_email(address)


class PhrasesField(_ListField):
    """A list of phrases, which may have spaces, typed with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        phrases = (" ".join(phrase.split()) for phrase in re.split(r"[,;]+", value or ""))
        return list(dict.fromkeys(phrase for phrase in phrases if phrase))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])
