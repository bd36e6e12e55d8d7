"""Organisers' pages of the notices to addresses that somebody else gave: who has not confirmed, who objects."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conference.organiser_admin import Button, OfferedFilter, ReadOnlyAdmin, carry_out, change_address, may
from registrations.models import AddressNotice
from registrations.services import notices
from registrations.services.notices import NoticeRefused

change_participant = permission_required("registrations.change_participant", raise_exception=True)


class ObjectionFilter(OfferedFilter):
    title = gettext_lazy("answer")
    parameter_name = "objection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("objects, to be dealt with")),
            ("settled", _("objected, dealt with")),
            ("waiting", _("not confirmed yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AddressNotice]) -> QuerySet[AddressNotice]:
        match self.value():
            case "open":
                return queryset.filter(objected_at__isnull=False, settled_at=None)
            case "settled":
                return queryset.filter(settled_at__isnull=False)
            case "waiting":
                return queryset.filter(mails_wait=True, confirmed_at=None, objected_at=None)
        return queryset


@admin.register(AddressNotice)
class AddressNoticeAdmin(ReadOnlyAdmin):
    list_display = ("email", "reason", "delegation", "participant", "created_at", "confirmed_at", "objected_at")
    list_filter = ("conference", ObjectionFilter, "reason")
    lists_people = True
    list_select_related = ("delegation", "participant")
    search_fields = ("email", "delegation__name", "participant__family_name")
    search_help_text = gettext_lazy("E-mail address, delegation or family name")
    fields = (
        "email",
        "reason",
        "delegation",
        "participant",
        "invitation",
        "given_by",
        "by_organiser",
        "mails_wait",
        "created_at",
        "sent_at",
        "times_sent",
        "confirmed_at",
        "objected_at",
        "settled_at",
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/settle/", settle, name="settle"),
            self.own_path("<int:pk>/lift/", lift, name="lift"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: AddressNotice) -> list[Button]:
        if subject.objected_at is None or not request.user.has_perm("registrations.change_participant"):
            return []
        found = [Button(_("Mails may go there again"), self.own_address("lift", subject.pk))]
        if subject.settled_at is None:
            found.insert(0, Button(_("Dealt with"), self.own_address("settle", subject.pk), look="primary"))
        if subject.participant and subject.participant.is_active and may(request, "view", type(subject.participant)):
            found.append(Button(_("Open the registration"), change_address(subject.participant), asks=True))
        return found


@require_POST
@change_participant
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """An objection was dealt with: it leaves the list of decisions."""
    notice = get_object_or_404(AddressNotice, pk=pk)
    return carry_out(
        request,
        lambda: notices.settle(notice, by=request.user),
        refusals=NoticeRefused,
        done=_("The objection is dealt with. No mails go to this address."),
        to=change_address(notice),
    )


@require_POST
@change_participant
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """The person told an organiser that mails may go there after all."""
    notice = get_object_or_404(AddressNotice, pk=pk)
    return carry_out(
        request,
        lambda: notices.lift(notice, by=request.user),
        refusals=NoticeRefused,
        done=_("Mails may go to this address again."),
        to=change_address(notice),
    )
