"""What invitees and those who registered fill in. Organisers who record a reply by telephone use the same forms."""

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import normalise_email
from conference.languages import OFFICIAL_LANGUAGES, language_name
from conference.models import Conference
from conference.plain_names import validate_plain_name
from registrations import questions
from registrations.models import Consent, Invitation, Participant
from registrations.questions import Question
from registrations.services import special_needs
from registrations.services.replies import Person, Substitute

LONG_TEXT = 1000
PEOPLE_PREFIX = "people"
NEEDS = special_needs.FIELDS
_NEEDS_AND_AGREEMENT = (*NEEDS, "needs_agreed")


def _printable(value: str) -> str:
    """Composed letters (a badge prints "é" as one), without control characters."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFC", value)
        if letter == "\n" or unicodedata.category(letter) != "Cc"
    )


class _PlainText(forms.CharField):
    """Text whose limit is said in words: a browser's `maxlength` would cut what is pasted without a word."""

    def __init__(self, *, max_length: int, required_message: str = "", autocomplete: str = "", **kwargs: Any) -> None:
        self.autocomplete = autocomplete
        super().__init__(**kwargs)
        self.validators.append(
            MaxLengthValidator(
                max_length, gettext_lazy("At most %(limit_value)d characters; these are %(show_value)d.")
            )
        )
        if required_message:
            self.error_messages["required"] = required_message

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **({"autocomplete": self.autocomplete} if self.autocomplete else {})}


class LineField(_PlainText):
    """One line. Line breaks and runs of blanks become one blank."""

    def to_python(self, value: Any) -> str:
        return _printable(" ".join(super().to_python(value).split()))


class NameField(LineField):
    """A name, a title, a function or a place: no addresses, since it goes out in mails."""

    default_validators = (validate_plain_name,)


class ParagraphField(_PlainText):
    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        return _printable(super().to_python(value).replace("\r\n", "\n"))


