"""The form of one session, its people and its presentations, which loses nothing when two organisers write at once."""

from typing import Any

from django import forms
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.admin.forms import begins, day_widget, time_widget
from agenda.admin.names import NameField, NameList, delegations_of, speakers_of
from agenda.models import Appearance, Presentation, Session
from agenda.services import planning
from conference.form_fields import DayField, WordsField
from conference.formsets import without_gone_rows
from conference.models import Conference, Room
from conference.requests import row_key

SPEAKERS, DELEGATIONS = "names-of-speakers", "names-of-delegations"
# What no organiser types.
_HIDDEN = frozenset({"seen", "conference"})
# Where a new row without a number stands: after all others.
_LAST = 10_000


class SessionForm(forms.ModelForm):
    """`stored` is what the database says of the fields that somebody else saved while this form was open."""

    conference = forms.ModelChoiceField(queryset=Conference.objects.select_related("venue"), widget=forms.HiddenInput)
    # Which version the organiser had before them; 0 for a session that is made anew.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)
    day = DayField(label=gettext_lazy("Day"), widget=day_widget())
    time = forms.TimeField(
        label=gettext_lazy("Begins"), widget=time_widget(), help_text=gettext_lazy("On the venue’s clock.")
    )
    languages = WordsField(
        label=gettext_lazy("Interpretation"),
        required=False,
        help_text=gettext_lazy("Codes of the languages into which is interpreted, such as en, fr, de."),
    )

    class Meta:
        model = Session
        fields = (
            "conference",
            "kind",
            "title",
            "day",
            "time",
            "minutes",
            "room",
            "languages",
            "abstract",
            "question",
            "note",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored: list[tuple[str, str, str]] = []
        self.is_outdated = False
        conference = self._conference()
        if conference is None:
            return
        if self.instance.pk is None:
            self.instance.conference = conference
        else:
            local = self.instance.starts_at.astimezone(conference.zone)
            here = {"day": local.date(), "time": local.time().replace(second=0, microsecond=0)}
            self.initial = {**self.initial, **here, "seen": self.instance.version}
        if "room" in self.fields:
            self.fields["room"].queryset = Room.objects.filter(venue=conference.venue_id)  # type: ignore[attr-defined]

    def _conference(self) -> Conference | None:
        """That of the session; of a new one the one that its address or the posted form names."""
        if self.instance.pk is not None:
            return self.instance.conference
        named = self.data.get("conference") if self.is_bound else self.initial.get("conference")
        try:
            return self.fields["conference"].clean(named) if named else None
        except forms.ValidationError:
            return None

    def clean_conference(self) -> Conference:
        return self.instance.conference if self.instance.pk else self.cleaned_data["conference"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        conference = data.get("conference")
        if conference is not None:
            # Admin shows nothing of the form to who may only look.
            starts_at = begins(self, conference.zone, present=self.instance.starts_at if self.instance.pk else None)
            self.instance.starts_at = starts_at or self.instance.starts_at
        self._compare(data.get("seen") or 0)
        return data

    def _compare(self, seen: int) -> None:
        """Tells of what was saved meanwhile. The form then knows of it: saved once more, it overwrites knowingly."""
        if self.instance.pk is None:
            if seen:
                self.is_outdated = True
                self.add_error(
                    None, _("Somebody else deleted this session while you wrote. Save again to make it anew.")
                )
        else:
            try:
                planning.check_unchanged(self.instance, seen)
            except planning.EditedMeanwhile as refusal:
                self.is_outdated = True
                self.add_error(None, str(refusal))
                names = [name for name in self.changed_data if name not in _HIDDEN]
                self.stored = [
                    (
                        str(self[name].label),
                        self._words(name, self.initial.get(name)),
                        self._words(name, self[name].data),
                    )
                    for name in names
                ]
        if self.is_outdated:
            self.data = self.data.copy()
            self.data["seen"] = str(self.instance.version if self.instance.pk else 0)

    def _words(self, name: str, value: Any) -> str:
        """A value as the form shows it."""
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            return str(field.queryset.filter(pk=row_key(value)).first() or "")
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))
        shown = field.prepare_value(value)
        return str(field.widget.format_value(shown) or "") if hasattr(field.widget, "format_value") else str(shown)

    @property
    def changed_fields(self) -> list[str]:
        """Names of the model's fields that were changed."""
        names = dict.fromkeys("starts_at" if name in {"day", "time"} else name for name in self.changed_data)
        return [name for name in names if name not in _HIDDEN]


