"""Where the pages of a call are, and what stands above each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from conference.organiser_admin import change_address, list_address, page
from marketplace.models import Call, StandApplication

view_call = permission_required("marketplace.view_call", raise_exception=True)
change_call = permission_required("marketplace.change_call", raise_exception=True)
view_applications = permission_required("marketplace.view_standapplication", raise_exception=True)
change_applications = permission_required("marketplace.change_standapplication", raise_exception=True)
change_stands = permission_required("marketplace.change_stand", raise_exception=True)


def call_address(name: str, call: Call, *more: object) -> str:
    """A page of a call in the admin: `admin:marketplace_call_<name>`."""
    return reverse(f"admin:marketplace_call_{name}", args=[call.pk, *more])


def named_call(pk: int) -> Call:
    return get_object_or_404(Call.objects.select_related("conference__venue", "room"), pk=pk)


@dataclass(frozen=True)
class Tab:
    title: str
    address: str
    is_here: bool = False


def tabs(call: Call, here: str = "") -> Iterator[Tab]:
    """The pages of a call beside each other."""
    yield Tab(_("Call"), change_address(call), here == "call")
    yield Tab(_("Applications"), list_address(StandApplication, call__id__exact=call.pk))
    for name, title in (
        ("read", _("Read and mark")),
        ("shortlist", _("Shortlist")),
        ("decide", _("Decide")),
        ("hall", _("Hall")),
        ("rota", _("Duty rota")),
        ("report", _("Report")),
    ):
        yield Tab(title, call_address(name, call), here == name)


def call_page(
    request: HttpRequest, template: str, call: Call, *, here: str, title: str, **context: Any
) -> HttpResponse:
    """A page of the call, with times on the venue's clock."""
    with timezone.override(call.conference.zone):
        response = page(
            request,
            f"admin/marketplace/{template}",
            Call,
            title=title,
            subject=call,
            back=change_address(call),
            call=call,
            conference=call.conference,
            tabs=list(tabs(call, here)),
            **context,
        )
        return response.render()  # type: ignore[attr-defined]