class AddressField(forms.EmailField):
    """An e-mail address in lower case, as accounts compare them."""

    def __init__(self, *, autocomplete: str = "", **kwargs: Any) -> None:
        self.autocomplete = autocomplete
        super().__init__(max_length=254, **kwargs)
        message = gettext_lazy("Enter an e-mail address, such as name@city.eu.")
        self.error_messages |= {"required": message, "invalid": message}
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.message = gettext_lazy("An e-mail address has at most %(limit_value)d characters.")

    def to_python(self, value: Any) -> str:
        return normalise_email(super().to_python(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}
        return {**attrs, **({"autocomplete": self.autocomplete} if self.autocomplete else {})}


class _Bare(forms.Form):
    """A form whose labels carry no colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


# Nobody agrees to these for somebody else.
_CONSENT_LABELS = {
    Consent.Purpose.PARTICIPANT_LIST: gettext_lazy(
        "My name in the list of participants, with organisation and function"
    ),
    Consent.Purpose.CONTACT_SHARING: gettext_lazy("Sharing my contact details with other participants"),
    Consent.Purpose.PHOTOGRAPHS: gettext_lazy("Photographs and recordings"),
    Consent.Purpose.FUTURE_INVITATIONS: gettext_lazy("Invitations to future events"),
}
CONSENT_FIELDS = {f"consent_{purpose.value}": purpose for purpose in _CONSENT_LABELS}


def _consent_fields() -> dict[str, forms.BooleanField]:
    """None is ticked beforehand: consent is an act."""
    return {
        name: forms.BooleanField(label=_CONSENT_LABELS[purpose], required=False)
        for name, purpose in CONSENT_FIELDS.items()
    }


def _question_fields(asked: Sequence[Question]) -> dict[str, forms.BooleanField]:
    return {
        name: forms.BooleanField(label=label, required=False)
        for question in asked
        for name, label in zip(question.names, question.boxes.values(), strict=True)
    }


def _agreement_hint(conference: Conference) -> str:
    return _(
        "Needed only with dietary or access needs. Ask the person if you fill this in for somebody else. You can also "
        "leave both empty and tell us in another way, by e-mail to %(mailbox)s."
    ) % {"mailbox": conference.mailbox}


class PersonForm(_Bare):
    """One person. `roles` are those to choose from; a single one is not asked. Only with `consents` are these asked:
    they are the person's own. `asked` are the questions of other apps, where they are known already; the personal part
    of them is asked together with the consents."""

    role = forms.ChoiceField(label=gettext_lazy("This person is"), widget=forms.RadioSelect, choices=Participant.Role)
    title = NameField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=60,
        autocomplete="honorific-prefix",
        help_text=gettext_lazy("Such as Ms, Mr, Dr; leave it empty for none"),
    )
    given_name = NameField(
        label=gettext_lazy("First name"),
        max_length=100,
        autocomplete="given-name",
        help_text=gettext_lazy("As it should stand on the badge, with accents"),
        required_message=gettext_lazy("Enter the first name as it should stand on the badge."),
    )
    family_name = NameField(
        label=gettext_lazy("Family name"),
        max_length=100,
        autocomplete="family-name",
        help_text=gettext_lazy("As it should stand on the badge, with accents"),
        required_message=gettext_lazy("Enter the family name as it should stand on the badge."),
    )
    function = NameField(
        label=gettext_lazy("Function"),
        max_length=200,
        autocomplete="organization-title",
        help_text=gettext_lazy("Such as Mayor, or Head of the prevention unit"),
        required_message=gettext_lazy("Enter the function, such as Mayor."),
    )
    email = AddressField(
        label=gettext_lazy("E-mail address"),
        autocomplete="email",
        help_text=gettext_lazy("If it is new to us, we ask there for a confirmation first. Two people may share one."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), help_text=gettext_lazy("In which the person would like to follow")
    )
    departure_city = NameField(
        label=gettext_lazy("City of departure"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("Where the journey begins"),
    )
    dietary_needs = ParagraphField(
        label=gettext_lazy("Dietary needs"),
        required=False,
        max_length=LONG_TEXT,
        help_text=gettext_lazy("Allergies, vegetarian, halal, kosher … Deleted a month after the conference"),
    )
    access_needs = ParagraphField(
        label=gettext_lazy("Access needs"),
        required=False,
        max_length=LONG_TEXT,
        help_text=gettext_lazy("Wheelchair, hearing loop, sign language … Deleted a month after the conference"),
    )
    needs_agreed = forms.BooleanField(
        label=gettext_lazy(
            "The person agrees that the organiser keeps these needs for catering and access, and deletes them a month "
            "after the conference"
        ),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        conference: Conference,
        roles: Sequence[str] = (Participant.Role.COMPANION,),
        consents: bool = True,
        asked: Sequence[Question] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.roles = roles
        self.questions: Sequence[Question] = ()
        if len(roles) > 1:
            labels = {
                Participant.Role.PRINCIPAL: _("the invited person"),
                Participant.Role.DEPUTY: _("a deputy of the invited person"),
                Participant.Role.COMPANION: _("a companion"),
            }
            self.fields["role"].choices = [(role, labels[Participant.Role(role)]) for role in roles]
            self.fields["role"].initial = roles[0]
        else:
            del self.fields["role"]
        self._offer_languages(conference)
        self.fields["needs_agreed"].help_text = _agreement_hint(conference)
        self.questions = questions.of(conference) if asked is None else asked
        if not consents:
            self.questions = questions.without_personal(self.questions)
        self.fields.update(_question_fields(self.questions))
        if consents:
            self.fields.update(_consent_fields())
        if self.prefix:
            # Browsers fill in one person per section.
            for field in self.fields.values():
                token = field.widget.attrs.get("autocomplete")
                if token:
                    field.widget.attrs["autocomplete"] = f"section-{self.prefix} {token}"

    def clean(self) -> dict[str, Any]:
        """Needs tell of health or religion: without the person's explicit consent they are not kept."""
        data = super().clean() or {}
        typed = any(data.get(name) for name in NEEDS)
        if typed and "needs_agreed" in self.fields and not data.get("needs_agreed"):
            self.add_error(
                "needs_agreed", _("Tick this if the person agrees. Otherwise leave dietary and access needs empty.")
            )
        return data

    def _offer_languages(self, conference: Conference) -> None:
        codes = list(conference.languages)
        present = self.initial.get("language")
        # A language that the conference no longer offers stays with who chose it.
        if present in OFFICIAL_LANGUAGES and present not in codes:
            codes.append(present)
        self.fields["language"].choices = [(code, language_name(code)) for code in codes]
        self.fields["language"].initial = codes[0] if codes else "en"

    @property
    def consent_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in CONSENT_FIELDS if name in self.fields]

    @property
    def question_fields(self) -> list[tuple[Question, list[forms.BoundField]]]:
        return [(question, [self[name] for name in question.names]) for question in self.questions]

    @property
    def is_filled(self) -> bool:
        """Whether anything of this person is known yet: typed, or restored."""
        if self.is_bound:
            return self.has_changed()
        return any(self.initial.get(name) for name in self.fields if name not in {"language", "role"})

    def person(self) -> Person:
        """What the valid form says."""
        data = self.cleaned_data
        return Person(
            role=data.get("role") or self.roles[0],
            consents={purpose: data[name] for name, purpose in CONSENT_FIELDS.items() if name in self.fields},
            answers={name: data[name] for question in self.questions for name in question.names},
            needs_agreed=data.get("needs_agreed", False),
            **{name: data[name] for name in PERSON_FIELDS},
        )


