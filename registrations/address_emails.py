"""The mails about addresses themselves. All their words are ours: they may go to people whom nobody knows yet."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.models import Conference
from mailings import kinds, services
from mailings.models import Mail
from mailings.services import Draft
from registrations import calendars
from registrations.emails import conference_values
from registrations.models import AddressChange, AddressNotice, Delegation, Participant

_COMMON = {
    "conference": gettext_lazy("title of the conference"),
    "date": gettext_lazy("its date"),
    "venue": gettext_lazy("venue and address on one line"),
    "organiser": gettext_lazy("name of the organiser"),
    "mailbox": gettext_lazy("functional mailbox"),
    "conference_link": gettext_lazy("address of the public page"),
    "delegation": gettext_lazy("the delegation that the registration belongs to"),
}
_NOTICE = {
    **_COMMON,
    "why": gettext_lazy("the sentence that says who gave us the address, and for what"),
    "stored": gettext_lazy("what is stored, in words"),
    "until_then": gettext_lazy("the sentence that other mails wait for the confirmation; empty if they do not"),
    "address_link": gettext_lazy("personal link to the page where the person confirms or objects"),
}
_CHANGE = {
    **_COMMON,
    "old": gettext_lazy("the old address"),
    "new": gettext_lazy("the new address"),
    "days": gettext_lazy("number of days for which the link is valid"),
    "address_link": gettext_lazy("personal link to the page with the buttons"),
}
_LINK = ("address_link",)


def register_kinds() -> None:
    """Tells mailings which mails an organiser can rewrite."""
    for name, label, placeholders, secret in [
        ("address_notice", gettext_lazy("Your address was given to us"), _NOTICE, _LINK),
        ("address_change", gettext_lazy("Change of address: to the new address"), _CHANGE, _LINK),
        ("address_leaving", gettext_lazy("Change of address: to the old address, before it"), _CHANGE, _LINK),
        ("address_left", gettext_lazy("Change of address: to the old address, after it"), _COMMON, ()),
    ]:
        kinds.register(
            kinds.MailKind(name, label, placeholders, _examples, secret, secret, goes_to_anybody=True),
        )


def _examples(conference: Conference) -> dict[str, str]:
    return {
        **conference_values(conference),
        "delegation": "Aarhus",
        "why": why(AddressNotice.Reason.REGISTERED, "Aarhus", conference, by_organiser=False),
        "stored": _stored(AddressNotice.Reason.REGISTERED),
        "until_then": _until_then(),
        "old": "mayor@city.example",
        "new": "mayor.office@city.example",
        "days": str(AddressChange.VALID_FOR.days),
        "address_link": f"{settings.SITE_URL}/address/example/",
    }


def why(reason: str, delegation: str, conference: Conference, *, by_organiser: bool) -> str:
    """A whole sentence for each reason. It names delegation and organiser, never what the giver typed."""
    said = {"delegation": delegation, "conference": conference.title}
    if by_organiser and reason == AddressNotice.Reason.REGISTERED:
        return _("We have added you to the delegation of %(delegation)s for the conference “%(conference)s”.") % said
    match reason:
        case AddressNotice.Reason.SUBSTITUTE:
            return (
                _(
                    "The person invited for %(delegation)s cannot come to the conference “%(conference)s” and has "
                    "proposed that we invite you instead."
                )
                % said
            )
        case AddressNotice.Reason.ASSISTANT:
            return (
                _(
                    "The person invited for %(delegation)s to the conference “%(conference)s” has named you as the "
                    "assistant who may change the registrations and gets copies of our mails."
                )
                % said
            )
        case AddressNotice.Reason.MEETINGS_ASSISTANT:
            return (
                _(
                    "A participant of %(delegation)s has named you as the assistant who may arrange their meetings at "
                    "the conference “%(conference)s”."
                )
                % said
            )
        case AddressNotice.Reason.STAND_CONTACT:
            return (
                _(
                    "%(delegation)s has named you as the contact person of its stand at the conference "
                    "“%(conference)s”. Your name is published with the stand."
                )
                % said
            )
        case AddressNotice.Reason.DUTY:
            return (
                _("%(delegation)s has put you on the list of people at its stand at the conference “%(conference)s”.")
                % said
            )
    return (
        _(
            "The person invited for %(delegation)s has registered you for the conference “%(conference)s” as a member "
            "of that delegation."
        )
        % said
    )


def _stored(reason: str) -> str:
    match reason:
        case AddressNotice.Reason.SUBSTITUTE:
            return _("the name, function and e-mail address that were given to us")
        case AddressNotice.Reason.ASSISTANT:
            return _("the name and e-mail address that were given to us")
        case AddressNotice.Reason.MEETINGS_ASSISTANT:
            return _("your e-mail address")
        case AddressNotice.Reason.STAND_CONTACT | AddressNotice.Reason.DUTY:
            return _("this task, with your registration")
    return _(
        "name, title, function, e-mail address, language, city of departure, and dietary and access needs, as far as "
        "they were given to us"
    )


def _until_then() -> str:
    return _("Until you confirm your address, no other mail about the conference goes there.")


def _queue(
    conference: Conference,
    kind: str,
    *,
    key: str,
    to: str,
    delegation: Delegation,
    language: str = "en",
    token: str = "",
    page: str = "",
    calendar: str = "",
    **values: str,
) -> None:
    address = settings.SITE_URL + reverse(f"registrations:{page}", args=[token]) if token else ""
    services.enqueue(
        conference,
        Draft(
            kind=kind,
            key=key,
            to=[to],
            values={**conference_values(conference), "delegation": delegation.name, **values},
            secrets={"address_link": address} if address else {},
            language=language,
            priority=Mail.Priority.NORMAL,
            calendar=calendar,
            calendar_method=calendars.CANCEL if calendar else "",
        ),
    )


def queue_notice(notice: AddressNotice, conference: Conference, *, token: str, language: str) -> None:
    """The one mail that says by whom, why, what is stored, and how to object; with the link that was made for it."""
    with translation.override(settings.LANGUAGE_CODE):
        _queue(
            conference,
            "address_notice",
            key=f"address_notice:{notice.pk}:{notice.times_sent}",
            to=notice.email,
            delegation=notice.delegation,
            language=language,
            token=token,
            page="address_notice",
            why=why(notice.reason, notice.delegation.name, conference, by_organiser=notice.by_organiser),
            stored=_stored(notice.reason),
            until_then=_until_then() if notice.mails_wait else "",
        )


def _change_values(change: AddressChange) -> dict[str, str]:
    return {"old": change.old_email, "new": change.email, "days": str(AddressChange.VALID_FOR.days)}


def queue_change(change: AddressChange, *, token: str) -> None:
    """To the new address: is it yours?"""
    participant = change.participant
    _queue(
        participant.conference,
        "address_change",
        key=f"address_change:{change.pk}:{change.times_sent}",
        to=change.email,
        delegation=participant.delegation,
        language=participant.language,
        token=token,
        page="address_change",
        **_change_values(change),
    )


def queue_leaving(change: AddressChange, *, token: str) -> None:
    """To the old address: somebody wants to replace it, and how to stop that."""
    participant = change.participant
    _queue(
        participant.conference,
        "address_leaving",
        key=f"address_leaving:{change.pk}",
        to=change.old_email,
        delegation=participant.delegation,
        language=participant.language,
        token=token,
        page="address_keep",
        **_change_values(change),
    )


def queue_left(participant: Participant, *, takes_entry_out: bool) -> None:
    """To the old address, which `participant` still has: the change took effect. Takes the calendar entry out where
    `takes_entry_out`; the service has raised `calendar_sequence` then."""
    number = participant.address_changes.count()
    _queue(
        participant.conference,
        "address_left",
        key=f"address_left:{participant.pk}:{number}",
        to=participant.email,
        delegation=participant.delegation,
        language=participant.language,
        calendar=calendars.entry(participant, calendars.CANCEL) if takes_entry_out else "",
    )
