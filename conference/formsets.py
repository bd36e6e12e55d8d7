"""Formsets whose rows are those that the page had, whatever became of them in the database meanwhile.

How many there are comes from the request, and each row costs time before it is checked: the number is limited. Django
takes the first rows that are posted for the first ones that are stored. Where somebody else has added or deleted some
since the page was read, rows are matched by their id here, and nothing that was typed is lost.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import BaseInlineFormSet, BaseModelFormSet, model_to_dict
from django.http import HttpRequest, QueryDict
from django.utils.translation import ngettext

from conference.requests import row_key, whole_number

# Of an inline of the admin.
MOST_ROWS = 200
# Of any page: the hall of tables has as many. No number of a row has more digits.
MOST_POSTED = 2000


class LimitedRows:
    """An inline of the admin with at most MOST_ROWS rows; more are refused in words, and none of them is built."""

    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        limits = {"absolute_max": self.max_num, "validate_max": True}
        return super().get_formset(request, obj, **{**limits, **kwargs})  # type: ignore[misc]


@dataclass(frozen=True)
class PostedRow:
    """What was posted of one row: its place on the page, counted from 0, and its values by the names of its fields."""

    place: int
    values: Mapping[str, Sequence[str]]

    def value(self, name: str) -> str:
        return self.values[name][-1] if self.values.get(name) else ""

    @property
    def key(self) -> int:
        """The primary key of the row that this one stood for; 0 for a new one."""
        return row_key(self.value("id"))

    @property
    def is_to_be_deleted(self) -> bool:
        return bool(self.value("DELETE"))

    def as_new(self) -> "PostedRow":
        return replace(self, values={name: values for name, values in self.values.items() if name != "id"})


def posted_rows(data: QueryDict, prefix: str) -> list[PostedRow]:
    """The rows in their order on the page. Read from what was posted, not from how many are said to be there."""
    name_of_row = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,4}})-(.+)")
    found: dict[int, dict[str, list[str]]] = {}
    for name, values in data.lists():
        if match := name_of_row.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = values
    return [PostedRow(place, found[place]) for place in sorted(found) if place < MOST_POSTED]


def with_rows(data: QueryDict, prefix: str, rows: Sequence[PostedRow], *, initial: int) -> QueryDict:
    """The posted data with these rows instead of its own; the first `initial` ones are stored already."""
    name_of_row = re.compile(rf"{re.escape(prefix)}-[0-9]+-.+")
    rebuilt = QueryDict(mutable=True)
    for name, values in data.lists():
        if not name_of_row.fullmatch(name):
            rebuilt.setlist(name, values)
    for place, row in enumerate(rows):
        for name, values in row.values.items():
            rebuilt.setlist(f"{prefix}-{place}-{name}", list(values))
    rebuilt[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    rebuilt[f"{prefix}-INITIAL_FORMS"] = str(initial)
    return rebuilt


def without_gone_rows(data: QueryDict, prefix: str, present: Iterable[int]) -> tuple[QueryDict, int]:
    """The posted rows, those first that are stored, those as new ones that were stored and are no longer.

    A row that is gone and was to be deleted is left out. Also returns how many became new ones.
    """
    total, initial = (
        whole_number(data.get(f"{prefix}-{name}_FORMS"), most=MOST_POSTED) for name in ("TOTAL", "INITIAL")
    )
    if total is None or initial is None:
        # Django says what is wrong with it.
        return data, 0
    rows = [row for row in posted_rows(data, prefix) if row.place < total]
    there, known = set(present), [row for row in rows if row.place < initial]
    kept = [row for row in known if row.key in there]
    if len(kept) == len(known) == min(initial, total):
        return data, 0
    again = [row.as_new() for row in known if row.key not in there and not row.is_to_be_deleted]
    fresh = [row for row in rows if row.place >= initial]
    return with_rows(data, prefix, [*kept, *again, *fresh], initial=len(kept)), len(again)


class InlineRowsAsPosted(BaseInlineFormSet):
    """Rows of a form. One that somebody else has deleted meanwhile is offered as a new one, with a word about it."""

    def __init__(self, data: Any = None, files: Any = None, instance: Any = None, **kwargs: Any) -> None:
        self.gone = 0
        if data is not None and instance is not None and instance.pk:
            prefix = kwargs.get("prefix") or self.get_default_prefix()
            present = self.model._default_manager.filter(**{self.fk.name: instance.pk}).values_list("pk", flat=True)
            data, self.gone = without_gone_rows(data, prefix, present)
        super().__init__(data, files, instance=instance, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self.gone:
            words = ngettext(
                "Somebody else has deleted %(number)d of these rows. It is a new row below: save again to add it, or "
                "empty it.",
                "Somebody else has deleted %(number)d of these rows. They are new rows below: save again to add them, "
                "or empty them.",
                self.gone,
            )
            raise ValidationError(words % {"number": self.gone})


class RowsOfNow(BaseModelFormSet):
    """A form for each row that is stored now, with what was typed for it; a row that is new meanwhile is as stored.

    `gone` are the rows that were posted and are stored no longer.
    """

    def __init__(self, data: Any = None, *args: Any, queryset: models.QuerySet[Any], **kwargs: Any) -> None:
        self.gone: list[PostedRow] = []
        if data is not None:
            prefix = kwargs.get("prefix") or self.get_default_prefix()
            rows: dict[int, PostedRow] = {}
            for row in posted_rows(data, prefix):
                rows.setdefault(row.key, row)
            present = list(queryset)
            self.gone = [row for key, row in rows.items() if key not in {one.pk for one in present}]
            now = [rows.get(one.pk) or self._as_stored(one) for one in present]
            data = with_rows(data, prefix, now, initial=len(now))
        super().__init__(data, *args, queryset=queryset, **kwargs)

    def _as_stored(self, one: models.Model) -> PostedRow:
        stored = model_to_dict(one, fields=list(self.form.base_fields))
        # As a browser sends them: a box without a tick not at all.
        shown = {
            name: "on" if value is True else str(value) for name, value in stored.items() if value not in {None, False}
        }
        return PostedRow(0, {name: [value] for name, value in {**shown, "id": str(one.pk)}.items()})
