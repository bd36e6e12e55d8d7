"""What speakers fill in behind their personal link. Organisers who record a reply use the same words."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda import uploads
from agenda.models import Document, Presentation, Speaker
from conference.languages import OFFICIAL_LANGUAGES
from registrations.forms import LONG_TEXT, ParagraphField

LONGEST_BIOGRAPHY = 2000


class _Bare(forms.Form):
    """A form whose labels carry no colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class WordForm(_Bare):
    """A word that goes with an acceptance or a refusal."""

    message = ParagraphField(label=gettext_lazy("Message to the organiser"), required=False, max_length=LONG_TEXT)


def _file_field(kind: str, *, label: str, required: bool) -> forms.FileField:
    accepted = uploads.accepted_in_words(kind)
    field = forms.FileField(
        label=label,
        required=required,
        # Checked by the service: an empty file and a long name are refused or mended there, in the same words.
        allow_empty_file=True,
        help_text=accepted[:1].upper() + accepted[1:],
        widget=forms.FileInput(attrs={"accept": uploads.accept_attribute(kind)}),
    )
    field.error_messages["required"] = _("Choose a file first.")
    return field


class ProfileForm(_Bare):
    """What the public programme shows of the speaker; the language of our mails for guests from outside only."""

    biography = ParagraphField(
        label=gettext_lazy("Biography"),
        required=False,
        max_length=LONGEST_BIOGRAPHY,
        help_text=gettext_lazy("A few sentences in the third person, at most 2000 characters"),
        widget=forms.Textarea(attrs={"rows": 10, "data-count": LONGEST_BIOGRAPHY}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of our mails"), choices=OFFICIAL_LANGUAGES)

    def __init__(self, *args: Any, speaker: Speaker, **kwargs: Any) -> None:
        initial = {"biography": speaker.biography, "language": speaker.language}
        super().__init__(*args, initial=initial, **kwargs)
        if speaker.participant:
            del self.fields["language"]
        self.fields["photo"] = _file_field(Document.Kind.PHOTO, label=_("Photograph"), required=False)
        self.order_fields(["biography", "photo", "language"])


class DocumentForm(_Bare):
    """One place for one file: slides or abstract of a presentation, or a speech."""

    def __init__(
        self, *args: Any, kind: str, label: str, presentation: Presentation | None = None, **kwargs: Any
    ) -> None:
        self.kind, self.presentation = kind, presentation
        place = f"{kind}-{presentation.pk}" if presentation else kind
        super().__init__(*args, prefix=place, **kwargs)
        self.place = place
        self.title = f"“{presentation.title}”" if presentation else ""
        self.fields["file"] = _file_field(kind, label=label, required=True)
