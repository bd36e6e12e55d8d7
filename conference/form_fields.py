"""Form fields for values that the models keep as lists."""

import re
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator, validate_email


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
