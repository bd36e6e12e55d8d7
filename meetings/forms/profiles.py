"""What participants say of themselves for those whom they might meet."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.languages import OFFICIAL_LANGUAGES, language_name
from conference.models import Conference
from meetings.models import ProfileTerm, Term
from meetings.services.profiles import Said, Tick
from registrations.forms import AddressField, LineField, ParagraphField

LONGEST_TEXT = 2000
_SEEKS, _OFFERS, _CHALLENGE = ProfileTerm.Sense.SEEKS, ProfileTerm.Sense.OFFERS, ProfileTerm.Sense.CHALLENGE
_NAME_LABEL = gettext_lazy("The name may be shown to others who take part in the meetings")


class _Bare(forms.Form):
    """A form whose labels carry no colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class OptInForm(_Bare):
    """The question that stands at the beginning. The name is asked for only where there is a privacy statement."""

    names_shown = forms.BooleanField(
        label=_NAME_LABEL,
        required=False,
        help_text=gettext_lazy("Otherwise they read function and city or organisation, until a meeting is agreed."),
    )

    def __init__(self, *args: Any, may_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_name:
            del self.fields["names_shown"]

    @property
    def names_are_shown(self) -> bool:
        return bool(self.cleaned_data.get("names_shown"))


@dataclass(frozen=True)
class TopicFields:
    """The three questions about one topic."""

    term: Term
    seeks: forms.BoundField
    offers: forms.BoundField
    level: forms.BoundField


class ProfileForm(_Bare):
    """All that a profile says. Terms that are no longer offered stay with whoever has ticked them."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    challenges = forms.MultipleChoiceField(
        label=gettext_lazy("Challenges we work on"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages of a conversation"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only people with a language in common are suggested to each other."),
        error_messages={"required": gettext_lazy("Tick at least one language.")},
    )
    text = ParagraphField(
        label=gettext_lazy("About our work"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What you do, and what you would like to talk about; in any language"),
    )
    names_shown = forms.BooleanField(label=_NAME_LABEL, required=False)

    def __init__(
        self, *args: Any, conference: Conference, terms: Iterable[Term], may_name: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not may_name:
            del self.fields["names_shown"]
        first = [code for code in conference.languages if code in OFFICIAL_LANGUAGES]
        rest = sorted(set(OFFICIAL_LANGUAGES) - set(first), key=language_name)
        self.fields["languages"].choices = [(code, language_name(code)) for code in [*first, *rest]]
        self.topic_terms = []
        challenges = []
        for term in terms:
            if term.kind == Term.Kind.TOPIC:
                self.topic_terms.append(term)
                self._add_topic(term)
            else:
                challenges.append((str(term.pk), term.name))
        self.fields["challenges"].choices = challenges
        if not challenges:
            del self.fields["challenges"]

    def _add_topic(self, term: Term) -> None:
        for sense in (_SEEKS, _OFFERS):
            self.fields[f"{sense}_{term.pk}"] = forms.BooleanField(label=sense.label, required=False)
        self.fields[f"level_{term.pk}"] = forms.TypedChoiceField(
            label=_("Our experience"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("not said")), *ProfileTerm.Level.choices],
        )

    @property
    def topics(self) -> list[TopicFields]:
        return [
            TopicFields(term, self[f"{_SEEKS}_{term.pk}"], self[f"{_OFFERS}_{term.pk}"], self[f"level_{term.pk}"])
            for term in self.topic_terms
        ]

    def said(self) -> Said:
        """What the valid form says. A level belongs to what is ticked."""
        data = self.cleaned_data
        ticks = {
            Tick(term.pk, str(sense.value), data[f"level_{term.pk}"])
            for term in self.topic_terms
            for sense in (_SEEKS, _OFFERS)
            if data[f"{sense}_{term.pk}"]
        }
        ticks |= {Tick(int(term), str(_CHALLENGE.value)) for term in data.get("challenges", ())}
        return Said(
            languages=data["languages"],
            text=data["text"],
            names_shown=data.get("names_shown", False),
            ticks=frozenset(ticks),
        )


def initial_of(said: Said, version: int) -> dict[str, Any]:
    """What a form for changing it starts with."""
    initial: dict[str, Any] = {
        "version": version,
        "languages": said.languages,
        "text": said.text,
        "names_shown": said.names_shown,
        "challenges": [str(tick.term) for tick in said.ticks if tick.sense == _CHALLENGE],
    }
    for tick in said.ticks:
        if tick.sense != _CHALLENGE:
            initial[f"{tick.sense}_{tick.term}"] = True
            initial[f"level_{tick.term}"] = tick.level or ""
    return initial


class AbsenceForm(_Bare):
    """A stretch of the conference's day in which somebody cannot meet."""

    begins = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reason = LineField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For you and the organisers; others do not read it."),
    )

    def __init__(self, *args: Any, conference: Conference, days: Sequence[datetime.date] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conference = conference
        message = _("Enter a time, such as 10:30.")
        for name in ("begins", "ends"):
            self.fields[name].error_messages |= {"required": message, "invalid": message}
        if len(days) > 1:
            choices = [(day.isoformat(), f"{day:%d/%m/%Y}") for day in days]
            self.fields["day"] = forms.ChoiceField(label=_("Day"), choices=choices)
            self.order_fields(["day"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("begins") and data.get("ends") and data["ends"] <= data["begins"]:
            self.add_error("ends", _("The end lies before the beginning."))
        return data

    @property
    def span(self) -> tuple[datetime.datetime, datetime.datetime]:
        """At the venue."""
        data = self.cleaned_data
        day = datetime.date.fromisoformat(data["day"]) if "day" in data else self.conference.held_on
        zone = self.conference.zone
        begins, ends = (datetime.datetime.combine(day, data[name], zone) for name in ("begins", "ends"))
        return begins, ends


class AssistantForm(_Bare):
    email = AddressField(
        label=gettext_lazy("E-mail address"), help_text=gettext_lazy("With which they sign in; we send the code there.")
    )