class OrderedRow(forms.ModelForm):
    """A row whose number says where it stands among the others; without one it comes last."""

    position = forms.IntegerField(label=gettext_lazy("Order"), min_value=1, max_value=999, required=False)

    names: dict[str, NameList]

    def __init__(self, *args: Any, names: dict[str, NameList] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, of in (names or {}).items():
            if name in self.fields:
                self.fields[name].names = of  # type: ignore[attr-defined]

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or _LAST

    @property
    def words(self) -> str:
        """What the row says, for comparison with another version of it."""
        return self.in_words({name: self[name].value() for name in self.fields})

    def in_words(self, values: dict[str, Any]) -> str:
        raise NotImplementedError


class AppearanceForm(OrderedRow):
    speaker = NameField(
        label=gettext_lazy("Person"),
        list_id=SPEAKERS,
        unknown=gettext_lazy(
            "There is no speaker “%(name)s” in this conference. Choose one of the list, or add them first."
        ),
    )

    class Meta:
        model = Appearance
        fields = ("speaker", "role", "position")

    def in_words(self, values: dict[str, Any]) -> str:
        speaker = self.fields["speaker"].prepare_value(values["speaker"]) or ""
        return f"{speaker} ({dict(self.fields['role'].choices).get(values['role'], '')})"  # type: ignore[attr-defined]


class PresentationForm(OrderedRow):
    speaker = NameField(
        label=gettext_lazy("Speaker"),
        list_id=SPEAKERS,
        required=False,
        help_text=gettext_lazy("Empty: to be confirmed."),
        unknown=gettext_lazy(
            "There is no speaker “%(name)s” in this conference. Choose one of the list, or add them first."
        ),
    )
    delegation = NameField(
        label=gettext_lazy("Presented by"),
        list_id=DELEGATIONS,
        required=False,
        unknown=gettext_lazy("There is no delegation “%(name)s” in this conference."),
    )

    class Meta:
        model = Presentation
        fields = ("title", "minutes", "position", "delegation", "speaker", "abstract")
        widgets = {"abstract": forms.Textarea(attrs={"rows": 3})}

    def in_words(self, values: dict[str, Any]) -> str:
        named = [self.fields[name].prepare_value(values[name]) or "" for name in ("delegation", "speaker")]
        facts = [str(values["title"]), f"{values['minutes']} min", *named, str(values["abstract"] or "")]
        return ", ".join(fact for fact in facts if fact)


class OrderedRows(BaseInlineFormSet):
    """Rows of a session in their order. A row that somebody else took away is offered as a new one, not refused."""

    def __init__(self, data: Any = None, files: Any = None, instance: Any = None, **kwargs: Any) -> None:
        prefix = kwargs.get("prefix") or self.get_default_prefix()
        if data is not None:
            if instance is not None and instance.pk:
                present = self.model.objects.filter(session=instance.pk).values_list("pk", flat=True)
                data, _gone = without_gone_rows(data, prefix, present)
            else:
                # The rows of a session that somebody deleted name it still.
                data = without_parent(without_gone_rows(data, prefix, [])[0], prefix)
        self._names: dict[str, NameList] | None = None
        super().__init__(data, files, instance=instance, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        if self._names is None:
            self._names = self._name_lists()
        return {**super().get_form_kwargs(index), "names": self._names}

    def _name_lists(self) -> dict[str, NameList]:
        conference = self.instance.conference if self.instance.conference_id else None
        if conference is None:
            return {"speaker": NameList([]), "delegation": NameList([])}
        lists = {"speaker": speakers_of(conference)}
        if "delegation" in self.form.base_fields:
            lists["delegation"] = delegations_of(conference)
        return lists

    @property
    def names(self) -> dict[str, NameList]:
        return self.get_form_kwargs(None)["names"]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        is_stored = index is not None and index < self.initial_form_count()
        form.initial["position"] = index + 1 if is_stored and index is not None else None

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit=commit)
        gone = set(self.deleted_forms)
        rows = [form for form in self.forms if form.instance.pk and form not in gone]
        rows.sort(key=lambda form: form.cleaned_data.get("position") or _LAST)
        for position, form in enumerate(rows, start=1):
            self.model.objects.filter(pk=form.instance.pk).exclude(position=position).update(position=position)
        return saved

    def in_words(self) -> list[str]:
        """The rows as the page has them."""
        gone = set(self.deleted_forms) if self.is_bound and self.is_valid() else set()
        return [form.words for form in self.forms if form not in gone and (form.instance.pk or form.has_changed())]

    def stored_in_words(self) -> list[str]:
        """The rows as the database has them."""
        blank = self.empty_form
        rows = self.model.objects.filter(session=self.instance.pk).order_by("position", "pk")
        return [blank.in_words(_values(row)) for row in rows]


def _values(row: models.Model) -> dict[str, Any]:
    return {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}


def without_parent(data: QueryDict, prefix: str) -> QueryDict:
    """The posted rows without the session that they belonged to."""
    rebuilt = data.copy()
    for name in data:
        if name.startswith(f"{prefix}-") and name.endswith("-session"):
            del rebuilt[name]
    return rebuilt
