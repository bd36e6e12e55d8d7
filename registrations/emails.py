"""The mails of invitations and registrations: which kinds there are, and what their placeholders hold."""

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.models import Conference
from mailings import kinds, services
from mailings.models import Mail
from mailings.services import Draft
from registrations import calendars
from registrations.models import Invitation, InvitationLink, Participant

_CONFERENCE = {
    "conference": gettext_lazy("title of the conference"),
    "date": gettext_lazy("its date"),
    "times": gettext_lazy("when it begins and ends"),
    "venue": gettext_lazy("venue and address on one line"),
    "languages": gettext_lazy("the conference's languages"),
    "reimbursement": gettext_lazy("who pays for travel"),
    "organiser": gettext_lazy("name of the organiser"),
    "mailbox": gettext_lazy("functional mailbox"),
    "conference_link": gettext_lazy("address of the public page"),
}
_INVITATION = {
    **_CONFERENCE,
    "salutation": gettext_lazy("stored salutation, or a neutral one"),
    "delegation": gettext_lazy("who is invited"),
    "seats": gettext_lazy("number of seats, in words for mails: “two seats”"),
    "reply_by": gettext_lazy("last day for the reply"),
    "reply_link": gettext_lazy("personal link to the reply form"),
}
_PARTICIPANT = {
    **_CONFERENCE,
    "name": gettext_lazy("title and name of the person"),
    "delegation": gettext_lazy("whom they represent"),
    "function": gettext_lazy("their function"),
    "registration_link": gettext_lazy("address of the page where they change their registration"),
}


def register_kinds() -> None:
    """Tells mailings which mails an organiser can rewrite."""
    for name, label, placeholders, required, secret in [
        ("invitation", gettext_lazy("Invitation"), _INVITATION, ("reply_link",), ("reply_link",)),
        ("reminder", gettext_lazy("Reminder"), _INVITATION, ("reply_link",), ("reply_link",)),
        ("confirmation", gettext_lazy("Confirmation"), _PARTICIPANT, ("registration_link",), ()),
        (
            "waiting",
            gettext_lazy("Waiting list"),
            {
                **_PARTICIPANT,
                "reason": gettext_lazy("why the person waits"),
                "position": gettext_lazy("place in the waiting list"),
            },
            (),
            (),
        ),
        ("moved_up", gettext_lazy("Moved up from the waiting list"), _PARTICIPANT, ("registration_link",), ()),
        ("cancellation", gettext_lazy("Registration withdrawn"), _PARTICIPANT, (), ()),
        ("declined", gettext_lazy("Thanks after a refusal"), _without_link(_INVITATION), (), ()),
        ("lapsed", gettext_lazy("Invitation lapsed"), _without_link(_INVITATION), (), ()),
    ]:
        kinds.register(kinds.MailKind(name, label, placeholders, _examples, required, secret))


def _without_link(placeholders: dict[str, str]) -> dict[str, str]:
    return {name: meaning for name, meaning in placeholders.items() if name != "reply_link"}


def _examples(conference: Conference) -> dict[str, str]:
    return {
        **conference_values(conference),
        "salutation": _("Dear Mayor,"),
        "delegation": "Aarhus",
        "seats": seats_in_words(2),
        "reply_by": formats.date_format(conference.held_on - datetime.timedelta(weeks=5), "l j F Y"),
        "reply_link": f"{settings.SITE_URL}/invitation/example/",
        "name": "Ms Jana Štěpánková",
        "function": _("Mayor"),
        "registration_link": f"{settings.SITE_URL}/my/1/",
        "reason": _("All places of the conference are taken."),
        "position": "3",
    }


def conference_values(conference: Conference) -> dict[str, str]:
    return {
        "conference": conference.title,
        "date": formats.date_format(conference.held_on, "l j F Y"),
        "times": f"{formats.time_format(conference.opens_at)}–{formats.time_format(conference.closes_at)}",
        "venue": conference.venue.address_on_one_line,
        "languages": ", ".join(conference.language_names),
        "reimbursement": conference.reimbursement,
        "organiser": conference.organiser_name,
        "mailbox": conference.mailbox,
        "conference_link": settings.SITE_URL + conference.get_absolute_url(),
    }


def seats_in_words(number: int) -> str:
    words = {1: _("One"), 2: _("Two"), 3: _("Three"), 4: _("Four"), 5: _("Five"), 6: _("Six")}
    return ngettext("%(number)s seat is", "%(number)s seats are", number) % {"number": words.get(number, number)}


