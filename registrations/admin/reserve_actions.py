"""What can be done with ticked cities for the balance: weigh them together, put them on the reserve list."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from registrations.admin import balance_proposals
from registrations.models import Delegation
from registrations.services import reserve


class ReserveActions:
    """Actions of the list of delegations; the list itself says who may `choose`."""

    @admin.action(description=gettext_lazy("See what these cities do to the balance"), permissions=["choose"])
    def weigh(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> HttpResponse:
        return balance_proposals.weigh(request, list(queryset.select_related("conference")))

    @admin.action(description=gettext_lazy("Put on the reserve list"), permissions=["choose"])
    def put_on_reserve(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> None:
        self._set_reserve(request, queryset, True)

    @admin.action(description=gettext_lazy("Take off the reserve list"), permissions=["choose"])
    def take_off_reserve(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> None:
        self._set_reserve(request, queryset, False)

    def _set_reserve(self, request: HttpRequest, queryset: QuerySet[Delegation], on_reserve: bool) -> None:
        changed = reserve.set_reserve(list(queryset), on_reserve, by=request.user)
        messages.success(request, ngettext("%d city changed.", "%d cities changed.", changed) % changed)
