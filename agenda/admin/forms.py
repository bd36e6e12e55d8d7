"""What organisers type about times: days and clocks at the venue, and who moves along."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.local_times import NoSingleInstant, instant
from agenda.models import Plan, Session
from agenda.rearranging import Followers, day_of
from conference.form_fields import DayField
from conference.models import Conference, Room

LONGEST = 24 * 60

FOLLOWERS: dict[str, str | Promise] = {
    Followers.NONE: gettext_lazy("No other session moves"),
    Followers.SAME_ROOM: gettext_lazy("Later ones of the day in the same room follow"),
    Followers.ALL: gettext_lazy("All later ones of the day follow"),
}


def day_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_widget() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def minutes_field(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=LONGEST, **options)


def begins(form: forms.BaseForm, zone: ZoneInfo, *, present: datetime.datetime | None) -> datetime.datetime | None:
    """The instant that `day` and `time` of the form say at the venue; None with an error at the field.

    What still says the same as `present` is `present`, also in the hour that comes twice.
    """
    day, time = form.cleaned_data.get("day"), form.cleaned_data.get("time")
    if day is None or time is None:
        return None
    if present is not None:
        local = present.astimezone(zone)
        if (local.date(), local.time().replace(second=0, microsecond=0)) == (day, time):
            return present
    try:
        return instant(day, time, zone)
    except NoSingleInstant as problem:
        form.add_error("time", str(problem))
        return None


class MoveForm(forms.Form):
    """Another time, length or room for one session."""

    day = DayField(label=gettext_lazy("Day"), widget=day_widget())
    time = forms.TimeField(label=gettext_lazy("Begins"), widget=time_widget())
    minutes = minutes_field()
    room = forms.ModelChoiceField(label=gettext_lazy("Room"), queryset=Room.objects.none())
    follow = forms.ChoiceField(
        label=gettext_lazy("Who moves along"), choices=FOLLOWERS, widget=forms.RadioSelect, initial=Followers.NONE
    )

    def __init__(self, *args: Any, session: Session, conference: Conference, **kwargs: Any) -> None:
        local = session.starts_at.astimezone(conference.zone)
        initial = {"day": local.date(), "time": local.time(), "minutes": session.minutes, "room": session.room_id}
        super().__init__(*args, **{**kwargs, "initial": {**initial, **kwargs.get("initial", {})}})
        self.session, self.conference = session, conference
        room = self.fields["room"]
        room.queryset = Room.objects.filter(venue=conference.venue_id)  # type: ignore[attr-defined]
        # A move gives a room or keeps it; the session's own page takes it away.
        room.required = session.room_id is not None
        if session.room_id is None:
            room.empty_label = _("none yet")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["starts_at"] = begins(self, self.conference.zone, present=self.session.starts_at)
        return data


class LengthForm(forms.Form):
    """Another length for one session."""

    minutes = minutes_field()
    follow = forms.ChoiceField(
        label=gettext_lazy("Who moves along"), choices=FOLLOWERS, widget=forms.RadioSelect, initial=Followers.ALL
    )


class ShiftForm(forms.Form):
    """From one session on, everything of its day."""

    session = forms.ChoiceField(label=gettext_lazy("From this session on"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes later"),
        min_value=-LONGEST,
        max_value=LONGEST,
        help_text=gettext_lazy("Below 0: earlier, such as −10."),
    )

    def __init__(self, *args: Any, sessions: list[Session], conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].choices = by_day(sessions, conference)  # type: ignore[attr-defined]

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if minutes == 0:
            raise forms.ValidationError(_("By 0 minutes nothing moves."))
        return minutes


class OrderForm(forms.Form):
    """Another place of the day for one session."""

    EARLIER, LATER, FIRST = "earlier", "later", "first"

    place = forms.ChoiceField(label=gettext_lazy("Its new place"))

    def __init__(self, *args: Any, others: list[Session], conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            (self.EARLIER, _("One place earlier")),
            (self.LATER, _("One place later")),
            (self.FIRST, _("First of the day")),
            (
                _("Directly after"),
                [(str(other.pk), f"{clock(other.starts_at, conference)} {other.title}") for other in others],
            ),
        ]


class DuplicateForm(forms.Form):
    """All sessions of a day, on another one."""

    day = forms.ChoiceField(label=gettext_lazy("The day to copy"))
    to = DayField(label=gettext_lazy("Onto the empty day"), widget=day_widget())

    def __init__(self, *args: Any, days: list[datetime.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [  # type: ignore[attr-defined]
            (day.isoformat(), formats.date_format(day, "l j F Y")) for day in days
        ]

    def clean_day(self) -> datetime.date:
        return datetime.date.fromisoformat(self.cleaned_data["day"])


class MoveDayForm(DuplicateForm):
    """All sessions of a day, moved to another one."""

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].label = _("The day to move")
        self.fields["to"].label = _("To this day")
        self.fields["to"].initial = conference.held_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("day") and data.get("day") == data.get("to"):
            self.add_error("to", _("It is on that day already."))
        return data


class ReasonForm(forms.Form):
    """Why a warning can be set aside."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Such as: the Commissioner’s office asked for it. Colleagues read it on the board."),
        error_messages={"required": gettext_lazy("Say why the warning can be set aside.")},
    )


class PlanForm(forms.ModelForm):
    """The venue's hours and the speakers' deadlines."""

    class Meta:
        model = Plan
        fields = ("venue_opens_at", "venue_closes_at", "speakers_reply_by", "documents_due_on", "remind_days_before")
        widgets = {
            "venue_opens_at": time_widget(),
            "venue_closes_at": time_widget(),
            "speakers_reply_by": day_widget(),
            "documents_due_on": day_widget(),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("venue_opens_at"), data.get("venue_closes_at")
        if opens and closes and closes <= opens:
            self.add_error("venue_closes_at", _("The venue closes before it opens."))
        held_on = self.instance.conference.held_on
        for name in ("speakers_reply_by", "documents_due_on"):
            if data.get(name) and name in self.changed_data and data[name] > held_on:
                self.add_error(name, _("Choose a day before the conference."))
        return data


def clock(at: datetime.datetime, conference: Conference) -> str:
    """The time on the venue's clock."""
    return formats.time_format(at.astimezone(conference.zone))


def by_day(sessions: list[Session], conference: Conference) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of sessions under their days."""
    days: dict[datetime.date, list[tuple[str, str]]] = {}
    for session in sessions:
        of_day = days.setdefault(day_of(session.starts_at, conference.zone), [])
        of_day.append((str(session.pk), f"{clock(session.starts_at, conference)} {session.title}"))
    return [(formats.date_format(day, "l j F"), choices) for day, choices in days.items()]
