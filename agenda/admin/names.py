"""Choosing a person or a delegation by typing the name: one list a page, however many rows there are, by keyboard."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from agenda.models import Speaker
from conference.models import Conference
from registrations.models import Delegation


class NameList:
    """What can be chosen, by the words that stand in the list. Who shares a name is told apart by a number."""

    def __init__(self, named: Iterable[tuple[str, str, models.Model]]) -> None:
        self.by_words: dict[str, models.Model] = {}
        self.by_name: dict[str, list[models.Model]] = defaultdict(list)
        self._words: dict[int, str] = {}
        listed = [(name, f"{name}, {more}" if more else name, one) for name, more, one in named]
        times = Counter(words.casefold() for _name, words, _one in listed)
        for name, words, one in listed:
            told_apart = f"{words} ({one.pk})" if times[words.casefold()] > 1 else words
            self.by_words[told_apart.casefold()] = one
            self.by_name[name.casefold()].append(one)
            self._words[one.pk] = told_apart

    @property
    def words(self) -> list[str]:
        return list(self._words.values())

    def words_of(self, number: Any) -> str:
        return self._words.get(number, "")

    def find(self, words: str) -> models.Model | None:
        """By the words of the list, or by a name that only one has."""
        folded = " ".join(words.split()).casefold()
        same = self.by_name.get(folded, [])
        return self.by_words.get(folded) or (same[0] if len(same) == 1 else None)


def speakers_of(conference: Conference) -> NameList:
    speakers = sorted(
        Speaker.objects.filter(conference=conference).with_names(), key=lambda speaker: speaker.sorted_name
    )
    return NameList(
        (" ".join(speaker.full_name.split()), " ".join(speaker.organisation_now.split()), speaker)
        for speaker in speakers
    )


def delegations_of(conference: Conference) -> NameList:
    delegations = Delegation.objects.filter(conference=conference).order_by("name", "pk")
    return NameList((" ".join(delegation.name.split()), "", delegation) for delegation in delegations)


class NameField(forms.CharField):
    """The name of one of `names`, which the form sets; `list_id` is the page's list of all."""

    names: NameList

    def __init__(self, *, list_id: str, unknown: Any, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"list": list_id, "autocomplete": "off"}), **options)
        self.unknown = unknown

    def prepare_value(self, value: Any) -> Any:
        return self.names.words_of(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        words = super().to_python(value)
        if not words:
            return None
        found = self.names.find(words)
        if found is None:
            raise ValidationError(self.unknown, params={"name": words})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.names.words_of(initial) != " ".join((data or "").split())

    def run_validators(self, value: Any) -> None:
        """Those of text do not fit what was found."""