def _invitation_values(invitation: Invitation, conference: Conference) -> dict[str, str]:
    return {
        **conference_values(conference),
        "salutation": invitation.salutation or _("Dear Sir or Madam,"),
        "delegation": invitation.delegation.name,
        "seats": seats_in_words(invitation.seats),
        "reply_by": formats.date_format(invitation.reply_by, "l j F Y"),
    }


def invitation_draft(
    invitation: Invitation, conference: Conference, *, purpose: str, number: int, link: str, campaign: str = ""
) -> Draft:
    """The mail with the personal link `link`; `number` tells the mails of one invitation apart."""
    kind = "reminder" if purpose == InvitationLink.Purpose.REMINDER else "invitation"
    return Draft(
        kind=kind,
        key=f"{kind}:{invitation.pk}:{number}",
        to=[invitation.email],
        cc=invitation.copy_to,
        values=_invitation_values(invitation, conference),
        secrets={"reply_link": link},
        language=invitation.language,
        campaign=campaign,
        priority=Mail.Priority.BULK if campaign else Mail.Priority.NORMAL,
    )


def _participant_values(participant: Participant) -> dict[str, str]:
    path = reverse("registrations:participant", args=[participant.pk])
    return {
        **conference_values(participant.conference),
        "name": participant.addressed_name,
        "delegation": participant.delegation.name,
        "function": participant.function,
        "registration_link": settings.SITE_URL + path,
    }


def _copies(participant: Participant) -> list[str]:
    """The invited address and the assistant read what happens to the people they registered."""
    invitation = participant.invitation
    if invitation is None:
        return []
    addresses = [invitation.email, *invitation.copy_to, invitation.assistant_email]
    own = participant.email.lower()
    return [address for address in _unique(addresses) if address.lower() != own]


def _unique(addresses: Iterable[str]) -> list[str]:
    return list({address.lower(): address for address in addresses if address}.values())


def _queue(
    participant: Participant,
    kind: str,
    number: int,
    *,
    calendar_method: str = "",
    with_copies: bool = True,
    **values: str,
) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        services.enqueue(
            participant.conference,
            Draft(
                kind=kind,
                key=f"{kind}:{participant.pk}:{number}",
                to=[participant.email],
                cc=_copies(participant) if with_copies else [],
                values={**_participant_values(participant), **values},
                language=participant.language,
                calendar=calendars.entry(participant, calendar_method) if calendar_method else "",
                calendar_method=calendar_method,
            ),
        )


def queue_confirmation(participant: Participant, *, with_copies: bool = True) -> None:
    """To a confirmed person, with the calendar entry; again after each change that makes it read differently.

    As for the mails below, the service has raised `calendar_sequence` with the change.
    """
    _queue(
        participant,
        "confirmation",
        participant.calendar_sequence,
        calendar_method=calendars.REQUEST,
        with_copies=with_copies,
    )


def queue_moved_up(participant: Participant) -> None:
    _queue(participant, "moved_up", participant.calendar_sequence, calendar_method=calendars.REQUEST)


def queue_cancellation(participant: Participant) -> None:
    """To a person who was confirmed and no longer comes."""
    _queue(participant, "cancellation", participant.calendar_sequence, calendar_method=calendars.CANCEL)


def queue_withdrawn(participant: Participant) -> None:
    """To a person who leaves the waiting list: there is no calendar entry to cancel."""
    _queue(participant, "cancellation", participant.calendar_sequence)


def queue_waiting(
    participant: Participant, *, position: int, reason: str, number: int = 1, with_copies: bool = True
) -> None:
    """`number` tells the mails of one person apart: the first, and those after their address changed."""
    _queue(participant, "waiting", number, with_copies=with_copies, position=str(position), reason=reason)


def _queue_to_invitee(invitation: Invitation, kind: str, number: int) -> None:
    services.enqueue(
        invitation.conference,
        Draft(
            kind=kind,
            key=f"{kind}:{invitation.pk}:{number}",
            to=[invitation.email],
            cc=invitation.copy_to,
            values=_invitation_values(invitation, invitation.conference),
            language=invitation.language,
        ),
    )


def queue_declined(invitation: Invitation) -> None:
    _queue_to_invitee(invitation, "declined", int(invitation.replied_at.timestamp()) if invitation.replied_at else 0)


def queue_lapsed(invitation: Invitation) -> None:
    _queue_to_invitee(invitation, "lapsed", invitation.reply_by.toordinal())
