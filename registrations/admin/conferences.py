"""The conference's page with what is known of its guests."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from conference.admin import ConferenceAdmin
from conference.models import Conference
from conference.organiser_admin import Button, list_address
from registrations import start_page
from registrations.models import Delegation, Wave


@admin.register(Conference)
class InvitingConferenceAdmin(ConferenceAdmin):
    """Warns where a limit is set below what is confirmed."""

    def buttons(self, request: HttpRequest, subject: Conference) -> list[Button]:
        return [
            Button(_("Overview"), f"{reverse('admin:index')}?conference={subject.slug}", asks=True),
            Button(_("Delegations"), list_address(Delegation, conference__id__exact=subject.pk), asks=True),
            Button(_("Waves"), list_address(Wave, conference__id__exact=subject.pk), asks=True),
            Button(_("Balance"), reverse("admin:registrations_balancesettings_standing", args=[subject.pk]), asks=True),
            Button(_("Check-in"), reverse("admin:registrations_participant_arrivals", args=[subject.pk]), asks=True),
            *(Button(title, address, asks=True) for title, address in start_page.areas(subject, request.user)),
            *super().buttons(request, subject),
        ]

    def save_model(self, request: HttpRequest, obj: Conference, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        confirmed = obj.participants.confirmed().count()
        if confirmed > obj.capacity:
            messages.warning(
                request,
                _(
                    "%(confirmed)d people are confirmed, more than the %(capacity)d that these limits allow. "
                    "They stay confirmed; nobody else is until enough of them withdraw."
                )
                % {"confirmed": confirmed, "capacity": obj.capacity},
            )
