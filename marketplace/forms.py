"""What delegations fill in about their stand. Organisers who write for them use the same form."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference import uploads
from conference.form_fields import KnownRowsField
from conference.languages import OFFICIAL_LANGUAGES
from marketplace.kinds import kinds_of
from marketplace.models import Call, Evidence, Link, Stage, StandApplication, Term
from marketplace.services.applications import Content
from registrations.forms import LineField, ParagraphField
from registrations.models import Delegation, Participant

PICTURE_EDGE = 1200  # pixels
# Rows for links that are there without being asked for.
LINK_ROWS = 3

# Code of the errors that only submitting has.
MISSING = "missing"
_MISSING = {
    "initiative": gettext_lazy("Give your initiative a name."),
    "challenge": gettext_lazy("Say which challenge you address."),
    "approach": gettext_lazy("Say how you go about it."),
    "evidence": gettext_lazy("Choose how it is known that it works."),
    "stage": gettext_lazy("Choose how far it has come."),
    "languages": gettext_lazy("Choose the languages that are spoken at your stand."),
}


def _text(label: Any, length: int, help_text: Any = "", *, rows: int = 4) -> ParagraphField:
    return ParagraphField(
        label=label,
        required=False,
        max_length=length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _words(label: Any, help_text: Any = "") -> KnownRowsField:
    return KnownRowsField(
        label=label,
        required=False,
        queryset=Term.objects.none(),
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


class WebAddressField(forms.URLField):
    """An address that a browser opens as a page; anything else, such as javascript:, is refused."""

    def __init__(self, **kwargs: Any) -> None:
        # Typed without its beginning, an address gets https://. The limit is said in words, not cut by the browser.
        super().__init__(assume_scheme="https", **kwargs)
        self.validators = [
            URLValidator(
                schemes=["http", "https"],
                message=gettext_lazy("Enter the address of a page, such as https://city.eu/project."),
            )
        ]
        self.error_messages["invalid"] = self.validators[0].message

    def clean(self, value: Any) -> str:
        address = super().clean(value)
        if len(address) > 500:
            raise forms.ValidationError(_("An address has at most %(number)d characters.") % {"number": 500})
        return address


class ApplicationForm(forms.Form):
    """`complete` asks for all that a submitted application needs; a draft may be empty."""

    # A draft is kept without them: browsers must not stand in the way.
    use_required_attribute = False

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("What are you?"), widget=forms.RadioSelect)
    initiative = LineField(
        label=gettext_lazy("Name of the initiative"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As it will stand on the sign at your stand and in the catalogue"),
    )
    challenge = _text(gettext_lazy("Challenge"), 2000, gettext_lazy("What problem did you want to solve?"))
    approach = _text(gettext_lazy("Approach"), 4000, gettext_lazy("What do you do, with whom, since when?"), rows=8)
    topics = _words(gettext_lazy("Topics"), gettext_lazy("By these others find you"))
    target_groups = _words(gettext_lazy("For whom"))
    stage = forms.ChoiceField(
        label=gettext_lazy("How far it has come"), choices=Stage, required=False, widget=forms.RadioSelect
    )
    results = _text(gettext_lazy("Results"), 4000, gettext_lazy("What changed, and how do you know?"), rows=6)
    evidence = forms.ChoiceField(
        label=gettext_lazy("How it is known that it works"), choices=Evidence, required=False, widget=forms.RadioSelect
    )
    transferable = _text(
        gettext_lazy("What others can take over"), 2000, gettext_lazy("Materials, trainings, an agreement …")
    )
    sought = _words(gettext_lazy("You seek"))
    seeks = _text(gettext_lazy("In your own words"), 1000, gettext_lazy("Whom or what would you like to find?"), rows=3)
    offered = _words(gettext_lazy("You offer"))
    offers = _text(gettext_lazy("In your own words"), 1000, gettext_lazy("What can others have from you?"), rows=3)
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        # Checked below, in words that say what would be accepted.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    without_picture = forms.BooleanField(label=gettext_lazy("Take the picture away"), required=False)
    picture_says = LineField(
        label=gettext_lazy("What the picture shows"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("One sentence for those who cannot see it"),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages at your stand"),
        choices=OFFICIAL_LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    contact = forms.ModelChoiceField(
        label=gettext_lazy("Contact person"),
        queryset=Participant.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody is named"),
        help_text=gettext_lazy("Named in the catalogue; others can ask this person for a meeting. Ask them first."),
    )
    needs_power = forms.BooleanField(label=gettext_lazy("We need power"), required=False)
    needs = _text(gettext_lazy("Anything else you need"), 1000, gettext_lazy("Only the organisers see this"), rows=3)

    def __init__(
        self,
        *args: Any,
        call: Call,
        delegation: Delegation,
        application: StandApplication | None = None,
        complete: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, label_suffix="", initial=initial_of(application, delegation), **kwargs)
        self.complete, self.application = complete, application
        limits = dict(call.limits.values_list("kind", "stands"))
        offered = [kind for kind in kinds_of(delegation) if limits.get(kind) != 0] or kinds_of(delegation)
        kind = self.fields["kind"]
        kind.choices = [(kind.value, kind.label) for kind in offered]  # type: ignore[attr-defined]
        if len(offered) == 1:
            # Nothing to choose.
            kind.required, kind.widget = False, forms.HiddenInput()
        terms: dict[str, list[int]] = {use: [] for use in Term.Use.values}
        for pk, use in call.terms.values_list("pk", "use"):
            terms[use].append(pk)
        for name, use in _USES.items():
            if terms[use]:
                self.fields[name].queryset = call.terms.filter(use=use)  # type: ignore[attr-defined]
            else:
                # The organiser keeps no such list.
                del self.fields[name]
        people = Participant.objects.active().filter(delegation=delegation).order_by("family_name", "given_name", "pk")
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]
        self.fields["contact"].label_from_instance = lambda person: person.full_name  # type: ignore[attr-defined]
        limit = settings.UPLOAD_LIMITS["stand"] // uploads.MEBIBYTE
        self.fields["picture"].help_text = _("A JPEG, PNG or WebP picture of at most %(limit)d MB") % {"limit": limit}
        if not (application and application.picture):
            del self.fields["without_picture"]
        self.link_rows = self._add_links(application)
        self._mark_needed(True)

    def _mark_needed(self, needed: bool) -> None:
        """Whether the page says “optional” of what a submitted application needs."""
        for name in _MISSING:
            self.fields[name].required = needed

    def full_clean(self) -> None:
        """What is missing is judged by `clean`, which knows whether it matters yet."""
        self._mark_needed(False)
        super().full_clean()
        self._mark_needed(True)

    def _add_links(self, application: StandApplication | None) -> int:
        """Pairs of a title and an address; returns how many rows there are."""
        filled = list(application.links.values_list("title", "url")) if application else []
        rows = min(Link.MOST, max(LINK_ROWS, len(filled) + 1))
        for number in range(1, rows + 1):
            self.fields[f"link_title_{number}"] = LineField(
                label=_("What is found there (link %(number)d)") % {"number": number}, required=False, max_length=120
            )
            self.fields[f"link_url_{number}"] = WebAddressField(
                label=_("Address (link %(number)d)") % {"number": number}, required=False
            )
            if number <= len(filled):
                title, url = filled[number - 1]
                self.initial |= {f"link_title_{number}": title, f"link_url_{number}": url}
        return rows

    @property
    def links(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The rows of links, for the page."""
        numbers = range(1, self.link_rows + 1)
        return [(self[f"link_title_{number}"], self[f"link_url_{number}"]) for number in numbers]

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or self.fields["kind"].choices[0][0]  # type: ignore[attr-defined]

    def clean_picture(self) -> Any:
        upload = self.cleaned_data["picture"]
        if not upload:
            return None
        name = uploads.clean_name(upload.name or "")
        try:
            uploads.admit(upload, settings.UPLOAD_LIMITS["stand"])
            return uploads.redrawn_picture(upload, edge=PICTURE_EDGE)
        except uploads.NotAcceptable as reason:
            accepted = _lower_first(str(self.fields["picture"].help_text))
            raise forms.ValidationError(uploads.refusal(name, reason, accepted)) from reason

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in range(1, self.link_rows + 1):
            title, url = data.get(f"link_title_{number}"), data.get(f"link_url_{number}")
            if title and url == "":
                self.add_error(f"link_url_{number}", _("Add the address of this link, or empty both fields."))
            if url and title == "":
                self.add_error(f"link_title_{number}", _("Say what is found there."))
        if self.complete:
            self._check_complete(data)
        return data

    def _check_complete(self, data: dict[str, Any]) -> None:
        for name, message in _MISSING.items():
            if name not in self.errors and not data.get(name):
                self.add_error(name, forms.ValidationError(message, code=MISSING))
        has_picture = data.get("picture") or (
            self.application and self.application.picture and not data.get("without_picture")
        )
        if has_picture and not data.get("picture_says"):
            self.add_error(
                "picture_says", forms.ValidationError(_("Say in a sentence what the picture shows."), code=MISSING)
            )

    @property
    def is_keepable(self) -> bool:
        """Whether nothing is wrong but what is still to be filled in, or a picture: a draft keeps all else."""
        return all(
            name == "picture" or all(error.code == MISSING for error in errors)
            for name, errors in self.errors.as_data().items()
        )

    def content(self) -> Content:
        """What the service keeps. Fields with an error, such as a refused picture, are left as they were."""
        data = self.cleaned_data
        links = None
        if not any(name.startswith("link_") for name in self.errors):
            rows = [(data[f"link_title_{n}"], data[f"link_url_{n}"]) for n in range(1, self.link_rows + 1)]
            links = [(title, url) for title, url in rows if title or url]
        return Content(
            fields={name: data[name] for name in _FIELDS if name in data},
            words={name: list(data[name]) for name in _USES if name in data},
            links=links,
            picture=data.get("picture"),
            without_picture=bool(data.get("without_picture")),
        )

    def with_version(self, version: str) -> None:
        """Has the form, as it is shown again, know of what was saved meanwhile: saved once more, it overwrites."""
        self.data = self.data.copy()
        self.data["seen"] = version


