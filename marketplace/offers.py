"""The way to a delegation's stand, on the pages of its registrations."""

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from marketplace import emails
from marketplace.models import Call, StandApplication
from marketplace.states import ApplicationStatus
from registrations import offers
from registrations.models import Delegation


def connect() -> None:
    offers.register("marketplace", offers_to)


def offers_to(_user: User, delegations: Sequence[Delegation]) -> Iterator[tuple[int, offers.Offer]]:
    """Nothing before there is a call; after its end only for those who have applied. Two queries."""
    conferences = {delegation.conference_id for delegation in delegations}
    calls = {
        call.conference_id: call
        for call in Call.objects.filter(conference__in=conferences).select_related("conference")
    }
    if not calls:
        return
    applications = {
        application.delegation_id: application
        for application in StandApplication.objects.filter(delegation__in=delegations).order_by("created_at", "pk")
    }
    for delegation in delegations:
        call = calls.get(delegation.conference_id)
        if call and (offer := _offer(call, delegation, applications.get(delegation.pk))):
            yield delegation.pk, offer


def _offer(call: Call, delegation: Delegation, application: StandApplication | None) -> offers.Offer | None:
    address = reverse("marketplace:apply", args=[delegation.pk])
    is_open = call.is_open_at(timezone.now())
    closes = {"time": emails.moment(call, call.closes_at)}
    if application is None or application.status == ApplicationStatus.WITHDRAWN:
        if not is_open:
            return None
        says = _("Show what you do to the others. Applications until %(time)s.") % closes
        return offers.Offer(_("Apply for a stand at the market place"), address, says)
    if application.status == ApplicationStatus.DRAFT:
        says = _("Your draft is not submitted yet.")
        if is_open:
            says += " " + _("Applications until %(time)s.") % closes
        return offers.Offer(_("Go on with the application for a stand"), address, says)
    says = {
        ApplicationStatus.ACCEPTED: _("You have a stand."),
        ApplicationStatus.WAITING: _("You are on the waiting list for a stand."),
        ApplicationStatus.DECLINED: _("There was no stand for you."),
    }.get(ApplicationStatus(application.status), _("Your application is submitted."))
    return offers.Offer(_("Your stand at the market place"), address, says)
