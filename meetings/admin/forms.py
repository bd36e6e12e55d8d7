"""What organisers type about the meetings: rules, blocks, tables, how a placement is to be made."""

import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.local_times import NoSingleInstant, instant
from conference.deadlines import check_not_midnight
from conference.form_fields import MomentField
from conference.formsets import RowsOfNow
from conference.models import Conference
from meetings.models import Block, MeetingRules, Placement, Table
from registrations.models import Category

# Each table has four fields on its page, and a request may have 5,000.
MOST_TABLES = 1000


class VenueTimeField(MomentField):
    """Day and time as the venue's clock shows them."""

    def __init__(self, *, zone: ZoneInfo, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)
        self.zone = zone

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime.datetime) else value

    def to_python(self, value: Any) -> datetime.datetime | None:
        # Django would take the clock for that of the server.
        with timezone.override(datetime.UTC):
            typed = super().to_python(value)
        if typed is None:
            return None
        try:
            return instant(typed.date(), typed.time(), self.zone)
        except NoSingleInstant as problem:
            raise ValidationError(str(problem)) from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        return initial != self.clean(data) if data else initial is not None


class RulesForm(forms.ModelForm):
    """Who may ask whom is a matrix: one checkbox for each two categories."""

    class Meta:
        model = MeetingRules
        fields: ClassVar = [
            "opens_at",
            "closes_at",
            "pending_factor",
            "meetings_per_block",
            "expiry_days",
            "spare_percent",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.instance.conference.zone
        for name in ("opens_at", "closes_at"):
            field = MeetingRules._meta.get_field(name)
            self.fields[name] = VenueTimeField(
                zone=zone, label=capfirst(field.verbose_name), help_text=field.help_text, required=False
            )
        for asker in Category:
            for asked in Category:
                words = {"asker": asker.label, "asked": asked.label}
                self.fields[_ask_name(asker, asked)] = forms.BooleanField(
                    label=_("%(asker)s may ask %(asked)s") % words,
                    required=False,
                    initial=self.instance.allows(asker, asked),
                )

    @property
    def plain(self) -> list[forms.BoundField]:
        """All that is not the matrix."""
        return [self[name] for name in self.Meta.fields]

    @property
    def columns(self) -> list[str]:
        return [str(category.label) for category in Category]

    @property
    def matrix(self) -> list[tuple[str, list[forms.BoundField]]]:
        """A row for each category that asks."""
        return [(str(asker.label), [self[_ask_name(asker, asked)] for asked in Category]) for asker in Category]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("Booking closes before it opens."))
        try:
            check_not_midnight(closes, self.instance.conference.zone)
        except ValidationError as error:
            self.add_error("closes_at", error)
        self.instance.may_ask = {
            asker.value: [asked.value for asked in Category if data.get(_ask_name(asker, asked))] for asker in Category
        }
        return data

    @property
    def changed_fields(self) -> list[str]:
        """Names of the model's fields that were changed."""
        plain = [name for name in self.changed_data if name in self.Meta.fields]
        is_asked = any(name not in self.Meta.fields for name in self.changed_data)
        return [*plain, *(["may_ask"] if is_asked else [])]


def _ask_name(asker: Category, asked: Category) -> str:
    return f"{asker.value} asks {asked.value}".replace(" ", "_")


class BlockForm(forms.ModelForm):
    """Where and when, and how it is cut."""

    class Meta:
        model = Block
        fields: ClassVar = [
            "title",
            "place",
            "starts_at",
            "minutes",
            "slot_minutes",
            "changeover_minutes",
            "table_count",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"] = VenueTimeField(
            zone=self.instance.conference.zone,
            label=capfirst(Block._meta.get_field("starts_at").verbose_name),
            help_text=_("At the venue."),
        )
        for name in ("slot_minutes", "changeover_minutes", "minutes", "table_count"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        minutes, slot = data.get("minutes"), data.get("slot_minutes")
        if minutes and slot and slot > minutes:
            self.add_error("slot_minutes", _("The block is shorter than one meeting."))
        return data


class HallForm(forms.Form):
    """How many tables there are, and how they stand."""

    count = forms.IntegerField(label=gettext_lazy("Tables"), min_value=1, max_value=MOST_TABLES)
    in_a_row = forms.IntegerField(
        label=gettext_lazy("Tables in a row"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("As they stand beside each other, seen from the entrance."),
    )


class TableForm(forms.ModelForm):
    """One table of the plan."""

    class Meta:
        model = Table
        fields: ClassVar = ["row", "place", "is_spare"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("Table %(number)d") % {"number": self.instance.number}
        words = {"row": _("Row"), "place": _("Place in the row"), "is_spare": _("Spare")}
        for name, label in words.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs["aria-label"] = f"{self.title}: {label}"

    def validate_unique(self) -> None:
        """Tables may change places with each other: the service looks at all of them together."""


TablesFormSet = forms.modelformset_factory(
    Table,
    form=TableForm,
    formset=RowsOfNow,
    extra=0,
    max_num=MOST_TABLES,
    absolute_max=MOST_TABLES,
    validate_max=True,
)


class PlacementForm(forms.ModelForm):
    """How meetings are to be placed, and how long the placer may look for better."""

    class Meta:
        model = Placement
        fields: ClassVar = ["mode", "limit_seconds"]
        widgets: ClassVar = {"mode": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = forms.IntegerField(
            label=_("Seconds at most"),
            min_value=1,
            max_value=600,
            initial=30,
            help_text=_("You see how far it is, and can stop it at any time: the best so far is kept."),
        )
        self.fields["limit_seconds"] = limit
        modes = [(value, capfirst(label)) for value, label in Placement.Mode.choices]
        self.fields["mode"].choices = modes  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    """Both people read the reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Both people read it in their mail."),
        error_messages={"required": gettext_lazy("Say why: both people read it.")},
    )


def suggested_tables(conference: Conference) -> int:
    """For a new block: as many as there are, else enough for a first plan."""
    return Table.objects.filter(conference=conference).count() or 20