_USES = {
    "topics": Term.Use.TOPIC,
    "target_groups": Term.Use.TARGET_GROUP,
    "sought": Term.Use.EXCHANGE,
    "offered": Term.Use.EXCHANGE,
}
_FIELDS = (
    "kind",
    "initiative",
    "challenge",
    "approach",
    "stage",
    "results",
    "evidence",
    "transferable",
    "seeks",
    "offers",
    "picture_says",
    "languages",
    "contact",
    "needs_power",
    "needs",
)


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]


def initial_of(application: StandApplication | None, delegation: Delegation) -> dict[str, Any]:
    """What stands in the form before anything is typed."""
    if application is None:
        return {"kind": kinds_of(delegation)[0].value, "seen": "new"}
    found: dict[str, Any] = {name: getattr(application, name) for name in _FIELDS}
    found |= {name: list(getattr(application, name).all()) for name in _USES}
    return {**found, "seen": application.changed_at.isoformat()}


class DutyForm(forms.Form):
    """Who stands at the stand when, on the day of the market place."""

    participant = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=Participant.objects.none(), empty_label=None
    )
    starts = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, people: Any, hours: Sequence[Any] = (), **kwargs: Any) -> None:
        initial = dict(zip(("starts", "ends"), hours, strict=False))
        super().__init__(*args, label_suffix="", initial=initial, **kwargs)
        self.fields["participant"].queryset = people  # type: ignore[attr-defined]
        self.fields["participant"].label_from_instance = lambda person: person.full_name  # type: ignore[attr-defined]
