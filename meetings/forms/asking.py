"""What participants fill in when they ask, answer and cancel."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.models import Slot
from registrations.forms import LineField, ParagraphField

_WITHOUT = "later"


def times(slot: Slot) -> str:
    """“10.32–10.44”, at the venue."""
    zone = slot.block.conference.zone
    return "–".join(formats.time_format(timezone.localtime(at, zone)) for at in (slot.starts_at, slot.ends_at))


class _SlotForm(forms.Form):
    """A form with a choice among times. One that is gone meanwhile is refused with the ones that are left."""

    def __init__(
        self, *args: Any, slots: Sequence[Slot], without: str = "", wanted: Slot | None = None, **kwargs: Any
    ) -> None:
        """`without` labels the choice of no time, where there is one; `wanted` is chosen at first, if it is there."""
        super().__init__(*args, label_suffix="", **kwargs)
        self._without = without
        self._field = forms.ChoiceField(
            label=_("When?"),
            widget=forms.RadioSelect,
            error_messages={
                "invalid_choice": _("This time is no longer free for both of you. Choose another one."),
                "required": _("Choose a time."),
            },
        )
        self.fields["slot"] = self._field
        self.order_fields(["slot", *self.fields])
        self.offer(slots)
        if wanted and str(wanted.pk) in self._slots:
            self._field.initial = str(wanted.pk)
        elif without:
            self._field.initial = _WITHOUT

    def offer(self, slots: Sequence[Slot]) -> None:
        """These times, and no others, can be chosen."""
        self._slots = {str(slot.pk): slot for slot in slots}
        several = len({slot.starts_at.date() for slot in slots}) > 1
        choices = [(pk, self._label(slot, with_day=several)) for pk, slot in self._slots.items()]
        self._field.choices = [(_WITHOUT, self._without), *choices] if self._without else choices

    @staticmethod
    def _label(slot: Slot, *, with_day: bool) -> str:
        label = f"{times(slot)}, {slot.block.title}"
        if not with_day:
            return label
        begin = timezone.localtime(slot.starts_at, slot.block.conference.zone)
        return f"{formats.date_format(begin, 'l j F')}, {label}"

    @property
    def slot(self) -> Slot | None:
        """The chosen time of a valid form."""
        return self._slots.get(self.cleaned_data["slot"])


class AskForm(_SlotForm):
    message = ParagraphField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("What would you like to talk about? One or two sentences are enough"),
    )


class AcceptForm(_SlotForm):
    pass


class CounterForm(_SlotForm):
    message = ParagraphField(label=gettext_lazy("Message"), required=False, max_length=1000)


class DeclineForm(forms.Form):
    answer = ParagraphField(
        label=gettext_lazy("A word to them"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("They read it in the e-mail"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class CancelForm(forms.Form):
    reason = LineField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("The other person reads it"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class NoteForm(forms.Form):
    note = ParagraphField(
        label=gettext_lazy("Your note"), required=False, max_length=2000, help_text=gettext_lazy("Only you read it")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
