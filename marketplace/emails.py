"""The mails about stands: which kinds there are, and what their placeholders hold."""

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.models import Conference
from mailings import kinds, services
from mailings.services import Draft
from marketplace.models import Call, StandApplication
from registrations.models import Participant

_STAND = {
    "conference": gettext_lazy("title of the conference"),
    "date": gettext_lazy("its date"),
    "venue": gettext_lazy("venue and address on one line"),
    "organiser": gettext_lazy("name of the organiser"),
    "mailbox": gettext_lazy("functional mailbox"),
    "conference_link": gettext_lazy("address of the public page"),
    "salutation": gettext_lazy("stored salutation, or a neutral one"),
    "delegation": gettext_lazy("who applied"),
    "initiative": gettext_lazy("what would be shown at the stand"),
    "closes": gettext_lazy("when the call closes"),
    "equipment": gettext_lazy("what a stand has"),
    "stand_link": gettext_lazy("address of the delegation's page of its stand"),
}
_LINK = ("stand_link",)


def register_kinds() -> None:
    """Tells mailings which mails an organiser can rewrite."""
    for name, label, required in [
        ("stand_submitted", gettext_lazy("Application for a stand has arrived"), _LINK),
        ("stand_accepted", gettext_lazy("A stand is given"), _LINK),
        ("stand_waiting", gettext_lazy("Waiting list for stands"), _LINK),
        ("stand_moved_up", gettext_lazy("A stand fell free for who waited"), _LINK),
        ("stand_declined", gettext_lazy("Thanks to who gets no stand"), ()),
        ("stand_withdrawn", gettext_lazy("Application for a stand withdrawn"), ()),
    ]:
        kinds.register(kinds.MailKind(name, label, _STAND, _examples, required, ()))


def moment(call: Call, at: datetime.datetime) -> str:
    """A time of the call at the venue: “26 January 2027, 18:00”."""
    return formats.date_format(timezone.localtime(at, call.conference.zone), "DATETIME_FORMAT")


def _examples(conference: Conference) -> dict[str, str]:
    closes = conference.starts_at - datetime.timedelta(weeks=6)
    return {
        **_conference_values(conference),
        "salutation": _("Dear Mayor,"),
        "delegation": "Aarhus",
        "initiative": _("Mentors for young people"),
        "closes": formats.date_format(timezone.localtime(closes, conference.zone), "DATETIME_FORMAT"),
        "equipment": _("A table, a wall and power."),
        "stand_link": f"{settings.SITE_URL}/my/delegations/1/stand/",
    }


def _conference_values(conference: Conference) -> dict[str, str]:
    return {
        "conference": conference.title,
        "date": formats.date_format(conference.held_on, "l j F Y"),
        "venue": conference.venue.address_on_one_line,
        "organiser": conference.organiser_name,
        "mailbox": conference.mailbox,
        "conference_link": settings.SITE_URL + conference.get_absolute_url(),
    }


def _queue(application: StandApplication, kind: str) -> None:
    """Each status is reached once, so the kind alone tells the mails of one application apart."""
    call, delegation = application.call, application.delegation
    to, *cc = _addresses(application)
    with translation.override(settings.LANGUAGE_CODE):
        services.enqueue(
            call.conference,
            Draft(
                kind=kind,
                key=f"{kind}:{application.pk}",
                to=[to],
                cc=cc,
                values={
                    **_conference_values(call.conference),
                    "salutation": delegation.salutation or _("Dear Sir or Madam,"),
                    "delegation": delegation.name,
                    "initiative": application.initiative or _("your initiative"),
                    "closes": moment(call, call.closes_at),
                    "equipment": call.equipment or _("The organisers will tell you."),
                    "stand_link": settings.SITE_URL + reverse("marketplace:apply", args=[delegation.pk]),
                },
                language=delegation.language,
            ),
        )


def _addresses(application: StandApplication) -> list[str]:
    """Who wrote the application first, then the contact person. Where neither is known the delegation's address, else
    its people; at last the organisers', who can tell by other means."""
    found = [application.applicant.email if application.applicant else ""]
    found.append(application.contact.email if application.contact else "")
    if not any(found):
        people = Participant.objects.active().filter(delegation=application.delegation_id).order_by("pk")
        found = [application.delegation.email or people.values_list("email", flat=True).first() or ""]
    return _unique(found) or [application.call.conference.mailbox]


def _unique(addresses: Iterable[str]) -> list[str]:
    return list({address.lower(): address for address in addresses if address}.values())


def queue_submitted(application: StandApplication) -> None:
    _queue(application, "stand_submitted")


def queue_decision(application: StandApplication, decision: str) -> None:
    """`decision` is accepted, waiting, moved_up or declined."""
    _queue(application, f"stand_{decision}")


def queue_withdrawn(application: StandApplication) -> None:
    _queue(application, "stand_withdrawn")