PERSON_FIELDS = [name for name in PersonForm.base_fields if name not in {"role", "needs_agreed"}]


def initial_of(participant: Participant) -> dict[str, Any]:
    """What a form for changing `participant` starts with."""
    decision = special_needs.last_decision(participant)
    agreed = special_needs.has_any(participant) and decision is not None and decision.given
    return {**{name: getattr(participant, name) for name in [*PERSON_FIELDS, "role"]}, "needs_agreed": agreed}


class BasePeople(BaseFormSet):
    """As many people as seats are offered; the first must be named, the others may be left empty."""

    def __init__(self, *args: Any, drafts: Sequence[Mapping[str, Any]] = (), **kwargs: Any) -> None:
        # Not Django's `initial`: that would make every restored person one that cannot be left out any more.
        self.drafts = drafts
        super().__init__(*args, prefix=PEOPLE_PREFIX, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is not None and index < len(self.drafts):
            kwargs["initial"] = dict(self.drafts[index])
        # Whoever replies for themselves is the first one; the others decide when they sign in.
        kwargs["consents"] = kwargs["consents"] and index == 0
        if index == 0:
            kwargs["roles"] = (Participant.Role.PRINCIPAL, Participant.Role.DEPUTY)
        return kwargs

    def add_fields(self, form: PersonForm, index: int | None) -> None:
        """In the summary the errors of several people stand together: each says whose it is."""
        super().add_fields(form, index)
        if index:
            form.title = _("Person %(number)d") % {"number": index + 1}

    def clean(self) -> None:
        """Refuses the same person twice; two people with one address are fine."""
        seen: set[tuple[str, str, str]] = set()
        for form in self.forms:
            data = form.cleaned_data if form.is_valid() else {}
            if not data:
                continue
            person = (data["given_name"].casefold(), data["family_name"].casefold(), data["email"])
            if person in seen:
                form.add_error("given_name", _("This person is named twice. Leave one of them empty."))
            seen.add(person)

    def people(self) -> list[Person]:
        """The people of the valid forms; those left empty are left out."""
        return [form.person() for form in self.forms if form.has_changed() or form is self.forms[0]]


def people_formset(
    invitation: Invitation, data: Any = None, *, consents: bool = True, needs: Sequence[Mapping[str, Any]] = ()
) -> BasePeople:
    """The people of a reply to `invitation`, filled from `data` or else from the saved draft and the `needs` that the
    same browser has saved with it."""
    seats = max(invitation.seats, 1)
    factory = formset_factory(
        PersonForm,
        formset=BasePeople,
        min_num=1,
        extra=seats - 1,
        max_num=seats,
        absolute_max=seats,
        validate_min=True,
        validate_max=True,
    )
    saved = [] if data is not None else zip_longest(invitation.draft.get("people", []), needs, fillvalue={})
    drafts = [{**_without_needs(person), **needed} for person, needed in saved]
    asked = questions.of(invitation.conference) if consents else ()
    return factory(
        data,
        drafts=drafts,
        form_kwargs={"conference": invitation.conference, "consents": consents, "asked": asked},
    )


class ReplyForm(_Bare):
    """Besides the people: who else reads the mails, and a word to the organiser."""

    assistant_name = NameField(label=gettext_lazy("Name of the assistant"), required=False, max_length=200)
    assistant_email = AddressField(
        label=gettext_lazy("E-mail address of the assistant"),
        required=False,
        help_text=gettext_lazy("Gets copies of all mails, and may change the registrations"),
    )
    message = ParagraphField(label=gettext_lazy("Message to the organiser"), required=False, max_length=LONG_TEXT)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("assistant_name") and not data.get("assistant_email") and "assistant_email" not in self.errors:
            self.add_error("assistant_email", _("Enter the assistant's address, or leave the name empty, too."))
        return data


class DeclineForm(_Bare):
    """A refusal, with or without a word and a proposal whom to invite instead."""

    message = ParagraphField(label=gettext_lazy("Message to the organiser"), required=False, max_length=LONG_TEXT)
    substitute_name = NameField(label=gettext_lazy("Name"), required=False, max_length=200)
    substitute_function = NameField(label=gettext_lazy("Function"), required=False, max_length=200)
    substitute_email = AddressField(
        label=gettext_lazy("E-mail address"),
        required=False,
        help_text=gettext_lazy("The organiser decides, and sends the invitation there"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        described = data.get("substitute_function") or data.get("substitute_email")
        if described and not data.get("substitute_name") and "substitute_name" not in self.errors:
            self.add_error("substitute_name", _("Enter the name of the person whom you propose."))
        return data

    def substitute(self) -> Substitute:
        data = self.cleaned_data
        return Substitute(
            name=data["substitute_name"], function=data["substitute_function"], email=data["substitute_email"]
        )


class ConsentsForm(_Bare):
    """The present decisions of a registered person, to change at any time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_consent_fields())

    def decisions(self) -> dict[str, bool]:
        return {purpose: self.cleaned_data[name] for name, purpose in CONSENT_FIELDS.items()}


def consents_initial(participant: Participant) -> dict[str, bool]:
    """The last decision for each purpose; what was never asked is not given."""
    given = dict(participant.consents.order_by("at", "pk").values_list("purpose", "given"))
    return {name: given.get(purpose.value, False) for name, purpose in CONSENT_FIELDS.items()}


# A draft keeps what was typed even where it is too long; this bounds what a link's holder can store.
_DRAFT_TEXT = 5000


def reply_draft(invitation: Invitation, data: Mapping[str, str]) -> dict[str, Any]:
    """What the reply page holds, unchecked, to be saved with the invitation."""
    asked = [name for question in questions.of(invitation.conference) for name in question.names]
    fields = [*PersonForm.base_fields, *asked, *CONSENT_FIELDS]
    people = [_without_needs(person) for person in _typed_people(invitation, data, fields)]
    return {**invitation.draft, "people": people, "reply": _typed(data, ReplyForm.base_fields)}


def needs_of_draft(invitation: Invitation, data: Mapping[str, str]) -> list[dict[str, str]]:
    """What the reply page holds of dietary and access needs, for each person: for whoever typed it alone."""
    return _typed_people(invitation, data, _NEEDS_AND_AGREEMENT)


def _without_needs(person: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft may hold of a person: everybody who has the link sees it, and organisers do."""
    return {name: value for name, value in person.items() if name not in _NEEDS_AND_AGREEMENT}


def _typed_people(invitation: Invitation, data: Mapping[str, str], names: Sequence[str]) -> list[dict[str, str]]:
    return [_typed(data, names, prefix=f"{PEOPLE_PREFIX}-{number}-") for number in range(max(invitation.seats, 1))]


def decline_draft(invitation: Invitation, data: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a refusal holds, unchecked, beside what was saved of a reply."""
    return {**invitation.draft, "decline": _typed(data, DeclineForm.base_fields)}


def _typed(data: Mapping[str, str], fields: Sequence[str] | Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    # PostgreSQL stores no NUL.
    typed = {name: data.get(prefix + name, "").replace("\0", "")[:_DRAFT_TEXT] for name in fields}
    return {name: value for name, value in typed.items() if value}
